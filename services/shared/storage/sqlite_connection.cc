#include "services/shared/storage/sqlite_connection.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace giaoban::storage {
namespace {

// SQLite takes a null pointer for NULL, also when the length is 0.
const char* Data(absl::string_view bytes) { return bytes.data() == nullptr ? "" : bytes.data(); }

int Bind(sqlite3_stmt* statement, int index, const Value& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return sqlite3_bind_int64(statement, index, *integer);
  if (const auto* text = std::get_if<absl::string_view>(&value)) {
    return sqlite3_bind_text64(statement, index, Data(*text), text->size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  if (const auto* bytes = std::get_if<Bytes>(&value)) {
    return sqlite3_bind_blob64(statement, index, Data(bytes->data), bytes->data.size(), SQLITE_STATIC);
  }
  return sqlite3_bind_null(statement, index);
}

// SQLite numbers "$2" by where it first appears, not by its number.
absl::Status BindAll(sqlite3_stmt* statement, absl::Span<const Value> parameters) {
  const int count = sqlite3_bind_parameter_count(statement);
  if (static_cast<size_t>(count) != parameters.size()) {
    return absl::InternalError(
        absl::StrCat("sqlite: ", parameters.size(), " parameters for ", count, ": ", sqlite3_sql(statement)));
  }
  for (int index = 1; index <= count; ++index) {
    const char* name = sqlite3_bind_parameter_name(statement, index);
    size_t number = 0;
    if (name == nullptr || !absl::SimpleAtoi(name + 1, &number) || number < 1 || number > parameters.size()) {
      return absl::InternalError(absl::StrCat("sqlite: parameters are $1, $2, …: ", sqlite3_sql(statement)));
    }
    if (int code = Bind(statement, index, parameters[number - 1]); code != SQLITE_OK) {
      return absl::ResourceExhaustedError(absl::StrCat("sqlite: ", sqlite3_errstr(code)));
    }
  }
  return absl::OkStatus();
}

class StatementRow final : public Row {
 public:
  explicit StatementRow(sqlite3_stmt* statement) : statement_(statement) {}
  bool IsNull(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  int64_t Integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  absl::string_view Text(int column) const override { return Blob(column); }
  absl::string_view Blob(int column) const override {
    // The pointer first: asking for it may convert the value and change its length.
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {data, static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  sqlite3_stmt* statement_;
};

absl::StatusCode CodeOf(int extended) {
  if (extended == SQLITE_CONSTRAINT_PRIMARYKEY || extended == SQLITE_CONSTRAINT_UNIQUE) {
    return absl::StatusCode::kAlreadyExists;
  }
  switch (extended & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::StatusCode::kAborted;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path, Access access) {
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection);
  const int mode = access == Access::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* database = nullptr;
  // One thread at a time uses a connection, so SQLite's own mutexes are not needed.
  int code = sqlite3_open_v2(path.c_str(), &database, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  connection->database_.reset(database);
  absl::Status status = code == SQLITE_OK ? connection->Configure(access) : connection->Error(code);
  if (!status.ok()) return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
  return connection;
}

absl::Status SqliteConnection::Configure(Access access) {
  // Another process may hold the file for a moment while it recovers the log.
  sqlite3_busy_timeout(database_.get(), 5000);
  const auto committed = [](void* self, sqlite3*, const char*, int pages) {
    static_cast<SqliteConnection*>(self)->log_pages_ = pages;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(database_.get(), committed, this);
  std::string mode;
  const absl::string_view ask = access == Access::kReadOnly ? "PRAGMA journal_mode" : "PRAGMA journal_mode = WAL";
  absl::Status status = Run(ask, {}, [&](const Row& row) { mode = std::string(row.Text(0)); });
  if (absl::IsInternal(status)) return absl::FailedPreconditionError(status.message());
  if (status.ok() && mode != "wal") return absl::FailedPreconditionError(absl::StrCat("journal mode is ", mode));
  // Five services share one small process: 512 KiB of pages for each connection.
  for (absl::string_view pragma : {"PRAGMA synchronous = FULL", "PRAGMA cache_size = -512"}) {
    if (status.ok()) status = Run(pragma, {}, [](const Row&) {});
  }
  return status;
}

absl::Status SqliteConnection::Transaction(absl::string_view begin, absl::FunctionRef<absl::Status(Session&)> work) {
  const auto ignore = [](const Row&) {};
  failure_ = absl::OkStatus();
  if (absl::Status begun = Run(begin, {}, ignore); !begun.ok()) return begun;
  absl::Status status = work(*this);
  if (status.ok()) status = failure_;
  if (status.ok()) status = Run("COMMIT", {}, ignore);
  // Some failures, a full disk for one, have ended the transaction already.
  if (!status.ok() && sqlite3_get_autocommit(database_.get()) == 0) {
    if (absl::Status undone = Run("ROLLBACK", {}, ignore); !undone.ok()) {
      return absl::UnavailableError(absl::StrCat(status.message(), "; then ", undone.message()));
    }
  }
  return status;
}

absl::Status SqliteConnection::Query(absl::string_view sql, absl::Span<const Value> parameters,
                                     absl::FunctionRef<void(const Row&)> row) {
  if (failure_.ok()) failure_ = Run(sql, parameters, row);
  return failure_;
}

void SqliteConnection::Checkpoint() {
  sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

absl::string_view SqliteConnection::catalogue() const {
  return R"sql(
    SELECT tables.name, columns.name, lower(columns.type), columns.pk
    FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%'
    ORDER BY tables.name, columns.cid
  )sql";
}

absl::Status SqliteConnection::Run(absl::string_view sql, absl::Span<const Value> parameters,
                                   absl::FunctionRef<void(const Row&)> row) {
  absl::StatusOr<Statement> statement = Prepare(sql);
  if (!statement.ok()) return statement.status();
  absl::Status status = BindAll(statement->get(), parameters);
  if (status.ok()) {
    const StatementRow current(statement->get());
    int code = sqlite3_step(statement->get());
    for (; code == SQLITE_ROW; code = sqlite3_step(statement->get())) row(current);
    if (code != SQLITE_DONE) status = Error(code);
  }
  sqlite3_reset(statement->get());
  sqlite3_clear_bindings(statement->get());
  statements_[sql] = *std::move(statement);
  return status;
}

absl::StatusOr<SqliteConnection::Statement> SqliteConnection::Prepare(absl::string_view sql) {
  if (auto idle = statements_.find(sql); idle != statements_.end() && idle->second != nullptr) {
    return std::move(idle->second);
  }
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  const std::string text = absl::StrReplaceAll(sql, {{kNarrow, "WITHOUT ROWID"}});
  int code = sqlite3_prepare_v3(database_.get(), text.c_str(), static_cast<int>(text.size()), SQLITE_PREPARE_PERSISTENT,
                                &statement, &rest);
  Statement prepared(statement);
  if (code != SQLITE_OK) return Error(code);
  if (prepared == nullptr || !absl::StripAsciiWhitespace(rest).empty()) {
    return absl::InternalError(absl::StrCat("sqlite: not one statement: ", sql));
  }
  return prepared;
}

absl::Status SqliteConnection::Error(int code) const {
  const char* message = database_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database_.get());
  return absl::Status(CodeOf(code), absl::StrCat("sqlite: ", message, " (", code, ")"));
}

}  // namespace giaoban::storage
