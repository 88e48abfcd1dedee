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
class Callers {
 public:
  Callers(const Limits& limits, Metrics& metrics);

  // May this caller make one more call now? Asked once for each call, before any handler, denied ones included.
  // RESOURCE_EXHAUSTED past calls_per_second, calls_per_caller or calls. The calls in progress are those that began:
  // some that were admitted at the same instant may go past the limit together.
  absl::Status Admit(const Caller& caller, absl::Time now);

  // A call began; it ended when the handle is gone.
  std::shared_ptr<void> Begin(const Caller& caller, absl::Time now);

  // A stream opens; it is open until the handle is gone. RESOURCE_EXHAUSTED past streams_per_caller, exactly.
  absl::StatusOr<std::shared_ptr<void>> OpenStream(const Caller& caller, absl::Time now);

 private:
  struct Use {
    double tokens = 0;
    absl::Time filled;
    int64_t calls = 0;
    int64_t streams = 0;
  };
  Use& UseOf(const Caller& caller, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Limits& limits_;
  Metrics& metrics_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Use> uses_ ABSL_GUARDED_BY(mutex_);
  int64_t calls_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_CALLERS_H_
