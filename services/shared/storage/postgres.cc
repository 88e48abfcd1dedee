#include <chrono>
#include <semaphore>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/storage/postgres_connection.h"
#include "services/shared/storage/postgres_listener.h"
#include "services/shared/storage/store.h"

namespace giaoban::storage {
namespace {

// Transactions at once of one service in one process. Writers are few: a journal has one, and drafts are short.
constexpr int kReaders = 4;
constexpr int kWriters = 2;
// A tenth of a second each.
constexpr int kLockTries = 10;
// For an answer of the server. Somebody waits for what is read; a writer may have to wait for its turn, which the
// server ends sooner.
constexpr absl::Duration kReadPatience = absl::Seconds(5);
constexpr absl::Duration kWritePatience = absl::Seconds(35);
// What a primary that is lost may take to be replaced.
constexpr absl::Duration kRecovery = absl::Seconds(60);

using Access = PostgresConnection::Access;

void Ignore(const Row&) {}

// Takes the lock that tells who has a schema open for writing, which ends with the connection. Of one that was closed a
// moment ago the server may have yet to hear.
absl::Status Take(PostgresConnection& connection, absl::string_view schema, bool alone) {
  const std::string take = absl::StrCat("SELECT CAST(CAST(pg_try_advisory_lock", alone ? "" : "_shared",
                                        "(hashtextextended($1, 0)) AS INTEGER) AS BIGINT)");
  absl::Status status;
  bool taken = false;
  for (int tries = 0; status.ok() && !taken && tries < kLockTries; ++tries) {
    if (tries > 0) status = connection.Query("SELECT pg_sleep(0.1)", {}, Ignore);
    if (status.ok()) status = connection.Query(take, {schema}, [&](const Row& row) { taken = row.Integer(0) != 0; });
  }
  if (!status.ok() || taken) return status;
  return absl::FailedPreconditionError(
      absl::StrCat("schema ", schema, alone ? " is open for writing elsewhere" : " is being copied: others keep out"));
}

class PostgresStore final : public Store {
 public:
  PostgresStore(std::string conninfo, std::string schema, Access access)
      : conninfo_(std::move(conninfo)), schema_(std::move(schema)), access_(access) {}

  absl::Status Write(absl::string_view cluster, absl::FunctionRef<absl::Status(Session&)> work) override {
    if (access_ == Access::kReadOnly) {
      return absl::FailedPreconditionError(absl::StrCat("schema ", schema_, " is open for reading only"));
    }
    // Each statement sees all that was committed before it, and after the lock nobody else commits to this cluster.
    const std::string lock = absl::StrCat(schema_, "/", cluster);
    return Transaction(writing_, kWritePatience, work, [&](PostgresConnection& connection) {
      absl::Status status = connection.Execute("BEGIN ISOLATION LEVEL READ COMMITTED", {});
      if (status.ok()) {
        // Whoever only finds what another commit left answers for it all the same. The message makes this commit wait
        // for the standbys too, and so for all that was committed before.
        status = connection.Query(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0)), pg_logical_emit_message(true, 'giaoban', '')",
            {absl::string_view(lock)}, Ignore);
      }
      return status;
    });
  }

  absl::Status Read(absl::FunctionRef<absl::Status(Session&)> work) const override {
    return Transaction(reading_, kReadPatience, work, [](PostgresConnection& connection) {
      return connection.Query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", {}, Ignore);
    });
  }

  // In a transaction of its own: within another one it would hold up every commit of the database.
  void Announce(absl::string_view message) override {
    absl::StatusOr<std::unique_ptr<PostgresConnection>> connection = Borrow();
    if (!connection.ok()) return;
    // Whoever does not hear it looks by himself.
    (*connection)->Query("SELECT pg_notify($1, $2)", {absl::string_view(schema_), message}, Ignore).IgnoreError();
    GiveBack(*std::move(connection));
  }

  std::shared_ptr<void> Listen(Heard heard) override {
    return std::make_shared<PostgresListener>(conninfo_, schema_, std::move(heard));
  }

  absl::Duration recovery() const override { return kRecovery; }
  bool interrupted() const override { return false; }
  absl::string_view engine() const override { return "postgres"; }

  absl::Status MakeSchema() {
    return Write("", [this](Session& session) {
      return session.Execute(absl::StrCat("CREATE SCHEMA IF NOT EXISTS \"", schema_, "\""));
    });
  }
  // For the only user: see OpenAlone.
  absl::Status Claim() {
    auto claim = PostgresConnection::Open(conninfo_, schema_, access_);
    if (!claim.ok()) return claim.status();
    if (absl::Status status = Take(**claim, schema_, /*alone=*/true); !status.ok()) return status;
    claim_ = *std::move(claim);
    return FindSchema();
  }
  absl::Status FindSchema() const {
    bool found = false;
    absl::Status status = Read([&](Session& session) {
      return session.Query("SELECT 1 FROM pg_namespace WHERE nspname = $1", {absl::string_view(schema_)},
                           [&](const Row&) { found = true; });
    });
    if (!status.ok() || found) return status;
    return absl::NotFoundError(absl::StrCat("the database has no schema ", schema_));
  }

 private:
  // A connection that was idle may be to a server that is gone: until a transaction has begun, another one is tried,
  // unless patience is at its end: one that is frozen is so on all of them.
  absl::Status Transaction(std::counting_semaphore<>& turns, absl::Duration patience,
                           absl::FunctionRef<absl::Status(Session&)> work,
                           absl::FunctionRef<absl::Status(PostgresConnection&)> begin) const {
    turns.acquire();
    const auto start = std::chrono::steady_clock::now();
    absl::Status status;
    bool begun = false, idle = true;
    do {
      idle = HasIdle();
      auto connection = Borrow();
      if (!connection.ok()) {
        status = connection.status();
        break;
      }
      status = (*connection)
                   ->Transaction(
                       patience,
                       [&] {
                         absl::Status started = begin(**connection);
                         begun = started.ok();
                         return started;
                       },
                       work);
      GiveBack(*std::move(connection));
    } while (!begun && idle && absl::IsUnavailable(status) &&
             absl::FromChrono(std::chrono::steady_clock::now() - start) < patience);
    turns.release();
    return status;
  }

  bool HasIdle() const {
    absl::MutexLock lock(&mutex_);
    return !idle_.empty();
  }

  absl::StatusOr<std::unique_ptr<PostgresConnection>> Borrow() const {
    {
      absl::MutexLock lock(&mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<PostgresConnection> connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
      }
    }
    auto connection = PostgresConnection::Open(conninfo_, schema_, access_);
    if (!connection.ok() || access_ == Access::kReadOnly || claim_ != nullptr) return connection;
    if (absl::Status status = Take(**connection, schema_, /*alone=*/false); !status.ok()) return status;
    return connection;
  }

  void GiveBack(std::unique_ptr<PostgresConnection> connection) const {
    if (!connection->usable()) return;
    absl::MutexLock lock(&mutex_);
    idle_.push_back(std::move(connection));
  }

  const std::string conninfo_;
  const std::string schema_;
  const Access access_;
  // Holds the lock of the only user; null otherwise.
  std::unique_ptr<PostgresConnection> claim_;
  // One each for a transaction.
  mutable std::counting_semaphore<> reading_{kReaders};
  mutable std::counting_semaphore<> writing_{kWriters};
  mutable absl::Mutex mutex_;
  mutable std::vector<std::unique_ptr<PostgresConnection>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenPostgres(const std::string& conninfo, const std::string& schema) {
  auto store = std::make_unique<PostgresStore>(conninfo, schema, Access::kReadWrite);
  if (absl::Status status = store->MakeSchema(); !status.ok()) return status;
  return store;
}

absl::StatusOr<std::unique_ptr<Store>> OpenPostgresReadOnly(const std::string& conninfo, const std::string& schema) {
  auto store = std::make_unique<PostgresStore>(conninfo, schema, Access::kReadOnly);
  if (absl::Status status = store->FindSchema(); !status.ok()) return status;
  return store;
}

absl::StatusOr<std::unique_ptr<Store>> OpenPostgresAlone(const std::string& conninfo, const std::string& schema) {
  auto store = std::make_unique<PostgresStore>(conninfo, schema, Access::kReadWrite);
  if (absl::Status status = store->Claim(); !status.ok()) return status;
  return store;
}

absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& database, const std::string& folder,
                                            const std::string& name) {
  return database.empty() ? OpenSqlite(absl::StrCat(folder, "/", name, ".db")) : OpenPostgres(database, name);
}

absl::StatusOr<std::unique_ptr<Store>> OpenReadOnly(const std::string& database, const std::string& folder,
                                                    const std::string& name) {
  return database.empty() ? OpenSqliteReadOnly(absl::StrCat(folder, "/", name, ".db"))
                          : OpenPostgresReadOnly(database, name);
}

absl::StatusOr<std::unique_ptr<Store>> OpenAlone(const std::string& database, const std::string& folder,
                                                 const std::string& name) {
  if (!database.empty()) return OpenPostgresAlone(database, name);
  // The lock of a file is for everybody who writes; but it would be made.
  if (auto found = OpenReadOnly(database, folder, name); !found.ok()) return found.status();
  return Open(database, folder, name);
}

}  // namespace giaoban::storage
