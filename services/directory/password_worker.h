// The one thread that computes hashes of passwords, and the short queues in front of it.
#ifndef GIAOBAN_DIRECTORY_PASSWORD_WORKER_H_
#define GIAOBAN_DIRECTORY_PASSWORD_WORKER_H_

#include <array>
#include <deque>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/runtime/limits.h"
#include "services/shared/runtime/metrics.h"

namespace giaoban::directory {

// Log-ins never take more than one core and the memory of one hash. Thread-safe.
class PasswordWorker {
 public:
  // Who waits. The known ones go first, and strangers cannot fill their queue.
  enum class Line { kKnown, kStrangers };

  // Both must outlive the worker.
  PasswordWorker(const runtime::Limits& limits, runtime::Metrics& metrics);
  // Does what waits.
  ~PasswordWorker();

  // Does the work soon, one after the other, or refuses it: RESOURCE_EXHAUSTED past the limit waiting_passwords of its
  // line.
  absl::Status Do(Line line, absl::AnyInvocable<void()> work);

 private:
  using Queue = std::deque<absl::AnyInvocable<void()>>;

  void Work();
  bool Wake() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || !lines_[0].empty() || !lines_[1].empty();
  }

  const runtime::Limits& limits_;
  runtime::Metrics& metrics_;
  absl::Mutex mutex_;
  std::array<Queue, 2> lines_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace giaoban::directory

#endif  // GIAOBAN_DIRECTORY_PASSWORD_WORKER_H_
