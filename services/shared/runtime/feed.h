// The reading end of feeds over gRPC. No thread is held while waiting.
#ifndef GIAOBAN_RUNTIME_FEED_H_
#define GIAOBAN_RUNTIME_FEED_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "giaoban/report/v1/report.pb.h"
#include "services/shared/runtime/credentials.h"
#include "services/shared/runtime/metrics.h"

namespace giaoban::runtime {

// Follows a Watch method for ever: connects, takes in, reconnects with growing,
// jittered pauses (50 ms to 2 s) from where it stood. Nothing is taken in from a service whose certificate was revoked
// or has ended since it was connected to. Works on any Watch method by its path, since all have
// the same wire shape: requests are made by `request`, answers are report.v1.Entry in field 1 and, where several come
// together, in field 2.
class FeedFollower {
 public:
  struct Options {
    std::string service;  // label of metrics: who follows
    std::string feed;     // label, and the service that is followed: "membership"
    std::string method;   // "/giaoban.membership.v1.MembershipService/Watch"
    // Must have an address for it.
    std::shared_ptr<const Credentials> credentials;
    // The serialised request to resume with. Called before each connection.
    std::function<std::string()> request = {};
    // Takes in one entry and says when it was recorded, for the lag metric. Called by one thread at a time, in order.
    // Anything but OK is logged, and the feed is begun anew from `request` after a pause.
    std::function<absl::StatusOr<absl::Time>(const report::v1::Entry&)> take = {};
    // Optional. Told how each connection ended, before the next is made: OK when the server had sent all it was
    // asked for (past_only); the next connection then follows after the shortest pause. Same thread rule as `take`.
    std::function<void(const absl::Status&)> ended = {};
    std::function<absl::Time()> clock = absl::Now;
  };

  FeedFollower(Options options, Metrics& metrics);
  // Stops; after it returns `take` is not called any more. Not from within `take`.
  ~FeedFollower();
  void Start();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_FEED_H_
