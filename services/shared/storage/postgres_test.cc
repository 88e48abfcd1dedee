// What only PostgreSQL does; what every engine does is in tests/storage/.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/storage/store.h"

namespace giaoban::storage {
namespace {

using ::testing::HasSubstr;

// The server tests/storage/postgres.py runs around this test.
std::string Server() {
  const char* server = std::getenv("GIAOBAN_POSTGRES");
  return server == nullptr ? "" : server;
}

std::unique_ptr<Store> Open(const std::string& schema) {
  auto store = OpenPostgres(Server(), schema);
  EXPECT_TRUE(store.ok()) << store.status();
  return *std::move(store);
}

absl::Status Execute(Store& store, absl::string_view sql) {
  return store.Write("", [&](Session& session) { return session.Execute(sql); });
}

int64_t Number(const Store& store, absl::string_view sql) {
  int64_t number = -1;
  absl::Status status = store.Read(
      [&](Session& session) { return session.Query(sql, {}, [&](const Row& row) { number = row.Integer(0); }); });
  EXPECT_TRUE(status.ok()) << status;
  return number;
}

// Goal: two processes that write to one cluster wait for each other and see each other's work; this is what makes
// positions dense.
TEST(PostgresTest, WritersOfAClusterWaitForEachOtherAcrossStores) {
  const auto one = Open("waiting"), other = Open("waiting");
  ASSERT_TRUE(Execute(*one, "CREATE TABLE head (cluster TEXT PRIMARY KEY, position BIGINT)").ok());
  ASSERT_TRUE(Execute(*one, "INSERT INTO head VALUES ('dong-bac', 0)").ok());
  const auto step = [](Session& session) {
    int64_t position = 0;
    absl::Status status = session.Query("SELECT position FROM head WHERE cluster = 'dong-bac'", {},
                                        [&](const Row& row) { position = row.Integer(0); });
    if (!status.ok()) return status;
    return session.Execute("UPDATE head SET position = $1 WHERE cluster = 'dong-bac'", {position + 1});
  };
  const auto run = [&](Store& store) {
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(store.Write("dong-bac", step).ok());
  };
  std::thread thread([&] { run(*one); });
  run(*other);
  thread.join();
  EXPECT_EQ(Number(*one, "SELECT position FROM head"), 200);
}

// Goal: clusters do not wait for each other.
TEST(PostgresTest, ClustersAreIndependent) {
  const auto one = Open("independent"), other = Open("independent");
  EXPECT_TRUE(one->Write("dong-bac",
                         [&](Session&) {
                           return other->Write("bac-trung-bo",
                                               [](Session& session) { return session.Execute("SELECT 1"); });
                         })
                  .ok());
}

// Goal: what one process announces is heard in another, and by nobody of another schema.
TEST(PostgresTest, AnnouncementsAreHeard) {
  const auto one = Open("announcing"), other = Open("announcing"), stranger = Open("elsewhere");
  absl::Mutex mutex;
  std::vector<std::string> heard, overheard;
  const auto into = [&](std::vector<std::string>& list) {
    return [&](std::optional<absl::string_view> message) {
      absl::MutexLock lock(&mutex);
      if (message) list.emplace_back(*message);
    };
  };
  const auto nobody = stranger->Listen(into(overheard));
  const auto handle = other->Listen(into(heard));
  for (int i = 0; i < 100; ++i) {
    one->Announce(absl::StrCat("dong-bac ", i));
    absl::MutexLock lock(&mutex);
    if (mutex.AwaitWithTimeout(absl::Condition(
                                   +[](std::vector<std::string>* list) { return !list->empty(); }, &heard),
                               absl::Milliseconds(100))) {
      break;
    }
  }
  absl::MutexLock lock(&mutex);
  ASSERT_FALSE(heard.empty());
  EXPECT_THAT(heard.front(), HasSubstr("dong-bac "));
  EXPECT_TRUE(overheard.empty());
}

// Goal: connections that were cut while they were idle are replaced, and nobody notices; one cut in a transaction is
// UNAVAILABLE, and the next transaction works.
TEST(PostgresTest, LostConnectionsAreReplaced) {
  const auto store = Open("losing"), killer = Open("killing");
  ASSERT_TRUE(Execute(*store, "CREATE TABLE item (id BIGINT)").ok());
  const auto cut = [&] {
    EXPECT_GT(Number(*killer,
                     "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name ="
                     " 'giaoban losing'"),
              0);
  };
  cut();
  EXPECT_TRUE(Execute(*store, "INSERT INTO item VALUES (1)").ok());
  const absl::Status status = store->Write("", [&](Session& session) {
    cut();
    return session.Execute("INSERT INTO item VALUES (2)");
  });
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_TRUE(Execute(*store, "INSERT INTO item VALUES (3)").ok());
  EXPECT_EQ(Number(*store, "SELECT CAST(sum(id) AS BIGINT) FROM item"), 4);
}

// A superuser's statements, outside of transactions.
void Administer(const std::string& sql) {
  PGconn* const connection = PQconnectdb(Server().c_str());
  PGresult* const result = PQexec(connection, sql.c_str());
  EXPECT_LE(PQresultStatus(result), PGRES_TUPLES_OK) << PQerrorMessage(connection);
  PQclear(result);
  PQfinish(connection);
}

// Goal: nothing is said to be durable before the standby has it, also when it was committed earlier and is only found,
// and when somebody ends the wait.
TEST(PostgresTest, ACommitWaitsForTheStandby) {
  const auto store = Open("replicated"), watcher = Open("watching");
  ASSERT_TRUE(Execute(*store, "CREATE TABLE item (id BIGINT)").ok());
  Administer("ALTER SYSTEM SET synchronous_standby_names TO 'nobody'");
  Administer("SELECT pg_reload_conf()");
  const auto waiting = [&](absl::string_view action) {
    return Number(*watcher, absl::StrCat("SELECT count(", action,
                                         ") FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND"
                                         " application_name = 'giaoban replicated'"));
  };
  for (const char* sql : {"INSERT INTO item VALUES (1)", "SELECT id FROM item"}) {
    absl::Status status;
    std::atomic<bool> ended = false;
    std::thread writer([&] {
      // The server takes a moment to act on the setting.
      for (int i = 0; i < 1000 && status.ok(); ++i) status = Execute(*store, sql);
      ended = true;
    });
    while (!ended && waiting("pg_cancel_backend(pid)") == 0) std::this_thread::yield();
    writer.join();
    EXPECT_TRUE(absl::IsUnavailable(status)) << sql << ": " << status;
  }
  Administer("ALTER SYSTEM RESET synchronous_standby_names");
  Administer("SELECT pg_reload_conf()");
  EXPECT_TRUE(Execute(*store, "INSERT INTO item VALUES (2)").ok());
}

// Goal: a server that cannot be used is told apart, in words an operator can act on.
TEST(PostgresTest, RefusalsSayWhatIsWrong) {
  const auto refusal = [](const std::string& conninfo) { return OpenPostgres(conninfo, "any").status(); };
  EXPECT_TRUE(absl::IsUnavailable(refusal("host=/nowhere")));
  EXPECT_TRUE(absl::IsFailedPrecondition(refusal("host=/nowhere colour=red")));
  const absl::Status password = refusal(absl::StrCat(Server(), " password=secret"));
  EXPECT_TRUE(absl::IsFailedPrecondition(password));
  EXPECT_THAT(std::string(password.message()), HasSubstr("passfile"));
}

// Goal: a database in which only reading is allowed, as on a standby, is one to wait for.
TEST(PostgresTest, AReadOnlyServerIsUnavailable) {
  const auto store = Open("standby");
  EXPECT_TRUE(absl::IsUnavailable(store->Write("", [](Session& session) {
    if (absl::Status status = session.Execute("SET TRANSACTION READ ONLY"); !status.ok()) return status;
    return session.Execute("CREATE TABLE item (id BIGINT)");
  })));
}

}  // namespace
}  // namespace giaoban::storage
