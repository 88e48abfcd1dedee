// Part of every executable of the ThreadSanitizer build: absl::Mutex over POSIX locks.
//
// Debian's Abseil is not instrumented, so what its mutex orders would look like races. The functions defined here
// take the place of the library's, and ThreadSanitizer knows every lock they use. Of a Mutex they use
// the one word it has, as a pointer to a State made at the first use.
//
// Readers really share: a write under a reader lock is a race that is found. That is also why nothing
// here but the locks themselves may order two threads: the counters are atomic and relaxed.
#include <pthread.h>
#include <sanitizer/tsan_interface.h>
#include <time.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

// The journal's kill test forks and goes on with threads of its own.
extern "C" const char* __tsan_default_options() { return "die_after_fork=0:second_deadlock_stack=1"; }

namespace absl {
ABSL_NAMESPACE_BEGIN
namespace {

class State {
 public:
  ~State() {
    pthread_rwlock_destroy(&lock_);
    pthread_mutex_destroy(&waiting_);
    pthread_cond_destroy(&released_);
  }

  void Lock() {
    pthread_rwlock_wrlock(&lock_);
    exclusive_.store(true, std::memory_order_relaxed);
  }
  bool TryLock() {
    if (pthread_rwlock_trywrlock(&lock_) != 0) return false;
    exclusive_.store(true, std::memory_order_relaxed);
    return true;
  }
  void ReaderLock() { pthread_rwlock_rdlock(&lock_); }
  bool ReaderTryLock() { return pthread_rwlock_tryrdlock(&lock_) == 0; }

  // Whoever waits for a condition may find it true now. Looked at before: once it is released, and nobody waits, the
  // next to hold it may take it apart.
  void Unlock(bool exclusive) {
    const bool awaited = waiters_.load(std::memory_order_relaxed) > 0;
    Release(exclusive);
    if (awaited) Wake();
  }

  // Returns with the lock held as it was: true when `condition` holds, false at the deadline.
  bool Await(const Condition& condition, Time deadline) {
    if (condition.Eval()) return true;
    const bool exclusive = exclusive_.load(std::memory_order_relaxed);
    waiters_.fetch_add(1, std::memory_order_relaxed);
    Wake();  // others may wait for what this thread has just done
    bool in_time = true;
    while (!condition.Eval() && in_time) in_time = Pause(exclusive, deadline);
    waiters_.fetch_sub(1, std::memory_order_relaxed);
    return condition.Eval();
  }

 private:
  void Release(bool exclusive) {
    if (exclusive) exclusive_.store(false, std::memory_order_relaxed);
    pthread_rwlock_unlock(&lock_);
  }

  void Wake() {
    pthread_mutex_lock(&waiting_);
    ++releases_;
    pthread_cond_broadcast(&released_);
    pthread_mutex_unlock(&waiting_);
  }

  // Gives the lock up until somebody else has held it; false at the deadline.
  bool Pause(bool exclusive, Time deadline) {
    const timespec until = ToTimespec(deadline);
    int result = 0;
    pthread_mutex_lock(&waiting_);
    const uint64_t seen = releases_;
    Release(exclusive);
    while (releases_ == seen && result == 0) {
      result = deadline == InfiniteFuture() ? pthread_cond_wait(&released_, &waiting_)
                                            : pthread_cond_timedwait(&released_, &waiting_, &until);
    }
    pthread_mutex_unlock(&waiting_);
    if (exclusive) {
      Lock();
    } else {
      ReaderLock();
    }
    return result == 0;
  }

  pthread_rwlock_t lock_ = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
  std::atomic<bool> exclusive_ = false;  // held by a writer
  std::atomic<int> waiters_ = 0;
  pthread_mutex_t waiting_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t released_ = PTHREAD_COND_INITIALIZER;
  uint64_t releases_ = 0;  // under waiting_
};

std::atomic<State*>& WordOf(const Mutex* mutex) {
  static_assert(sizeof(Mutex) == sizeof(std::atomic<State*>));
  return *reinterpret_cast<std::atomic<State*>*>(const_cast<Mutex*>(mutex));
}

State& StateOf(const Mutex* mutex) {
  std::atomic<State*>& word = WordOf(mutex);
  State* state = word.load(std::memory_order_acquire);
  if (state != nullptr) return *state;
  auto made = std::make_unique<State>();
  return word.compare_exchange_strong(state, made.get()) ? *made.release() : *state;
}

}  // namespace

Mutex::~Mutex() {
  delete WordOf(this).load(std::memory_order_acquire);
  __tsan_mutex_destroy(this, __tsan_mutex_not_static);  // the header's constructor created it
}

void Mutex::Lock() { StateOf(this).Lock(); }
void Mutex::Unlock() { StateOf(this).Unlock(/*exclusive=*/true); }
bool Mutex::TryLock() { return StateOf(this).TryLock(); }
void Mutex::ReaderLock() { StateOf(this).ReaderLock(); }
void Mutex::ReaderUnlock() { StateOf(this).Unlock(/*exclusive=*/false); }
bool Mutex::ReaderTryLock() { return StateOf(this).ReaderTryLock(); }
void Mutex::AssertHeld() const {}
void Mutex::AssertReaderHeld() const {}
void Mutex::AssertNotHeld() const {}

void Mutex::Await(const Condition& condition) { StateOf(this).Await(condition, InfiniteFuture()); }
bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  return StateOf(this).Await(condition, Now() + timeout);
}
bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  return StateOf(this).Await(condition, deadline);
}

void Mutex::LockWhen(const Condition& condition) {
  Lock();
  Await(condition);
}
bool Mutex::LockWhenWithTimeout(const Condition& condition, Duration timeout) {
  Lock();
  return AwaitWithTimeout(condition, timeout);
}
bool Mutex::LockWhenWithDeadline(const Condition& condition, Time deadline) {
  Lock();
  return AwaitWithDeadline(condition, deadline);
}
void Mutex::ReaderLockWhen(const Condition& condition) {
  ReaderLock();
  Await(condition);
}
bool Mutex::ReaderLockWhenWithTimeout(const Condition& condition, Duration timeout) {
  ReaderLock();
  return AwaitWithTimeout(condition, timeout);
}
bool Mutex::ReaderLockWhenWithDeadline(const Condition& condition, Time deadline) {
  ReaderLock();
  return AwaitWithDeadline(condition, deadline);
}

// The library's read the flag where ThreadSanitizer does not see it.
Notification::~Notification() { MutexLock notifying(&mutex_); }
void Notification::Notify() {
  MutexLock lock(&mutex_);
  notified_yet_.store(true, std::memory_order_release);
}
void Notification::WaitForNotification() const { WaitForNotificationWithDeadline(InfiniteFuture()); }
bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  return WaitForNotificationWithDeadline(Now() + timeout);
}
bool Notification::WaitForNotificationWithDeadline(Time deadline) const {
  MutexLock lock(&mutex_);
  return mutex_.AwaitWithDeadline(Condition(&HasBeenNotifiedInternal, &notified_yet_), deadline);
}

ABSL_NAMESPACE_END
}  // namespace absl
