// What a process keeps in memory of one journal, kept up to date with every process that writes to it.
#ifndef GIAOBAN_JOURNAL_TAIL_H_
#define GIAOBAN_JOURNAL_TAIL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "giaoban/report/v1/report.pb.h"
#include "services/shared/journal/journal.h"
#include "services/shared/storage/store.h"

namespace giaoban::journal {

// Thread-safe.
class Tail {
 public:
  // Takes in an entry. Called in order, once for each, by one thread at a time.
  using Take = std::function<absl::Status(const report::v1::Entry&)>;

  // `journal` must outlive it.
  Tail(Journal& journal, std::string cluster, Take take);

  // Follows the journal by itself from now on, besides.
  void Follow();
  // Takes in all that was committed before the call.
  absl::Status CatchUp();
  // The same within a write transaction of the cluster: nothing comes in between before its end.
  absl::Status CatchUp(storage::Session& session);

 private:
  using ReadOn = std::function<absl::StatusOr<std::vector<report::v1::Entry>>(int64_t after, int limit)>;
  absl::Status CatchUp(const ReadOn& read);

  Journal& journal_;
  const std::string cluster_;
  const Take take_;
  absl::Mutex mutex_;
  int64_t position_ ABSL_GUARDED_BY(mutex_) = 0;
  // Last, so that no call of it runs while the rest is taken apart.
  std::shared_ptr<void> listening_;
};

}  // namespace giaoban::journal

#endif  // GIAOBAN_JOURNAL_TAIL_H_
