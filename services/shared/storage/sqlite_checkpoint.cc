#include "services/shared/storage/sqlite_checkpoint.h"

#include <utility>

namespace giaoban::storage {
namespace {

// 4 MiB.
constexpr int kLogPages = 1000;
// While the first pass moves a full log others add to it; the second moves that.
constexpr int kPasses = 2;

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteCheckpoint>> SqliteCheckpoint::Start(const std::string& path) {
  auto connection = SqliteConnection::Open(path, SqliteConnection::Access::kReadWrite);
  if (!connection.ok()) return connection.status();
  return std::unique_ptr<SqliteCheckpoint>(new SqliteCheckpoint(*std::move(connection)));
}

SqliteCheckpoint::SqliteCheckpoint(std::unique_ptr<SqliteConnection> connection)
    : connection_(std::move(connection)), thread_([this] { Work(); }) {}

SqliteCheckpoint::~SqliteCheckpoint() {
  {
    absl::MutexLock lock(&mutex_);
    state_ = State::kStopping;
  }
  thread_.join();
}

void SqliteCheckpoint::BeforeWrite(SqliteConnection& writer) {
  absl::MutexLock lock(&mutex_);
  if (state_ == State::kMoved) {
    state_ = State::kIdle;
    writer.Checkpoint();
  } else if (state_ == State::kIdle && writer.log_pages() >= kLogPages) {
    state_ = State::kMoving;
  }
}

void SqliteCheckpoint::Work() {
  absl::MutexLock lock(&mutex_);
  for (;;) {
    mutex_.Await(absl::Condition(this, &SqliteCheckpoint::Wake));
    if (state_ == State::kStopping) return;
    mutex_.Unlock();
    for (int pass = 0; pass < kPasses; ++pass) connection_->Checkpoint();
    mutex_.Lock();
    if (state_ == State::kMoving) state_ = State::kMoved;
  }
}

}  // namespace giaoban::storage
