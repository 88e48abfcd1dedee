// Who is told about commits.
#ifndef GIAOBAN_JOURNAL_LISTENERS_H_
#define GIAOBAN_JOURNAL_LISTENERS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/journal/journal.h"

namespace giaoban::journal {

// Thread-safe. Handles may outlive it.
class Listeners {
 public:
  // See Journal::Listen.
  std::shared_ptr<void> Add(Journal::Listener listener);
  // Tells everybody, unless they have been told of this position or a later one.
  void Tell(const std::string& cluster, int64_t position);

 private:
  struct Subscription;

  absl::Mutex mutex_;
  std::vector<std::weak_ptr<Subscription>> subscriptions_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, int64_t> told_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace giaoban::journal

#endif  // GIAOBAN_JOURNAL_LISTENERS_H_
