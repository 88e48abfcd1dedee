// What one caller of the benchmark asks, call after call. Everything to be compared is asked by the same loop, see
// client.cc, and gets and gives bytes.
#ifndef GIAOBAN_BENCH_WORKLOAD_H_
#define GIAOBAN_BENCH_WORKLOAD_H_

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace giaoban::bench {

// Reports of an office, handed to its callers one after the other: half-years, and when all have had theirs, again from
// the first. Thread-safe.
class Reports {
 public:
  struct Report {
    std::string period;
    // Revision it has already.
    int64_t base = 0;
  };

  // Each of `periods` has `base` revisions; who gets one makes `revisions` more.
  Reports(std::vector<std::string> periods, int64_t base, int64_t revisions)
      : periods_(std::move(periods)), base_(base), revisions_(revisions) {}
  Report Next();
  int64_t revisions() const { return revisions_; }

 private:
  const std::vector<std::string> periods_;
  const int64_t base_, revisions_;
  std::mutex mutex_;
  size_t next_ = 0;
};

// One caller: the next call is not asked for before the answer to the last one. Used by one thread at a time.
class Workload {
 public:
  virtual ~Workload() = default;
  // "/giaoban.membership.v1.MembershipService/Submit" of the next call.
  virtual const std::string& method() const = 0;
  // Bytes of the next call; valid until the one after it.
  virtual absl::StatusOr<absl::string_view> Request() = 0;
  // Looks at the bytes of its answer: whether it is what was asked for.
  virtual absl::Status Take(absl::string_view answer) = 0;
  // Whether the call is what is measured; others only lead up to it.
  virtual bool counts() const { return true; }
  // Which of a caller's identities makes the call.
  virtual size_t identity() const { return 0; }
};

// Which there are:
//   echo     Submit of a server that answers with the bytes of the request
//   answer   GetSummary, from whoever; any answer will do
//   put      etcd's Put of the body under a fresh key
//   submit   Submit of the suite: revision after revision, each resting on the receipt of the one before
//   accept   Submit by the first identity, Review by the second, and what counts: GetSummary that includes it
// `body` is the request, ready but for what differs from call to call. NOT_FOUND for another name; INVALID_ARGUMENT for
// a body that is not such a request.
absl::StatusOr<std::unique_ptr<Workload>> MakeWorkload(absl::string_view name, std::string body, Reports& reports);

}  // namespace giaoban::bench

#endif  // GIAOBAN_BENCH_WORKLOAD_H_
