#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/storage/sqlite_checkpoint.h"
#include "services/shared/storage/sqlite_connection.h"
#include "services/shared/storage/store.h"

namespace giaoban::storage {
namespace {

using Access = SqliteConnection::Access;

// With the writer and the checkpoint's five connections: memory is bounded and two cores are kept busy.
constexpr int kReadersMax = 3;

// An exclusive lock on a file, released with the process at the latest.
class FileLock {
 public:
  FileLock() = default;
  FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock() {
    if (descriptor_ >= 0) close(descriptor_);
  }

  absl::Status Take(const std::string& path) {
    descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor_ < 0) return absl::ErrnoToStatus(errno, path);
    if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
    if (errno != EWOULDBLOCK) return absl::ErrnoToStatus(errno, path);
    return absl::FailedPreconditionError(absl::StrCat(path, " is locked: the database is open for writing elsewhere"));
  }

 private:
  int descriptor_ = -1;
};

class SqliteStore final : public Store {
 public:
  // `writer` and `checkpoint` are null in a store for reading only.
  SqliteStore(std::string path, FileLock lock, std::unique_ptr<SqliteConnection> writer,
              std::unique_ptr<SqliteCheckpoint> checkpoint, bool interrupted)
      : path_(std::move(path)),
        lock_(std::move(lock)),
        interrupted_(interrupted),
        writer_(std::move(writer)),
        checkpoint_(std::move(checkpoint)) {}

  absl::Status Write(absl::string_view, absl::FunctionRef<absl::Status(Session&)> work) override {
    if (writer_ == nullptr) return absl::FailedPreconditionError(absl::StrCat(path_, " is open for reading only"));
    absl::MutexLock lock(&writing_);
    checkpoint_->BeforeWrite(*writer_);
    // IMMEDIATE: a transaction that reads first must not lose its place when it writes.
    return writer_->Transaction("BEGIN IMMEDIATE", work);
  }

  absl::Status Read(absl::FunctionRef<absl::Status(Session&)> work) const override {
    absl::StatusOr<std::unique_ptr<SqliteConnection>> reader = Borrow();
    if (!reader.ok()) return reader.status();
    absl::Status status = (*reader)->Transaction("BEGIN", work);
    absl::MutexLock lock(&reading_);
    idle_.push_back(*std::move(reader));
    return status;
  }

  void Announce(absl::string_view) override {}
  std::shared_ptr<void> Listen(Heard) override { return nullptr; }

  absl::Duration recovery() const override { return absl::ZeroDuration(); }
  bool interrupted() const override { return interrupted_; }
  absl::string_view engine() const override { return "sqlite"; }

 private:
  absl::StatusOr<std::unique_ptr<SqliteConnection>> Borrow() const {
    {
      absl::MutexLock lock(&reading_);
      reading_.Await(absl::Condition(this, &SqliteStore::ReaderFree));
      if (!idle_.empty()) {
        std::unique_ptr<SqliteConnection> reader = std::move(idle_.back());
        idle_.pop_back();
        return reader;
      }
      ++readers_;
    }
    auto reader = SqliteConnection::Open(path_, Access::kReadOnly);
    if (!reader.ok()) {
      absl::MutexLock lock(&reading_);
      --readers_;
    }
    return reader;
  }

  bool ReaderFree() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(reading_) { return !idle_.empty() || readers_ < kReadersMax; }

  const std::string path_;
  // Destroyed in reverse order: readers, then the writer, which empties the
  // log as the last, then the lock.
  FileLock lock_;
  const bool interrupted_;
  absl::Mutex writing_;
  std::unique_ptr<SqliteConnection> writer_;
  std::unique_ptr<SqliteCheckpoint> checkpoint_;
  mutable absl::Mutex reading_;
  mutable std::vector<std::unique_ptr<SqliteConnection>> idle_ ABSL_GUARDED_BY(reading_);
  mutable int readers_ ABSL_GUARDED_BY(reading_) = 0;
};

// Whoever closes a database empties its log and takes it away.
bool HasLog(const std::string& path) {
  struct stat log = {};
  return stat((path + "-wal").c_str(), &log) == 0 && log.st_size > 0;
}

absl::Status CheckPages(const std::string& path, SqliteConnection& connection) {
  std::string found;
  absl::Status status = connection.Transaction("BEGIN", [&](Session& session) {
    return session.Query("PRAGMA integrity_check(1)", {}, [&](const Row& row) { found = std::string(row.Text(0)); });
  });
  if (status.ok() && found == "ok") return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat(path, " is damaged (", status.ok() ? found : status.ToString(), "): restore a copy of it"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqlite(const std::string& path) {
  FileLock lock;
  if (absl::Status status = lock.Take(path + ".lock"); !status.ok()) return status;
  const bool interrupted = HasLog(path);
  auto writer = SqliteConnection::Open(path, Access::kReadWrite);
  if (!writer.ok()) return writer.status();
  if (absl::Status sound = interrupted ? CheckPages(path, **writer) : absl::OkStatus(); !sound.ok()) return sound;
  auto checkpoint = SqliteCheckpoint::Start(path);
  if (!checkpoint.ok()) return checkpoint.status();
  return std::make_unique<SqliteStore>(path, std::move(lock), *std::move(writer), *std::move(checkpoint), interrupted);
}

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteReadOnly(const std::string& path) {
  if (access(path.c_str(), R_OK) != 0) return absl::ErrnoToStatus(errno, path);
  auto store = std::make_unique<SqliteStore>(path, FileLock(), nullptr, nullptr, false);
  absl::Status readable = store->Read([](Session&) { return absl::OkStatus(); });
  if (!readable.ok()) return readable;
  return store;
}

}  // namespace giaoban::storage
