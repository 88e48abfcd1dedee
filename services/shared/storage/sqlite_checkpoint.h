// Keeps SQLite's log short while commits go on. One in some hundred waits for the end of it, a millisecond or two.
//
// By itself SQLite moves a full log into the database inside some commit, which then takes tens of milliseconds.
#ifndef GIAOBAN_STORAGE_SQLITE_CHECKPOINT_H_
#define GIAOBAN_STORAGE_SQLITE_CHECKPOINT_H_

#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/storage/sqlite_connection.h"

namespace giaoban::storage {

// Thread-safe.
class SqliteCheckpoint {
 public:
  // Takes a connection and a thread of its own.
  static absl::StatusOr<std::unique_ptr<SqliteCheckpoint>> Start(const std::string& path);
  ~SqliteCheckpoint();

  // To be called before a transaction of the only writer: moves what little of the log is left when the thread has
  // moved most of it, so that the log begins anew. What fails is tried again with a longer log.
  void BeforeWrite(SqliteConnection& writer);

 private:
  enum class State { kIdle, kMoving, kMoved, kStopping };

  explicit SqliteCheckpoint(std::unique_ptr<SqliteConnection> connection);
  void Work();
  bool Wake() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return state_ == State::kMoving || state_ == State::kStopping;
  }

  const std::unique_ptr<SqliteConnection> connection_;
  absl::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kIdle;
  std::thread thread_;
};

}  // namespace giaoban::storage

#endif  // GIAOBAN_STORAGE_SQLITE_CHECKPOINT_H_
