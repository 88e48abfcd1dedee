#include "services/shared/runtime/callers.h"

#include <algorithm>

namespace giaoban::runtime {
namespace {

// Callers remembered before those with nothing in use are forgotten, and how often these are looked for.
constexpr size_t kRemembered = 16384;
constexpr absl::Duration kForgetPeriod = absl::Seconds(1);
// Calls in progress that everybody may have, also when all others together have as many as the process takes.
constexpr double kShare = 8;

}  // namespace

Callers::Callers(const Limits& limits, Metrics& metrics) : limits_(limits), metrics_(metrics) {}

Callers::Use& Callers::UseOf(const Caller& caller, absl::Time now) {
  const std::string account = caller.Account();
  if (uses_.size() >= kRemembered && now >= next_forget_) Forget(now);
  const auto [entry, fresh] = uses_.try_emplace(account);
  Use& use = entry->second;
  if (fresh) use = {.tokens = static_cast<double>(limits_.call_burst), .filled = now};
  Refill(use, now);
  return use;
}

// A clock that runs backwards gives and takes nothing.
void Callers::Refill(Use& use, absl::Time now) const {
  if (now <= use.filled) return;
  const double seconds = absl::ToDoubleSeconds(now - use.filled);
  const auto lifetime = static_cast<double>(limits_.connection_age_seconds + limits_.connection_grace_seconds);
  use.filled = now;
  use.tokens = std::min(use.tokens + seconds * static_cast<double>(limits_.calls_per_second),
                        static_cast<double>(limits_.call_burst));
  use.expected = std::max(use.expected - seconds / lifetime * static_cast<double>(limits_.calls_per_caller), 0.0);
}

// Who has nothing in use and a full burst again loses nothing by being forgotten.
void Callers::Forget(absl::Time now) {
  next_forget_ = now + kForgetPeriod;
  absl::erase_if(uses_, [&](auto& entry) {
    Use& use = entry.second;
    Refill(use, now);
    return use.calls == 0 && use.streams == 0 && use.expected == 0 &&
           use.tokens >= static_cast<double>(limits_.call_burst);
  });
}

absl::Status Callers::Admit(const Caller& caller, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  Use& use = UseOf(caller, now);
  if (use.tokens < 1) return PastLimit(&Limits::calls_per_second, limits_, metrics_);
  use.tokens -= 1;
  return absl::OkStatus();
}

absl::Status Callers::Expect(const Caller& caller, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  Use& use = UseOf(caller, now);
  const double calls = static_cast<double>(use.calls) + use.expected;
  if (calls + 1 > static_cast<double>(limits_.calls_per_caller)) {
    return PastLimit(&Limits::calls_per_caller, limits_, metrics_);
  }
  if (calls_ >= limits_.calls && calls + 1 > kShare) return PastLimit(&Limits::calls, limits_, metrics_);
  use.expected += 1;
  return absl::OkStatus();
}

std::shared_ptr<void> Callers::Begin(const Caller& caller, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  Use& use = UseOf(caller, now);
  use.expected = std::max(use.expected - 1, 0.0);
  ++use.calls;
  ++calls_;
  return std::shared_ptr<void>(this, [this, account = caller.Account()](void*) {
    absl::MutexLock ending(&mutex_);
    --uses_[account].calls;
    --calls_;
  });
}

absl::StatusOr<std::shared_ptr<void>> Callers::OpenStream(const Caller& caller, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  Use& use = UseOf(caller, now);
  if (use.streams >= limits_.streams_per_caller) {
    return PastLimit(&Limits::streams_per_caller, limits_, metrics_);
  }
  ++use.streams;
  return std::shared_ptr<void>(this, [this, account = caller.Account()](void*) {
    absl::MutexLock closing(&mutex_);
    --uses_[account].streams;
  });
}

}  // namespace giaoban::runtime
