// How soon somebody may try to log in again.
//
// A log-in that failed makes the next one wait, longer each time: 1, 2, 4 … at most 60 seconds, forgotten after an hour
// without a failure. Three counts are kept:
//   the account from this address: from the first failure on;
//   this address, over all accounts: from the tenth on;
//   the account from all addresses that never logged in to it: from the tenth on.
// Nobody is locked out by others: somebody who has not failed at an address where he logged in before is held up by
// none of the three.
//
// A try counts as failed until it is said to have succeeded, so that guesses made at the same time do not pass
// together. The counts are in memory: a restart forgets them.
#ifndef GIAOBAN_DIRECTORY_THROTTLE_H_
#define GIAOBAN_DIRECTORY_THROTTLE_H_

#include <cstddef>
#include <list>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace giaoban::directory {

// Somebody's try to log in.
struct Attempt {
  // User name as typed, whether there is such an account or not.
  std::string user;
  // Address::network.
  std::string network;
  // Whether the account was logged in to from there before.
  bool known = false;
};

// Thread-safe. Does not look at a clock.
class Throttle {
 public:
  // Counts kept at most; beyond it the one that failed longest ago is forgotten.
  static constexpr size_t kCounts = 100'000;

  explicit Throttle(size_t counts = kCounts) : limit_(counts) {}

  // Zero: go on; the attempt is counted as failed. Otherwise how long to wait; nothing is counted.
  absl::Duration Try(const Attempt& attempt, absl::Time now);
  // The attempt succeeded: takes back what it counted, and forgets the failures of the account from this address.
  void Succeeded(const Attempt& attempt);
  // The attempt was not looked at after all: takes back what it counted.
  void TakeBack(const Attempt& attempt);

  size_t counts() const;

 private:
  struct Count {
    std::string key;
    int failures = 0;
    absl::Time last;
  };
  using Place = std::list<Count>::iterator;

  // A count that holds this attempt up, and the failures it lets pass.
  struct Held {
    std::string key;
    int free = 0;
  };
  static std::vector<Held> CountsOf(const Attempt& attempt);

  absl::Duration WaitOf(const Held& held, absl::Time now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasFailed(const std::string& key, absl::Time now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AddTo(const std::string& key, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeFrom(const std::string& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(const std::string& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t limit_;
  mutable absl::Mutex mutex_;
  // The one that failed last at the end.
  std::list<Count> counts_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, Place> by_key_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace giaoban::directory

#endif  // GIAOBAN_DIRECTORY_THROTTLE_H_
