#include "services/shared/storage/postgres_connection.h"

#include <endian.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace giaoban::storage {
namespace {

// The server's numbers of its types.
constexpr Oid kBytea = 17, kBigint = 20, kText = 25;
constexpr int kBinary = 1;

void Ignore(const Row&) {}

Oid TypeOf(const Value& value) {
  if (std::holds_alternative<int64_t>(value)) return kBigint;
  if (std::holds_alternative<absl::string_view>(value)) return kText;
  return std::holds_alternative<Bytes>(value) ? kBytea : 0;
}

// Parameters as libpq takes them. Views of what they were made from.
class Bound {
 public:
  explicit Bound(absl::Span<const Value> parameters) : integers_(parameters.size()) {
    for (size_t i = 0; i < parameters.size(); ++i) Add(parameters[i], integers_[i]);
  }
  int size() const { return static_cast<int>(values_.size()); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  void Add(const Value& value, uint64_t& room) {
    absl::string_view bytes;
    if (const auto* integer = std::get_if<int64_t>(&value)) {
      room = htobe64(static_cast<uint64_t>(*integer));
      bytes = {reinterpret_cast<const char*>(&room), sizeof(room)};
    } else if (const auto* text = std::get_if<absl::string_view>(&value)) {
      bytes = *text;
    } else if (const auto* blob = std::get_if<Bytes>(&value)) {
      bytes = blob->data;
    }
    // A null pointer is NULL, also with the length 0.
    const bool null = std::holds_alternative<std::monostate>(value);
    values_.push_back(null ? nullptr : bytes.data() == nullptr ? "" : bytes.data());
    lengths_.push_back(static_cast<int>(bytes.size()));
    formats_.push_back(kBinary);
  }

  std::vector<uint64_t> integers_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

class ResultRow final : public Row {
 public:
  ResultRow(const PGresult* result, int row) : result_(result), row_(row) {}
  bool IsNull(int column) const override { return PQgetisnull(result_, row_, column) != 0; }
  int64_t Integer(int column) const override {
    uint64_t value = 0;
    const absl::string_view bytes = Blob(column);
    if (bytes.size() == sizeof(value)) std::memcpy(&value, bytes.data(), sizeof(value));
    return static_cast<int64_t>(be64toh(value));
  }
  absl::string_view Text(int column) const override { return Blob(column); }
  absl::string_view Blob(int column) const override {
    return {PQgetvalue(result_, row_, column), static_cast<size_t>(PQgetlength(result_, row_, column))};
  }

 private:
  const PGresult* result_;
  int row_;
};

// SQLSTATE, see PostgreSQL's appendix A.
absl::StatusCode CodeOf(absl::string_view state) {
  if (state == "23505") return absl::StatusCode::kAlreadyExists;
  // Serialization failure, deadlock, lock not available.
  if (state == "40001" || state == "40P01" || state == "55P03") return absl::StatusCode::kAborted;
  // Too many connections comes and goes; other lacks of resources are for an operator.
  if (state == "53300") return absl::StatusCode::kUnavailable;
  if (absl::StartsWith(state, "53")) return absl::StatusCode::kResourceExhausted;
  // Connection exceptions, operator intervention (a shutdown, a time limit), a standby that cannot write.
  if (state == "08P01") return absl::StatusCode::kInternal;
  if (absl::StartsWith(state, "08") || absl::StartsWith(state, "57") || state == "25006") {
    return absl::StatusCode::kUnavailable;
  }
  return absl::StatusCode::kInternal;
}

// The server would take more parameters than the text has.
size_t HighestParameter(absl::string_view sql) {
  size_t highest = 0;
  for (size_t at = sql.find('$'); at != absl::string_view::npos; at = sql.find('$', at + 1)) {
    size_t number = 0;
    for (size_t digit = at + 1; digit < sql.size() && absl::ascii_isdigit(sql[digit]); ++digit) {
      number = 10 * number + static_cast<size_t>(sql[digit] - '0');
    }
    highest = std::max(highest, number);
  }
  return highest;
}

std::string OneLine(const char* message) {
  std::string line(absl::StripAsciiWhitespace(message == nullptr ? "" : message));
  for (char& each : line) {
    if (each == '\n') each = ' ';
  }
  return line;
}

// A password in a command line or a settings file is read by others.
absl::Status CheckConninfo(const std::string& conninfo) {
  char* fault = nullptr;
  PQconninfoOption* options = PQconninfoParse(conninfo.c_str(), &fault);
  if (options == nullptr) {
    const absl::Status status = absl::FailedPreconditionError(absl::StrCat("postgres: ", OneLine(fault)));
    PQfreemem(fault);
    return status;
  }
  bool password = false;
  for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option) {
    password |= option->val != nullptr && absl::string_view(option->keyword) == "password";
  }
  PQconninfoFree(options);
  if (!password) return absl::OkStatus();
  return absl::FailedPreconditionError("postgres: a password belongs into a file, named by passfile=");
}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(const std::string& conninfo,
                                                                             const std::string& schema, Access access) {
  if (absl::Status status = CheckConninfo(conninfo); !status.ok()) return status;
  const std::string name = absl::StrCat("giaoban ", schema);
  // What comes later wins, and `dbname` is all of conninfo.
  const std::pair<const char*, const char*> settings[] = {
      {"sslmode", "verify-full"},         {"target_session_attrs", access == Access::kReadWrite ? "read-write" : "any"},
      {"connect_timeout", "5"},           {"tcp_user_timeout", "10000"},
      {"keepalives_idle", "5"},           {"keepalives_interval", "2"},
      {"keepalives_count", "3"},          {"dbname", conninfo.c_str()},
      {"application_name", name.c_str()}, {"client_encoding", "UTF8"}};
  std::vector<const char*> keywords, values;
  for (const auto& [keyword, value] : settings) {
    keywords.push_back(keyword);
    values.push_back(value);
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  std::unique_ptr<PostgresConnection> connection(new PostgresConnection);
  connection->connection_.reset(PQconnectdbParams(keywords.data(), values.data(), 1));
  if (!connection->usable()) return connection->Error(nullptr);
  // Statements are sent without waiting, and nothing waits without an end.
  if (PQenterPipelineMode(connection->connection_.get()) != 1 ||
      PQsetnonblocking(connection->connection_.get(), 1) != 0) {
    return connection->Error(nullptr);
  }
  if (absl::Status status = connection->Configure(schema); !status.ok()) return status;
  return connection;
}

absl::Status PostgresConnection::Configure(const std::string& schema) {
  PQsetNoticeReceiver(
      connection_.get(),
      [](void* self, const PGresult* notice) {
        const absl::string_view severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
        static_cast<PostgresConnection*>(self)->warned_ |= severity == "WARNING";
      },
      this);
  if (!absl::StartsWith(PQhost(connection_.get()), "/") && PQsslInUse(connection_.get()) == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("postgres: the connection to ", PQhost(connection_.get()), " is not encrypted"));
  }
  // A commit that was answered must survive whatever the server's settings say, and nothing waits for ever.
  for (const std::string& setting :
       {absl::StrCat("SET search_path TO \"", schema, "\""), std::string("SET synchronous_commit TO on"),
        std::string("SET statement_timeout TO '30s'"), std::string("SET lock_timeout TO '20s'"),
        std::string("SET idle_in_transaction_session_timeout TO '60s'")}) {
    if (absl::Status status = Run(setting, {}, Ignore); !status.ok()) return status;
  }
  return absl::OkStatus();
}

bool PostgresConnection::usable() const {
  return failure_.ok() && PQstatus(connection_.get()) == CONNECTION_OK &&
         PQtransactionStatus(connection_.get()) == PQTRANS_IDLE;
}

absl::Status PostgresConnection::Transaction(absl::Duration patience, absl::FunctionRef<absl::Status()> begin,
                                             absl::FunctionRef<absl::Status(Session&)> work) {
  patience_ = patience;
  failure_ = absl::OkStatus();
  absl::Status status = begin();
  if (status.ok()) status = work(*this);
  // Who asked is gone.
  for (Take& take : due_) take = nullptr;
  if (status.ok()) status = failure_;
  if (status.ok()) return Commit();
  // After a statement that failed nobody knows what was prepared: such a connection is not used again.
  if (failure_.ok()) Run("ROLLBACK", {}, Ignore).IgnoreError();
  return status;
}

// No time limit of the server ends the wait for a standby, but an operator can. Then the commit is seen by everybody
// and could still be lost, and a warning is all that is said.
absl::Status PostgresConnection::Commit() {
  warned_ = false;
  if (absl::Status status = Run("COMMIT", {}, Ignore); !status.ok()) return status;
  return warned_ ? absl::UnavailableError("postgres: the commit was cut short and may be on this server only")
                 : absl::OkStatus();
}

absl::Status PostgresConnection::Query(absl::string_view sql, absl::Span<const Value> parameters,
                                       absl::FunctionRef<void(const Row&)> row) {
  if (failure_.ok()) failure_ = Run(sql, parameters, row);
  return failure_;
}

absl::Status PostgresConnection::Execute(absl::string_view sql, absl::Span<const Value> parameters) {
  if (failure_.ok()) failure_ = Send(sql, parameters, nullptr);
  return failure_;
}

absl::Status PostgresConnection::Ask(absl::string_view sql, absl::Span<const Value> parameters,
                                     std::function<void(const Row&)> row) {
  if (failure_.ok()) failure_ = Send(sql, parameters, std::move(row));
  return failure_;
}

absl::string_view PostgresConnection::catalogue() const {
  return R"sql(
    SELECT CAST(tables.relname AS TEXT), CAST(columns.attname AS TEXT), format_type(columns.atttypid, NULL),
           CAST(coalesce(array_position(CAST(keys.indkey AS SMALLINT[]), columns.attnum) + 1, 0) AS BIGINT)
    FROM pg_class AS tables
    JOIN pg_attribute AS columns ON columns.attrelid = tables.oid
    LEFT JOIN pg_index AS keys ON keys.indrelid = tables.oid AND keys.indisprimary
    WHERE tables.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
      AND tables.relkind IN ('r', 'p') AND columns.attnum > 0 AND NOT columns.attisdropped
    ORDER BY tables.relname, columns.attnum
  )sql";
}

absl::Status PostgresConnection::Run(absl::string_view sql, absl::Span<const Value> parameters,
                                     absl::FunctionRef<void(const Row&)> row) {
  if (absl::Status status = Send(sql, parameters, nullptr); !status.ok()) return status;
  const absl::StatusOr<Result> result = Receive();
  if (!result.ok()) return result.status();
  for (int i = 0; i < PQntuples(result->get()); ++i) row(ResultRow(result->get(), i));
  return absl::OkStatus();
}

absl::Status PostgresConnection::Send(absl::string_view sql, absl::Span<const Value> parameters, Take take) {
  const absl::StatusOr<std::string> statement = Prepare(sql, parameters);
  if (!statement.ok()) return statement.status();
  const Bound bound(parameters);
  if (PQsendQueryPrepared(connection_.get(), statement->c_str(), bound.size(), bound.values(), bound.lengths(),
                          bound.formats(), kBinary) != 1) {
    return Error(nullptr);
  }
  due_.push_back(std::move(take));
  return absl::OkStatus();
}

absl::StatusOr<std::string> PostgresConnection::Prepare(absl::string_view sql, absl::Span<const Value> parameters) {
  std::vector<Oid> types;
  std::string key(sql);
  for (const Value& parameter : parameters) {
    types.push_back(TypeOf(parameter));
    absl::StrAppend(&key, " ", types.back());
  }
  auto known = statements_.find(key);
  if (known != statements_.end()) return known->second;
  if (HighestParameter(sql) != types.size()) {
    return absl::InternalError(absl::StrCat("postgres: ", types.size(), " parameters for: ", sql));
  }
  std::string name = absl::StrCat("s", statements_.size());
  if (PQsendPrepare(connection_.get(), name.c_str(), std::string(sql).c_str(), static_cast<int>(types.size()),
                    types.data()) != 1) {
    return Error(nullptr);
  }
  due_.push_back(nullptr);
  statements_.emplace(std::move(key), name);
  return name;
}

absl::StatusOr<PostgresConnection::Result> PostgresConnection::Receive() {
  const std::vector<Take> due = std::exchange(due_, {});
  if (PQpipelineSync(connection_.get()) != 1) return Error(nullptr);
  const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(patience_);
  absl::StatusOr<Result> last = Result();
  for (const Take& take : due) {
    absl::StatusOr<Result> next = ReceiveOne(last.ok() ? take : nullptr, deadline);
    if (last.ok()) last = std::move(next);
    if (PQstatus(connection_.get()) != CONNECTION_OK) return last.ok() ? Error(nullptr) : last.status();
  }
  // The end of all answers, and that nothing comes after it.
  while (Next(deadline) != nullptr) continue;
  if (last.ok() && connection_ == nullptr) return Error(nullptr);
  return last;
}

absl::StatusOr<PostgresConnection::Result> PostgresConnection::ReceiveOne(
    const Take& take, std::chrono::steady_clock::time_point deadline) {
  Result last;
  for (Result next = Next(deadline); next != nullptr; next = Next(deadline)) last = std::move(next);
  const ExecStatusType outcome = PQresultStatus(last.get());
  if (outcome != PGRES_TUPLES_OK && outcome != PGRES_COMMAND_OK) return Error(last.get());
  for (int i = 0; take && i < PQntuples(last.get()); ++i) take(ResultRow(last.get(), i));
  return last;
}

PostgresConnection::Result PostgresConnection::Next(std::chrono::steady_clock::time_point deadline) {
  int unsent = PQflush(connection_.get());
  while (unsent > 0 || PQisBusy(connection_.get()) == 1) {
    if (!Wait(unsent > 0, deadline)) {
      connection_.reset();
      return nullptr;
    }
    unsent = PQflush(connection_.get());
  }
  return Result(PQgetResult(connection_.get()));
}

// A connection that broke has input too: the error.
bool PostgresConnection::Wait(bool to_send, std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  pollfd socket{PQsocket(connection_.get()), static_cast<short>(to_send ? POLLIN | POLLOUT : POLLIN), 0};
  const int ready = left.count() > 0 ? poll(&socket, 1, static_cast<int>(left.count())) : 0;
  if (ready > 0 && (socket.revents & ~POLLOUT) != 0) PQconsumeInput(connection_.get());
  return ready > 0 || (ready < 0 && errno == EINTR);
}

absl::Status PostgresConnection::Error(const PGresult* result) const {
  if (connection_ == nullptr) return absl::UnavailableError("postgres: the server does not answer");
  const char* state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string message =
      OneLine(result == nullptr ? PQerrorMessage(connection_.get()) : PQresultErrorMessage(result));
  if (PQstatus(connection_.get()) != CONNECTION_OK || state == nullptr) {
    return absl::UnavailableError(absl::StrCat("postgres: ", message));
  }
  return absl::Status(CodeOf(state), absl::StrCat("postgres: ", message, " (", state, ")"));
}

}  // namespace giaoban::storage
