#include "services/directory/account_tables.h"

namespace giaoban::directory {
namespace {

using storage::Bytes;
using storage::Row;

constexpr absl::string_view kMigrations[] = {R"sql(
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
)sql"};

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

absl::Status UseStep(storage::Session& session, absl::string_view user, int64_t step) {
  return session.Execute("UPDATE account_secrets SET code_step = $2 WHERE user_name = $1 AND code_step < $2",
                         {user, step});
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

absl::Status ReadAllNetworks(
    storage::Session& session,
    const std::function<void(const std::string& user, const std::string& network, absl::Time time)>& visit) {
  return session.Query("SELECT user_name, network, time FROM account_network ORDER BY time", {}, [&](const Row& row) {
    visit(std::string(row.Text(0)), std::string(row.Text(1)), absl::FromUnixMicros(row.Integer(2)));
  });
}

}  // namespace giaoban::directory
