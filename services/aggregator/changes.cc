#include "services/aggregator/changes.h"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace giaoban::aggregator {
namespace {

struct Watcher {
  std::string cluster;
  absl::Mutex mutex;
  std::function<void()> wake ABSL_GUARDED_BY(mutex);  // empty when its handle is gone
};

struct Waiter {
  std::string cluster;
  std::function<bool()> reached;
  std::function<void(Changes::Outcome)> done;
  std::shared_ptr<void> patience;
};

bool Concerns(const std::string& changed, const std::string& cluster) { return changed.empty() || changed == cluster; }

}  // namespace

struct Changes::State {
  absl::Mutex mutex;
  bool stopped ABSL_GUARDED_BY(mutex) = false;
  uint64_t last_id ABSL_GUARDED_BY(mutex) = 0;
  std::map<uint64_t, std::shared_ptr<Watcher>> watchers ABSL_GUARDED_BY(mutex);
  std::map<uint64_t, std::shared_ptr<Waiter>> waiters ABSL_GUARDED_BY(mutex);

  // Whoever takes a waiter out is the one to tell it, so it is told once.
  void Complete(uint64_t id, Outcome outcome) {
    std::shared_ptr<Waiter> waiter;
    {
      absl::MutexLock lock(&mutex);
      const auto found = waiters.find(id);
      if (found == waiters.end()) return;
      waiter = std::move(found->second);
      waiters.erase(found);
    }
    waiter->patience.reset();
    waiter->done(outcome);
  }
};

Changes::Changes(Patience patience) : patience_(std::move(patience)), state_(std::make_shared<State>()) {}

Changes::~Changes() { Stop(); }

void Changes::Notify(const std::string& cluster) {
  std::vector<std::shared_ptr<Watcher>> watchers;
  std::vector<std::pair<uint64_t, std::shared_ptr<Waiter>>> waiters;
  {
    absl::MutexLock lock(&state_->mutex);
    for (const auto& [id, watcher] : state_->watchers) {
      if (Concerns(cluster, watcher->cluster)) watchers.push_back(watcher);
    }
    for (const auto& [id, waiter] : state_->waiters) {
      if (Concerns(cluster, waiter->cluster)) waiters.emplace_back(id, waiter);
    }
  }
  for (const auto& [id, waiter] : waiters) {
    if (waiter->reached()) state_->Complete(id, Outcome::kReached);
  }
  for (const std::shared_ptr<Watcher>& watcher : watchers) {
    absl::MutexLock lock(&watcher->mutex);
    if (watcher->wake) watcher->wake();
  }
}

std::shared_ptr<void> Changes::Watch(std::string cluster, std::function<void()> wake) {
  auto watcher = std::make_shared<Watcher>();
  watcher->cluster = std::move(cluster);
  {
    absl::MutexLock lock(&watcher->mutex);
    watcher->wake = std::move(wake);
  }
  absl::MutexLock lock(&state_->mutex);
  const uint64_t id = ++state_->last_id;
  state_->watchers.emplace(id, watcher);
  const auto forget = [state = state_, watcher, id](void*) {
    {
      absl::MutexLock watcher_lock(&watcher->mutex);
      watcher->wake = nullptr;
    }
    absl::MutexLock state_lock(&state->mutex);
    state->watchers.erase(id);
  };
  return {nullptr, forget};
}

void Changes::Wait(const std::string& cluster, std::function<bool()> reached, std::function<void(Outcome)> done) {
  if (reached()) {
    done(Outcome::kReached);
    return;
  }
  auto waiter = std::make_shared<Waiter>();
  waiter->cluster = cluster;
  waiter->reached = std::move(reached);
  waiter->done = std::move(done);
  bool stopped = false;
  uint64_t id = 0;
  {
    absl::MutexLock lock(&state_->mutex);
    stopped = state_->stopped;
    id = ++state_->last_id;
    state_->waiters.emplace(id, waiter);
    // A call that comes too late finds nobody.
    waiter->patience = patience_([state = state_, id] { state->Complete(id, Outcome::kTimedOut); });
  }
  if (stopped) {
    state_->Complete(id, Outcome::kStopped);
  } else if (waiter->reached()) {  // a change may have come before it was listed
    state_->Complete(id, Outcome::kReached);
  }
}

void Changes::Stop() {
  std::vector<uint64_t> ids;
  {
    absl::MutexLock lock(&state_->mutex);
    state_->stopped = true;
    for (const auto& [id, waiter] : state_->waiters) ids.push_back(id);
  }
  for (const uint64_t id : ids) state_->Complete(id, Outcome::kStopped);
}

}  // namespace giaoban::aggregator
