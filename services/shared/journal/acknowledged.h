// How far a journal had come when this process last told somebody so: a file beside the store, kept apart from it.
//
// A store that loses its end, as when a disk gives back an older page or a log is cut off, looks whole: positions are
// dense and every hash fits. This file tells.
#ifndef GIAOBAN_JOURNAL_ACKNOWLEDGED_H_
#define GIAOBAN_JOURNAL_ACKNOWLEDGED_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "giaoban/report/v1/report.pb.h"

namespace giaoban::journal {

// Thread-safe.
class Acknowledged {
 public:
  // Reads `path`, or makes it. FAILED_PRECONDITION when it cannot be read or is something else.
  static absl::StatusOr<std::unique_ptr<Acknowledged>> Open(const std::string& path);
  ~Acknowledged();
  Acknowledged(const Acknowledged&) = delete;
  Acknowledged& operator=(const Acknowledged&) = delete;

  // DATA_LOSS when a journal ends before what was noted: names both ends, and the file, whose removal accepts the loss.
  absl::Status Check(const std::vector<report::v1::FeedPosition>& heads) const;

  // Notes that a cluster's entries up to `position` are durable. To be called before anybody is told, of a new entry
  // and of one that was there. Costs no synchronisation of the disk: a process that is killed leaves it right, and a
  // machine that stops leaves it right or too low. UNAVAILABLE when it cannot be written, and then nobody may be told:
  // a file system that fails has been seen to call entries durable that were not.
  absl::Status Note(const std::string& cluster, int64_t position);

 private:
  Acknowledged(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  absl::Status Read();

  const std::string path_;
  const int descriptor_;
  struct Noted {
    int64_t position = 0;
    // Of the file's lines, from 0.
    int64_t line = 0;
  };
  mutable absl::Mutex mutex_;
  std::map<std::string, Noted> clusters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace giaoban::journal

#endif  // GIAOBAN_JOURNAL_ACKNOWLEDGED_H_
