// What each caller has in use: calls, streams, and how fast they come.
#ifndef GIAOBAN_RUNTIME_CALLERS_H_
#define GIAOBAN_RUNTIME_CALLERS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/shared/runtime/identity.h"
#include "services/shared/runtime/limits.h"
#include "services/shared/runtime/metrics.h"

namespace giaoban::runtime {

// Thread-safe. One for a process; limits and metrics must outlive it. A caller is a certificate's name, or a person of
// the portal's (Caller::Account): somebody who floods takes from nobody else's share.
//
// A call that is let through begins when its request has arrived. One whose request never comes holds memory and is
// seen by nobody: gRPC tells neither that it waits nor that it is gone. So each call let through is taken to wait until
// it begins, or until its connection must have ended by age. A caller whose requests arrive never notices.
class Callers {
 public:
  Callers(const Limits& limits, Metrics& metrics);

  // May this caller make one more call now? Asked once for each call, before anything else, so that denied ones count
  // too. RESOURCE_EXHAUSTED past calls_per_second.
  absl::Status Admit(const Caller& caller, absl::Time now);

  // Lets an admitted call through to its handler. RESOURCE_EXHAUSTED past calls_per_caller, or past calls, where some
  // that are let through at the same instant may go past it together.
  absl::Status Expect(const Caller& caller, absl::Time now);

  // A call began; it ended when the handle is gone.
  std::shared_ptr<void> Begin(const Caller& caller, absl::Time now);

  // A stream opens; it is open until the handle is gone. RESOURCE_EXHAUSTED past streams_per_caller, exactly.
  absl::StatusOr<std::shared_ptr<void>> OpenStream(const Caller& caller, absl::Time now);

 private:
  struct Use {
    double tokens = 0;
    absl::Time filled;
    int64_t calls = 0;
    // Calls let through that have not begun.
    double expected = 0;
    int64_t streams = 0;
  };
  Use& UseOf(const Caller& caller, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Refill(Use& use, absl::Time now) const;
  void Forget(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Limits& limits_;
  Metrics& metrics_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Use> uses_ ABSL_GUARDED_BY(mutex_);
  absl::Time next_forget_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  int64_t calls_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_CALLERS_H_
