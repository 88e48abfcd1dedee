#include "services/shared/runtime/callers.h"

#include <algorithm>

namespace giaoban::runtime {
namespace {

// Callers remembered before those with nothing in use are forgotten.
constexpr size_t kRemembered = 16384;

}  // namespace

Callers::Callers(const Limits& limits, Metrics& metrics) : limits_(limits), metrics_(metrics) {}

Callers::Use& Callers::UseOf(const Caller& caller, absl::Time now) {
  if (uses_.size() >= kRemembered) Forget(now);
  const auto [use, fresh] = uses_.try_emplace(caller.Account());
  if (fresh) use->second = {.tokens = static_cast<double>(limits_.call_burst), .filled = now};
  return use->second;
}

void Callers::Forget(absl::Time now) {
  // Who has rested long enough to have a full burst again loses nothing by being forgotten.
  const absl::Duration full = absl::Seconds(1.0 * limits_.call_burst / limits_.calls_per_second);
  absl::erase_if(uses_, [&](const auto& entry) {
    return entry.second.calls == 0 && entry.second.streams == 0 && now - entry.second.filled >= full;
  });
}

absl::Status Callers::Admit(const Caller& caller, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  Use& use = UseOf(caller, now);
  const double gained = absl::ToDoubleSeconds(now - use.filled) * static_cast<double>(limits_.calls_per_second);
  use.tokens = std::min(use.tokens + std::max(gained, 0.0), static_cast<double>(limits_.call_burst));
  use.filled = std::max(use.filled, now);
  if (use.tokens < 1) return PastLimit("max_calls_per_second", limits_.calls_per_second, metrics_);
  use.tokens -= 1;
  if (use.calls >= limits_.calls_per_caller) {
    return PastLimit("max_calls_per_caller", limits_.calls_per_caller, metrics_);
  }
  if (calls_ >= limits_.calls) return PastLimit("max_calls", limits_.calls, metrics_);
  return absl::OkStatus();
}

std::shared_ptr<void> Callers::Begin(const Caller& caller, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  ++UseOf(caller, now).calls;
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
    return PastLimit("max_streams_per_caller", limits_.streams_per_caller, metrics_);
  }
  ++use.streams;
  return std::shared_ptr<void>(this, [this, account = caller.Account()](void*) {
    absl::MutexLock closing(&mutex_);
    --uses_[account].streams;
  });
}

}  // namespace giaoban::runtime
