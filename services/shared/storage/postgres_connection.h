// One PostgreSQL connection with its prepared statements. Used by one thread at a time.
#ifndef GIAOBAN_STORAGE_POSTGRES_CONNECTION_H_
#define GIAOBAN_STORAGE_POSTGRES_CONNECTION_H_

#include <libpq-fe.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "services/shared/storage/store.h"

namespace giaoban::storage {

class PostgresConnection final : public Session {
 public:
  // What a server must be fit for: kReadWrite asks for the primary.
  enum class Access { kReadWrite, kReadOnly };

  // Connects over TLS or a socket of this machine, nothing else, and works in `schema` from then on,
  // whether it is there yet or not. UNAVAILABLE when no server answers;
  // FAILED_PRECONDITION when it can be reached but must not be used.
  static absl::StatusOr<std::unique_ptr<PostgresConnection>> Open(const std::string& conninfo,
                                                                  const std::string& schema, Access access);

  // Runs `work` between `begin` and COMMIT; anything but OK ends in a rollback. When `begin` fails, `work` was not
  // called. An answer that takes longer than `patience` is UNAVAILABLE and ends the connection: a server that is frozen
  // never gives one.
  absl::Status Transaction(absl::Duration patience, absl::FunctionRef<absl::Status()> begin,
                           absl::FunctionRef<absl::Status(Session&)> work);

  absl::Status Query(absl::string_view sql, absl::Span<const Value> parameters,
                     absl::FunctionRef<void(const Row&)> row) override;
  absl::Status Execute(absl::string_view sql, absl::Span<const Value> parameters) override;
  absl::Status Ask(absl::string_view sql, absl::Span<const Value> parameters,
                   std::function<void(const Row&)> row) override;
  absl::string_view catalogue() const override;

  // Whether it can be used for another transaction.
  bool usable() const;
  PGconn* handle() { return connection_.get(); }

 private:
  struct Close {
    void operator()(PGconn* connection) const { PQfinish(connection); }
    void operator()(PGresult* result) const { PQclear(result); }
  };
  using Result = std::unique_ptr<PGresult, Close>;
  // Who wants the rows of an answer; null: nobody.
  using Take = std::function<void(const Row&)>;

  PostgresConnection() = default;
  absl::Status Configure(const std::string& schema);
  absl::Status Commit();
  // Sends a statement, and waits for the answers to all that was sent.
  absl::Status Run(absl::string_view sql, absl::Span<const Value> parameters, absl::FunctionRef<void(const Row&)> row);
  absl::Status Send(absl::string_view sql, absl::Span<const Value> parameters, Take take);
  // The name of the prepared statement for this text and these kinds of parameters.
  absl::StatusOr<std::string> Prepare(absl::string_view sql, absl::Span<const Value> parameters);
  // Waits for the answers that are due, hands them out and returns the last; the first that is an error ends them.
  absl::StatusOr<Result> Receive();
  absl::StatusOr<Result> ReceiveOne(const Take& take, std::chrono::steady_clock::time_point deadline);
  // What the server says next; null at the end of an answer, and without a connection any more when it does not in
  // time.
  Result Next(std::chrono::steady_clock::time_point deadline);
  bool Wait(bool to_send, std::chrono::steady_clock::time_point deadline);
  absl::Status Error(const PGresult* result) const;

  std::unique_ptr<PGconn, Close> connection_;
  absl::Duration patience_ = absl::Seconds(5);
  absl::flat_hash_map<std::string, std::string> statements_;
  // The answers that are due.
  std::vector<Take> due_;
  // Whether the server has warned of something since the commit began.
  bool warned_ = false;
  // Why the transaction in progress can only be rolled back.
  absl::Status failure_;
};

}  // namespace giaoban::storage

#endif  // GIAOBAN_STORAGE_POSTGRES_CONNECTION_H_
