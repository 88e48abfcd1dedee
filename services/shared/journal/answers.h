// What is left to do after commits, on a thread of its own, so that the next commit does not wait for it.
#ifndef GIAOBAN_JOURNAL_ANSWERS_H_
#define GIAOBAN_JOURNAL_ANSWERS_H_

#include <list>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace giaoban::journal {

// Thread-safe.
class Answers {
 public:
  using Answer = absl::AnyInvocable<void()>;

  Answers();
  // Gives what is left.
  ~Answers();
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;

  // Calls `answer` after those that were added before.
  void Add(Answer answer);

 private:
  void Work();
  bool Wake() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || !waiting_.empty(); }
  // Empty when it is time to stop.
  std::list<Answer> Next();

  absl::Mutex mutex_;
  std::list<Answer> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace giaoban::journal

#endif  // GIAOBAN_JOURNAL_ANSWERS_H_
