#include "services/shared/journal/feed.h"

#include <utility>
#include <vector>

namespace giaoban::journal {
namespace {
constexpr int kBatch = 128;
}  // namespace

Feed::Feed(Journal& journal, std::map<std::string, int64_t> after, bool every_cluster)
    : journal_(journal), every_cluster_(every_cluster), after_(std::move(after)) {
  for (const auto& [cluster, position] : after_) {
    unread_.insert(cluster);
    followed_.insert(cluster);
  }
  listening_ = journal_.Listen([this](const std::string& cluster, int64_t) { Noticed(cluster); });
}

void Feed::OnMore(std::function<void()> wake) {
  absl::MutexLock lock(&mutex_);
  wake_ = std::move(wake);
}

void Feed::Noticed(const std::string& cluster) {
  std::function<void()> wake;
  {
    absl::MutexLock lock(&mutex_);
    if (!every_cluster_ && !followed_.contains(cluster)) return;
    unread_.insert(cluster);
    wake = wake_;
  }
  if (wake) wake();
}

absl::StatusOr<std::optional<report::v1::Entry>> Feed::Next() {
  // The heads are read after listening began, so a cluster that appears in
  // between is noticed one way or the other.
  if (!std::exchange(started_, true) && every_cluster_) {
    auto heads = journal_.Heads();
    if (!heads.ok()) return heads.status();
    absl::MutexLock lock(&mutex_);
    for (const report::v1::FeedPosition& head : *heads) unread_.insert(head.cluster());
  }
  while (buffer_.empty()) {
    std::string cluster;
    {
      absl::MutexLock lock(&mutex_);
      if (unread_.empty()) return std::nullopt;
      // Taken out before it is read: what is committed during the read puts it back.
      cluster = *unread_.begin();
      unread_.erase(unread_.begin());
    }
    auto entries = journal_.Read(cluster, after_[cluster], kBatch);
    if (!entries.ok()) return entries.status();
    if (entries->empty()) continue;
    after_[cluster] = entries->back().position();
    if (static_cast<int>(entries->size()) == kBatch) {
      absl::MutexLock lock(&mutex_);
      unread_.insert(cluster);
    }
    buffer_.assign(std::make_move_iterator(entries->begin()), std::make_move_iterator(entries->end()));
  }
  report::v1::Entry entry = std::move(buffer_.front());
  buffer_.pop_front();
  return entry;
}

}  // namespace giaoban::journal
