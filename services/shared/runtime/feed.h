// Feeds over gRPC, both ends. No thread is held while waiting on either.
#ifndef GIAOBAN_RUNTIME_FEED_H_
#define GIAOBAN_RUNTIME_FEED_H_

#include <grpcpp/channel.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "giaoban/report/v1/report.pb.h"
#include "services/shared/runtime/metrics.h"

namespace giaoban::runtime {

// Follows a Watch method for ever: connects, takes in, reconnects with growing,
// jittered pauses (50 ms to 2 s) from where it stood. Works on any Watch method by its path, since all have
// the same wire shape: requests are made by `request`, answers are report.v1.Entry in field 1.
class FeedFollower {
 public:
  struct Options {
    std::string service;  // label of metrics: who follows
    std::string feed;     // label: what is followed, "membership"
    std::string method;   // "/giaoban.membership.v1.MembershipService/Watch"
    std::shared_ptr<grpc::Channel> channel;
    // The serialised request to resume with. Called before each connection.
    std::function<std::string()> request = {};
    // Takes in one entry. Called by one thread at a time, in order. Anything but OK is
    // logged, and the feed is begun anew from `request` after a pause.
    std::function<absl::Status(const report::v1::Entry&)> take = {};
    // Time of an entry, for the lag metric.
    std::function<absl::Time(const report::v1::Entry&)> time_of = {};
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

// Keeps the open streams of a service so that they can be ended at shutdown:
// gRPC's own graceful stop would wait for them until its deadline.
class StreamRegistry {
 public:
  StreamRegistry();
  ~StreamRegistry();
  // Ends all streams, and every later one at once, with UNAVAILABLE.
  void Drain();
  // Registers a way to end a stream; returns a handle that takes it out again: once
  // that is gone, `end` is neither running nor called any more. `end` must not touch the registry.
  std::shared_ptr<void> Add(std::function<void()> end);
  // What a drained stream ends with.
  static absl::Status Drained();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_FEED_H_
