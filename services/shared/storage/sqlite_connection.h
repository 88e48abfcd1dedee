// One SQLite connection with its prepared statements. Used by one thread at a time.
#ifndef GIAOBAN_STORAGE_SQLITE_CONNECTION_H_
#define GIAOBAN_STORAGE_SQLITE_CONNECTION_H_

#include <sqlite3.h>

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "services/shared/storage/store.h"

namespace giaoban::storage {

class SqliteConnection final : public Session {
 public:
  enum class Access { kReadWrite, kReadOnly };

  // FAILED_PRECONDITION when the file is not a database.
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(const std::string& path, Access access);

  // Runs `work` between `begin` and COMMIT; anything but OK ends in a rollback and leaves
  // the connection ready for the next transaction.
  absl::Status Transaction(absl::string_view begin, absl::FunctionRef<absl::Status(Session&)> work);

  absl::Status Query(absl::string_view sql, absl::Span<const Value> parameters,
                     absl::FunctionRef<void(const Row&)> row) override;
  absl::string_view catalogue() const override;

  // How long the log was after the last commit, in pages. It is never moved into the database but by Checkpoint.
  int log_pages() const { return log_pages_; }
  // Moves of the log into the database what no reader holds up. What fails stays in the log, and is as durable there.
  void Checkpoint();

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Close>;

  SqliteConnection() = default;
  absl::Status Configure(Access access);
  absl::Status Run(absl::string_view sql, absl::Span<const Value> parameters, absl::FunctionRef<void(const Row&)> row);
  absl::StatusOr<Statement> Prepare(absl::string_view sql);
  absl::Status Error(int code) const;

  std::unique_ptr<sqlite3, Close> database_;
  // Idle statements by their text. A running one is out of the map, so that a row
  // callback may run the same text again. Declared after the connection they need.
  absl::flat_hash_map<std::string, Statement> statements_;
  int log_pages_ = 0;
  // Why the transaction in progress can only be rolled back.
  absl::Status failure_;
};

}  // namespace giaoban::storage

#endif  // GIAOBAN_STORAGE_SQLITE_CONNECTION_H_
