// A reader's way through journals: the past, then what comes, without a gap.
#ifndef GIAOBAN_JOURNAL_FEED_H_
#define GIAOBAN_JOURNAL_FEED_H_

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "giaoban/report/v1/report.pb.h"
#include "services/shared/journal/journal.h"

namespace giaoban::journal {

class Feed {
 public:
  // Follows the clusters in `after`, each from behind that position, and with
  // `every_cluster` all others from their beginning, new ones as they appear. The journal
  // must outlive the feed.
  Feed(Journal& journal, std::map<std::string, int64_t> after, bool every_cluster);

  // The next entry; nullopt when caught up. One thread at a time.
  absl::StatusOr<std::optional<report::v1::Entry>> Next();

  // `wake` is called after new entries may have come, from any thread; it must not
  // block. Set it once, before the first Next.
  void OnMore(std::function<void()> wake);

 private:
  void Noticed(const std::string& cluster);

  Journal& journal_;
  const bool every_cluster_;
  std::map<std::string, int64_t> after_;
  std::deque<report::v1::Entry> buffer_;
  bool started_ = false;
  absl::Mutex mutex_;
  std::set<std::string> unread_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> followed_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> wake_ ABSL_GUARDED_BY(mutex_);
  // Last, so that no call of it runs while the rest is taken apart.
  std::shared_ptr<void> listening_;
};

}  // namespace giaoban::journal

#endif  // GIAOBAN_JOURNAL_FEED_H_
