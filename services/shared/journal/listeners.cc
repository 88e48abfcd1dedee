#include "services/shared/journal/listeners.h"

#include <mutex>
#include <utility>

namespace giaoban::journal {

struct Listeners::Subscription {
  // Held during a call, so that ending a subscription waits for it. Recursive, so that
  // a listener may end its own.
  std::recursive_mutex calling;
  Journal::Listener listener;
  bool ended = false;
};

std::shared_ptr<void> Listeners::Add(Journal::Listener listener) {
  auto subscription = std::make_shared<Subscription>();
  subscription->listener = std::move(listener);
  absl::MutexLock lock(&mutex_);
  std::erase_if(subscriptions_, [](const auto& other) { return other.expired(); });
  subscriptions_.push_back(subscription);
  Subscription* handle = subscription.get();
  return std::shared_ptr<void>(handle, [subscription = std::move(subscription)](void*) {
    std::lock_guard ending(subscription->calling);
    subscription->ended = true;
  });
}

void Listeners::Tell(const std::string& cluster, int64_t position) {
  std::vector<std::weak_ptr<Subscription>> subscriptions;
  {
    absl::MutexLock lock(&mutex_);
    int64_t& told = told_[cluster];
    if (position <= told) return;
    told = position;
    subscriptions = subscriptions_;
  }
  for (const auto& weak : subscriptions) {
    const std::shared_ptr<Subscription> subscription = weak.lock();
    if (subscription == nullptr) continue;
    std::lock_guard calling(subscription->calling);
    if (!subscription->ended) subscription->listener(cluster, position);
  }
}

}  // namespace giaoban::journal
