#include "services/directory/throttle.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace giaoban::directory {
namespace {

constexpr absl::Duration kLongestWait = absl::Seconds(60);
constexpr absl::Duration kQuiet = absl::Hours(1);
// Failures of an address, and of an account from unknown addresses, before anybody waits.
constexpr int kFree = 9;
// No user name is longer; whoever types more is one and the same.
constexpr size_t kUserBytes = 40;

// After that many failures beyond the free ones.
absl::Duration WaitAfter(int failures) {
  if (failures <= 0) return absl::ZeroDuration();
  return std::min(kLongestWait, absl::Seconds(1) * (1 << std::min(failures - 1, 6)));
}

std::string UserOf(const Attempt& attempt) { return attempt.user.size() <= kUserBytes ? attempt.user : std::string(); }

// User names and networks have no spaces, and no user name anybody has is empty.
std::string PairOf(const Attempt& attempt) { return absl::StrCat("pair ", attempt.network, " ", UserOf(attempt)); }

}  // namespace

std::vector<Throttle::Held> Throttle::CountsOf(const Attempt& attempt) {
  std::vector<Held> counts = {{PairOf(attempt), 0}, {absl::StrCat("address ", attempt.network), kFree}};
  if (!attempt.known) counts.push_back({absl::StrCat("account ", UserOf(attempt)), kFree});
  return counts;
}

absl::Duration Throttle::Try(const Attempt& attempt, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  const std::vector<Held> counts = CountsOf(attempt);
  absl::Duration wait = absl::ZeroDuration();
  if (!attempt.known || HasFailed(PairOf(attempt), now)) {
    for (const Held& held : counts) wait = std::max(wait, WaitOf(held, now));
  }
  if (wait > absl::ZeroDuration()) return wait;
  for (const Held& held : counts) AddTo(held.key, now);
  return wait;
}

void Throttle::Succeeded(const Attempt& attempt) {
  absl::MutexLock lock(&mutex_);
  for (const Held& held : CountsOf(attempt)) TakeFrom(held.key);
  Forget(PairOf(attempt));
}

void Throttle::TakeBack(const Attempt& attempt) {
  absl::MutexLock lock(&mutex_);
  for (const Held& held : CountsOf(attempt)) TakeFrom(held.key);
}

size_t Throttle::counts() const {
  absl::MutexLock lock(&mutex_);
  return counts_.size();
}

bool Throttle::HasFailed(const std::string& key, absl::Time now) const {
  const auto found = by_key_.find(key);
  return found != by_key_.end() && now - found->second->last < kQuiet;
}

absl::Duration Throttle::WaitOf(const Held& held, absl::Time now) const {
  if (!HasFailed(held.key, now)) return absl::ZeroDuration();
  const Count& count = *by_key_.at(held.key);
  const absl::Duration delay = WaitAfter(count.failures - held.free);
  // A clock that was put back makes nobody wait longer than that.
  return std::min(delay, count.last + delay - now);
}

void Throttle::AddTo(const std::string& key, absl::Time now) {
  const bool afresh = !HasFailed(key, now);
  const auto [found, added] = by_key_.try_emplace(key);
  if (added) {
    found->second = counts_.insert(counts_.end(), Count{.key = key});
  } else {
    counts_.splice(counts_.end(), counts_, found->second);
  }
  Count& count = *found->second;
  count.failures = afresh ? 1 : count.failures + 1;
  count.last = now;
  if (counts_.size() > limit_) Forget(std::string(counts_.front().key));
}

void Throttle::TakeFrom(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found != by_key_.end() && --found->second->failures <= 0) Forget(key);
}

void Throttle::Forget(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  counts_.erase(found->second);
  by_key_.erase(found);
}

}  // namespace giaoban::directory
