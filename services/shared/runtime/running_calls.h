// Counts the calls that run, so that a server can stop when none does.
#ifndef GIAOBAN_RUNTIME_RUNNING_CALLS_H_
#define GIAOBAN_RUNTIME_RUNNING_CALLS_H_

#include <atomic>
#include <cstdint>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace giaoban::runtime {

// Thread-safe. A call costs two atomic operations; the mutex is for the end only.
class RunningCalls {
 public:
  void Begin() { ++running_; }

  void End() {
    if (--running_ > 0 || !stopping_) return;
    // Locking makes the one who waits look again.
    absl::MutexLock lock(&mutex_);
  }

  // From now on new calls are to be refused.
  void Stop() { stopping_ = true; }
  bool stopping() const { return stopping_; }

  // Waits until no call runs, at most this long. After Stop().
  void AwaitNone(absl::Duration longest) {
    absl::MutexLock lock(&mutex_);
    auto none = [this] { return running_ == 0; };
    mutex_.AwaitWithTimeout(absl::Condition(&none), longest);
  }

 private:
  std::atomic<int64_t> running_ = 0;
  std::atomic<bool> stopping_ = false;
  absl::Mutex mutex_;
};

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_RUNNING_CALLS_H_
