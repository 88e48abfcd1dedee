#include "services/directory/account_tables.h"

#include "google/protobuf/util/time_util.h"
#include "services/shared/storage/migrate.h"

namespace giaoban::directory {
namespace {

using google::protobuf::util::TimeUtil;
using storage::Bytes;
using storage::Row;

constexpr storage::Migration kMigrations[] = {{R"sql(
  CREATE TABLE account_secrets (
    user_name TEXT NOT NULL PRIMARY KEY,
    password_hash TEXT NOT NULL,
    code_secret BYTEA NOT NULL,
    code_step BIGINT NOT NULL
  );
  CREATE TABLE account_network (
    user_name TEXT NOT NULL,
    network TEXT NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (user_name, network)
  );
)sql"},
                                              {R"sql(
  CREATE TABLE account_pending_code (
    user_name TEXT NOT NULL PRIMARY KEY,
    secret BYTEA NOT NULL,
    given BIGINT NOT NULL
  )
)sql"}};

}  // namespace

absl::Status MigrateAccountTables(storage::Store& store) { return storage::Migrate(store, "accounts", kMigrations); }

absl::StatusOr<Secrets> ReadSecrets(storage::Session& session, absl::string_view user) {
  Secrets secrets;
  absl::Status status =
      session.Query("SELECT password_hash, code_secret, code_step FROM account_secrets WHERE user_name = $1", {user},
                    [&](const Row& row) {
                      secrets = {std::string(row.Text(0)), std::string(row.Blob(1)), row.Integer(2)};
                    });
  if (!status.ok()) return status;
  return secrets;
}

absl::Status WriteSecrets(storage::Session& session, absl::string_view user, const Secrets& secrets) {
  return session.Execute(
      "INSERT INTO account_secrets (user_name, password_hash, code_secret, code_step) VALUES ($1, $2, $3, $4) "
      "ON CONFLICT (user_name) DO UPDATE SET password_hash = excluded.password_hash, "
      "code_secret = excluded.code_secret, code_step = excluded.code_step",
      {user, secrets.password_hash, Bytes{secrets.code_secret}, secrets.code_step});
}

absl::Status UseStep(storage::Session& session, absl::string_view user, int64_t step, bool& used) {
  used = false;
  return session.Query(
      "UPDATE account_secrets SET code_step = $2 WHERE user_name = $1 AND code_step < $2 RETURNING code_step",
      {user, step}, [&](const Row&) { used = true; });
}

absl::Status WriteNetwork(storage::Session& session, absl::string_view user, absl::string_view network, absl::Time time,
                          size_t limit) {
  absl::Status status = session.Execute(
      "INSERT INTO account_network (user_name, network, time) VALUES ($1, $2, $3) "
      "ON CONFLICT (user_name, network) DO UPDATE SET time = excluded.time",
      {user, network, absl::ToUnixMicros(time)});
  if (!status.ok()) return status;
  return session.Execute(
      "DELETE FROM account_network WHERE user_name = $1 AND network NOT IN "
      "(SELECT network FROM account_network WHERE user_name = $1 ORDER BY time DESC LIMIT $2)",
      {user, static_cast<int64_t>(limit)});
}

absl::Status FindNetwork(storage::Session& session, absl::string_view user, absl::string_view network, bool& found) {
  found = false;
  return session.Query("SELECT time FROM account_network WHERE user_name = $1 AND network = $2", {user, network},
                       [&](const Row&) { found = true; });
}

absl::Status ReadLogIn(storage::Session& session, v1::Account& account) {
  return session.Query(
      "SELECT time FROM account_network WHERE user_name = $1 ORDER BY time DESC LIMIT 1", {account.user()},
      [&](const Row& row) { *account.mutable_log_in_time() = TimeUtil::MicrosecondsToTimestamp(row.Integer(0)); });
}

absl::StatusOr<PendingCode> ReadPendingCode(storage::Session& session, absl::string_view user) {
  PendingCode code;
  absl::Status status =
      session.Query("SELECT secret, given FROM account_pending_code WHERE user_name = $1", {user}, [&](const Row& row) {
        code = {std::string(row.Blob(0)), absl::FromUnixMicros(row.Integer(1))};
      });
  if (!status.ok()) return status;
  return code;
}

absl::Status WritePendingCode(storage::Session& session, absl::string_view user, const PendingCode& code) {
  return session.Execute(
      "INSERT INTO account_pending_code (user_name, secret, given) VALUES ($1, $2, $3) "
      "ON CONFLICT (user_name) DO UPDATE SET secret = excluded.secret, given = excluded.given",
      {user, Bytes{code.secret}, absl::ToUnixMicros(code.given)});
}

absl::Status DeletePendingCode(storage::Session& session, absl::string_view user) {
  return session.Execute("DELETE FROM account_pending_code WHERE user_name = $1", {user});
}

}  // namespace giaoban::directory
