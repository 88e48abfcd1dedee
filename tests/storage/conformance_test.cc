// What every engine behind services/shared/storage/store.h must do, whatever it is. What only one engine does is tested
// beside its driver.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "services/shared/storage/migrate.h"
#include "services/shared/storage/store.h"
#include "tests/storage/test_database.h"

namespace giaoban::storage {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ConformanceTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "conformance-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    Open();
  }

  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Open() {
    store_.reset();
    auto store = storage::Open(TestDatabase(directory_), directory_, "store");
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  absl::Status Write(absl::string_view sql, absl::Span<const Value> parameters = {}) {
    return store_->Write("", [&](Session& session) { return session.Execute(sql, parameters); });
  }

  // The first column of the only row, read on its own.
  int64_t Number(absl::string_view sql, absl::Span<const Value> parameters = {}) {
    int64_t number = -1;
    absl::Status status = store_->Read([&](Session& session) {
      return session.Query(sql, parameters, [&](const Row& row) { number = row.Integer(0); });
    });
    EXPECT_TRUE(status.ok()) << status;
    return number;
  }

  std::string directory_;
  std::unique_ptr<Store> store_;
};

// Goal: the label of metrics names the engine.
TEST_F(ConformanceTest, EngineHasItsName) {
  EXPECT_EQ(store_->engine(), TestDatabase(directory_).empty() ? "sqlite" : "postgres");
}

// Goal: integers, texts and byte strings come back as they went in, extremes and emptiness
// included, also after the store was closed and opened; empty is not NULL.
TEST_F(ConformanceTest, ValuesComeBackAsTheyWentIn) {
  const std::string blob("\0\xff\x80'\0", 5);
  ASSERT_TRUE(Write("CREATE TABLE item (id BIGINT PRIMARY KEY, number BIGINT, name TEXT, body BYTEA)").ok());
  const absl::string_view insert = "INSERT INTO item (id, number, name, body) VALUES ($1, $2, $3, $4)";
  ASSERT_TRUE(Write(insert, {1, INT64_MIN, "Khối Các cơ quan", Bytes{blob}}).ok());
  ASSERT_TRUE(Write(insert, {2, INT64_MAX, "", Bytes{""}}).ok());
  ASSERT_TRUE(Write(insert, {3, std::monostate(), std::monostate(), std::monostate()}).ok());
  ASSERT_TRUE(Write(insert, {4, 0, absl::string_view(), Bytes{absl::string_view()}}).ok());
  Open();
  std::vector<std::string> seen;
  ASSERT_TRUE(store_
                  ->Read([&](Session& session) {
                    return session.Query("SELECT number, name, body FROM item ORDER BY id", {}, [&](const Row& row) {
                      const auto null = [&](int column) { return row.IsNull(column) ? "NULL" : ""; };
                      seen.push_back(
                          absl::StrCat(null(0), row.Integer(0), "|", null(1), row.Text(1), "|", null(2), row.Blob(2)));
                    });
                  })
                  .ok());
  EXPECT_THAT(seen, ElementsAre(absl::StrCat(INT64_MIN, "|Khối Các cơ quan|", blob), absl::StrCat(INT64_MAX, "||"),
                                "NULL0|NULL|NULL", "0||"));
}

// Goal: a byte string far larger than a page survives, every byte value in it.
TEST_F(ConformanceTest, LargeBytesSurvive) {
  std::string large(3 << 20, '\0');
  std::mt19937 random(20230630);
  for (char& byte : large) byte = static_cast<char>(random());
  ASSERT_TRUE(Write("CREATE TABLE item (body BYTEA)").ok());
  ASSERT_TRUE(Write("INSERT INTO item (body) VALUES ($1)", {Bytes{large}}).ok());
  Open();
  bool same = false;
  ASSERT_TRUE(store_
                  ->Read([&](Session& session) {
                    return session.Query("SELECT body FROM item", {},
                                         [&](const Row& row) { same = row.Blob(0) == large; });
                  })
                  .ok());
  EXPECT_TRUE(same);
}

// Goal: $2 means the second parameter wherever and however often it stands.
TEST_F(ConformanceTest, ParametersGoByNumber) {
  ASSERT_TRUE(Write("CREATE TABLE item (a BIGINT, b BIGINT, c BIGINT)").ok());
  ASSERT_TRUE(Write("INSERT INTO item (a, b, c) VALUES ($2, $1, $2)", {10, 20}).ok());
  EXPECT_EQ(Number("SELECT 10000 * a + 100 * b + c FROM item"), 201020);
}

// Goal: too few or too many parameters are an error, not NULLs.
TEST_F(ConformanceTest, ParametersAreCounted) {
  ASSERT_TRUE(Write("CREATE TABLE item (a BIGINT, b BIGINT)").ok());
  EXPECT_EQ(Write("INSERT INTO item (a, b) VALUES ($1, $2)", {1}).code(), absl::StatusCode::kInternal);
  EXPECT_EQ(Write("INSERT INTO item (a, b) VALUES ($1, 2)", {1, 2}).code(), absl::StatusCode::kInternal);
  EXPECT_EQ(Number("SELECT count(*) FROM item"), 0);
}

// Goal: one text is one statement.
TEST_F(ConformanceTest, TwoStatementsInOneTextAreRefused) {
  EXPECT_EQ(Write("CREATE TABLE a (id BIGINT); CREATE TABLE b (id BIGINT)").code(), absl::StatusCode::kInternal);
}

// Goal: a row callback may run a statement, even the one that is running.
TEST_F(ConformanceTest, StatementsNest) {
  ASSERT_TRUE(Write("CREATE TABLE item (id BIGINT PRIMARY KEY)").ok());
  ASSERT_TRUE(Write("INSERT INTO item (id) VALUES (1), (2), (3)").ok());
  const absl::string_view sql = "SELECT id FROM item WHERE id > $1 ORDER BY id";
  std::vector<int64_t> pairs;
  ASSERT_TRUE(store_
                  ->Read([&](Session& session) {
                    return session.Query(sql, {0}, [&](const Row& outer) {
                      EXPECT_TRUE(session
                                      .Query(sql, {outer.Integer(0)},
                                             [&](const Row& inner) {
                                               pairs.push_back(10 * outer.Integer(0) + inner.Integer(0));
                                             })
                                      .ok());
                    });
                  })
                  .ok());
  EXPECT_THAT(pairs, ElementsAre(12, 13, 23));
}

// Goal: what was asked for is there with the next query, each answer as of its turn; what fails fails that query.
TEST_F(ConformanceTest, AskedAnswersComeWithTheNextQuery) {
  ASSERT_TRUE(Write("CREATE TABLE item (id BIGINT PRIMARY KEY)").ok());
  std::vector<int64_t> answers;
  const auto note = [&](const Row& row) { answers.push_back(row.Integer(0)); };
  ASSERT_TRUE(store_
                  ->Write("",
                          [&](Session& session) {
                            EXPECT_TRUE(session.Ask("SELECT count(*) FROM item", {}, note).ok());
                            EXPECT_TRUE(session.Execute("INSERT INTO item (id) VALUES (5), (7)").ok());
                            EXPECT_TRUE(session.Ask("SELECT id FROM item WHERE id > $1 ORDER BY id", {1}, note).ok());
                            return session.Query("SELECT count(*) FROM item", {}, note);
                          })
                  .ok());
  EXPECT_THAT(answers, ElementsAre(0, 5, 7, 2));
  EXPECT_EQ(store_
                ->Read([&](Session& session) {
                  session.Ask("SELECT id FROM nothing", {}, note).IgnoreError();
                  return session.Query("SELECT id FROM item", {}, note);
                })
                .code(),
            absl::StatusCode::kInternal);
  EXPECT_EQ(answers.size(), 4u);
}

// Goal: an error from the work leaves no trace, and the store goes on.
TEST_F(ConformanceTest, RefusedWorkLeavesNoTrace) {
  ASSERT_TRUE(Write("CREATE TABLE item (id BIGINT PRIMARY KEY)").ok());
  const absl::Status refused = absl::FailedPreconditionError("not now");
  EXPECT_EQ(store_->Write("",
                          [&](Session& session) {
                            EXPECT_TRUE(session.Execute("INSERT INTO item (id) VALUES (1)").ok());
                            return refused;
                          }),
            refused);
  EXPECT_EQ(Number("SELECT count(*) FROM item"), 0);
  EXPECT_TRUE(Write("INSERT INTO item (id) VALUES (1)").ok());
  EXPECT_EQ(Number("SELECT count(*) FROM item"), 1);
}

// Goal: a key that is taken is ALREADY_EXISTS, and the failed statement spoils its transaction
// even when the work goes on and says OK.
TEST_F(ConformanceTest, FailedStatementSpoilsItsTransaction) {
  ASSERT_TRUE(Write("CREATE TABLE item (id BIGINT PRIMARY KEY)").ok());
  ASSERT_TRUE(Write("INSERT INTO item (id) VALUES (1)").ok());
  absl::Status later;
  const absl::Status status = store_->Write("", [&](Session& session) {
    EXPECT_TRUE(session.Execute("INSERT INTO item (id) VALUES (2)").ok());
    session.Execute("INSERT INTO item (id) VALUES (1)").IgnoreError();
    later = session.Query("SELECT id FROM item", {}, [](const Row&) { ADD_FAILURE() << "a row"; });
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_EQ(later, status);
  EXPECT_EQ(Number("SELECT count(*) FROM item"), 1);
  EXPECT_TRUE(Write("INSERT INTO item (id) VALUES (2)").ok());
}

// Goal: a taken unique value is ALREADY_EXISTS as a taken key is; a missing value is not.
TEST_F(ConformanceTest, OnlyTakenKeysAlreadyExist) {
  ASSERT_TRUE(Write("CREATE TABLE item (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE)").ok());
  ASSERT_TRUE(Write("INSERT INTO item (id, name) VALUES (1, 'a')").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Write("INSERT INTO item (id, name) VALUES (2, 'a')")));
  EXPECT_TRUE(absl::IsInternal(Write("INSERT INTO item (id, name) VALUES (3, NULL)")));
}

// Goal: a session for reading cannot write.
TEST_F(ConformanceTest, ReadersCannotWrite) {
  ASSERT_TRUE(Write("CREATE TABLE item (id BIGINT)").ok());
  EXPECT_FALSE(store_->Read([](Session& session) { return session.Execute("INSERT INTO item (id) VALUES (1)"); }).ok());
  EXPECT_EQ(Number("SELECT count(*) FROM item"), 0);
}

// Goal: a read sees one snapshot: what is committed while it runs does not show.
TEST_F(ConformanceTest, ReadSeesOneSnapshot) {
  ASSERT_TRUE(Write("CREATE TABLE item (id BIGINT)").ok());
  std::vector<int64_t> counts;
  const auto count = [&](Session& session) {
    return session.Query("SELECT count(*) FROM item", {}, [&](const Row& row) { counts.push_back(row.Integer(0)); });
  };
  ASSERT_TRUE(store_
                  ->Read([&](Session& session) {
                    EXPECT_TRUE(count(session).ok());
                    EXPECT_TRUE(Write("INSERT INTO item (id) VALUES (1)").ok());
                    return count(session);
                  })
                  .ok());
  ASSERT_TRUE(store_->Read(count).ok());
  EXPECT_THAT(counts, ElementsAre(0, 0, 1));
}

// Goal: a write in progress neither blocks readers nor shows to them, and sees itself.
TEST_F(ConformanceTest, ReadersDoNotWaitForAWriter) {
  ASSERT_TRUE(Write("CREATE TABLE item (id BIGINT)").ok());
  ASSERT_TRUE(
      store_
          ->Write(
              "",
              [&](Session& session) {
                EXPECT_TRUE(session.Execute("INSERT INTO item (id) VALUES (1)").ok());
                std::thread([&] { EXPECT_EQ(Number("SELECT count(*) FROM item"), 0); }).join();
                int64_t own = 0;
                EXPECT_TRUE(
                    session.Query("SELECT count(*) FROM item", {}, [&](const Row& row) { own = row.Integer(0); }).ok());
                EXPECT_EQ(own, 1);
                return absl::OkStatus();
              })
          .ok());
  EXPECT_EQ(Number("SELECT count(*) FROM item"), 1);
}

// Goal: eight readers, more than the store has connections, never see half of a transfer.
TEST_F(ConformanceTest, ManyReadersSeeWholeTransactions) {
  ASSERT_TRUE(Write("CREATE TABLE account (id BIGINT PRIMARY KEY, amount BIGINT)").ok());
  ASSERT_TRUE(Write("INSERT INTO account (id, amount) VALUES (1, 500), (2, 500)").ok());
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 8; ++reader) {
    readers.emplace_back([&] {
      while (!stop) wrong += Number("SELECT CAST(sum(amount) AS BIGINT) FROM account") == 1000 ? 0 : 1;
    });
  }
  for (int transfer = 0; transfer < 200; ++transfer) {
    EXPECT_TRUE(store_
                    ->Write("",
                            [](Session& session) {
                              absl::Status status =
                                  session.Execute("UPDATE account SET amount = amount - 1 WHERE id = 1");
                              if (!status.ok()) return status;
                              return session.Execute("UPDATE account SET amount = amount + 1 WHERE id = 2");
                            })
                    .ok());
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(Number("SELECT amount FROM account WHERE id = 2"), 700);
}

// Goal: read-then-write transactions of many threads wait for each other and lose nothing.
TEST_F(ConformanceTest, WritersWaitForEachOther) {
  ASSERT_TRUE(Write("CREATE TABLE counter (value BIGINT)").ok());
  ASSERT_TRUE(Write("INSERT INTO counter (value) VALUES (0)").ok());
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 8; ++writer) {
    writers.emplace_back([&] {
      for (int round = 0; round < 25; ++round) {
        const absl::Status status = store_->Write("", [](Session& session) {
          int64_t value = 0;
          absl::Status read =
              session.Query("SELECT value FROM counter", {}, [&](const Row& row) { value = row.Integer(0); });
          return read.ok() ? session.Execute("UPDATE counter SET value = $1", {value + 1}) : read;
        });
        EXPECT_TRUE(status.ok()) << status;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(Number("SELECT value FROM counter"), 200);
}

// Goal: an update that names the revision it replaces changes nothing when another came
// first, and says so by returning no row.
TEST_F(ConformanceTest, StaleUpdateReturnsNoRow) {
  ASSERT_TRUE(Write("CREATE TABLE report (bloc TEXT PRIMARY KEY, revision BIGINT, body TEXT)").ok());
  const auto save = [&](int64_t base, absl::string_view body) {
    int rows = 0;
    const absl::Status status = store_->Write("", [&](Session& session) {
      return session.Query(
          "INSERT INTO report (bloc, revision, body) VALUES ($1, $2 + 1, $3) ON CONFLICT (bloc) DO UPDATE "
          "SET revision = excluded.revision, body = excluded.body WHERE report.revision = $2 RETURNING revision",
          {"quang-ninh", base, body}, [&](const Row& row) {
            ++rows;
            EXPECT_EQ(row.Integer(0), base + 1);
          });
    });
    EXPECT_TRUE(status.ok()) << status;
    return rows == 1;
  };
  EXPECT_TRUE(save(0, "first"));
  EXPECT_TRUE(save(1, "second"));
  EXPECT_FALSE(save(1, "lost"));
  EXPECT_EQ(Number("SELECT count(*) FROM report WHERE revision = 2 AND body = 'second'"), 1);
}

// Goal: migrations run once each, in order, per library, and again after more were added.
TEST_F(ConformanceTest, MigrationsRunOnce) {
  const std::vector<Migration> first = {{"CREATE TABLE a (id BIGINT);\n INSERT INTO a (id) VALUES (1);\n"}};
  const std::vector<Migration> second = {first[0], {"INSERT INTO a (id) VALUES (2)"}, {"CREATE TABLE b (id BIGINT)"}};
  ASSERT_TRUE(Migrate(*store_, "journal", first).ok());
  ASSERT_TRUE(Migrate(*store_, "journal", first).ok());
  EXPECT_EQ(Number("SELECT count(*) FROM a"), 1);
  Open();
  ASSERT_TRUE(Migrate(*store_, "journal", second).ok());
  ASSERT_TRUE(Migrate(*store_, "journal", second).ok());
  EXPECT_EQ(Number("SELECT count(*) FROM a"), 2);
  EXPECT_EQ(Number("SELECT version FROM schema_version WHERE name = 'journal'"), 3);
  ASSERT_TRUE(Migrate(*store_, "intake", {{{"CREATE TABLE c (id BIGINT)"}}}).ok());
  EXPECT_EQ(Number("SELECT version FROM schema_version WHERE name = 'intake'"), 1);
  EXPECT_EQ(Number("SELECT count(*) FROM schema_migration"), 4);
}

// Goal: of many that start at once each migration is run by one, and all who can have the database open at all find it
// whole: in PostgreSQL everybody, of a file the one that has it.
TEST_F(ConformanceTest, ManyMigrateAtOnce) {
  const std::string database = TestDatabase(directory_);
  std::atomic<int> ready = 0;
  absl::Notification go;
  std::vector<std::thread> starts;
  for (int start = 0; start < 6; ++start) {
    starts.emplace_back([&] {
      const auto store = storage::Open(database, directory_, "crowd");
      EXPECT_TRUE(store.ok() || absl::IsFailedPrecondition(store.status())) << store.status();
      ++ready;
      go.WaitForNotification();
      if (!store.ok()) return;
      const absl::Status status =
          Migrate(**store, "journal", {{{"CREATE TABLE a (id BIGINT)"}, {"INSERT INTO a (id) VALUES (1)"}}});
      EXPECT_TRUE(status.ok()) << status;
      int64_t rows = 0;
      EXPECT_TRUE((*store)
                      ->Read([&](Session& session) {
                        return session.Query("SELECT count(*) FROM a", {},
                                             [&](const Row& row) { rows = row.Integer(0); });
                      })
                      .ok());
      EXPECT_EQ(rows, 1);
    });
  }
  while (ready < 6) std::this_thread::yield();
  go.Notify();
  for (std::thread& start : starts) start.join();
}

// Goal: during a roll-out an older program goes on beside a newer one, and may be started again, as long as what the
// newer one added is nothing to it; the newer one finds what it wrote meanwhile, with the defaults.
TEST_F(ConformanceTest, OlderProgramsGoOnBesideAnAddition) {
  const std::vector<Migration> older = {{"CREATE TABLE entry (id BIGINT PRIMARY KEY)"}};
  const std::vector<Migration> newer = {
      older[0],
      {"ALTER TABLE entry ADD COLUMN time BIGINT NOT NULL DEFAULT 0; CREATE INDEX entry_time ON entry (time)"},
      {"CREATE TABLE more (id BIGINT PRIMARY KEY)"}};
  const absl::string_view write = "INSERT INTO entry (id) VALUES ($1)";
  ASSERT_TRUE(Migrate(*store_, "journal", older).ok());
  ASSERT_TRUE(Write(write, {1}).ok());
  ASSERT_TRUE(Migrate(*store_, "journal", newer).ok());
  EXPECT_TRUE(Write(write, {2}).ok());
  EXPECT_TRUE(Write("INSERT INTO entry (id, time) VALUES ($1, $2)", {3, 7}).ok());
  EXPECT_EQ(Number("SELECT count(*) FROM entry"), 3);
  Open();
  const absl::Status again = Migrate(*store_, "journal", older);
  EXPECT_TRUE(again.ok()) << again;
  EXPECT_TRUE(Write(write, {4}).ok());
  EXPECT_EQ(Number("SELECT version FROM schema_version WHERE name = 'journal'"), 3);
  EXPECT_EQ(Number("SELECT CAST(sum(time) AS BIGINT) FROM entry"), 7);
}

// Goal: a program older than the schema says it takes is refused, in both languages and with all three versions; one
// that is new enough is not, though it does not know the newest, and a later addition changes neither.
TEST_F(ConformanceTest, OlderProgramsThatWouldBreakAreRefused) {
  const std::vector<Migration> newest = {{"CREATE TABLE a (id BIGINT)"},
                                         {"CREATE TABLE b (id BIGINT)"},
                                         {"DROP TABLE a", /*oldest=*/2},
                                         {"CREATE TABLE c (id BIGINT)"}};
  ASSERT_TRUE(Migrate(*store_, "journal", newest).ok());
  const auto start = [&](size_t known) {
    return Migrate(*store_, "journal", absl::MakeConstSpan(newest).first(known));
  };
  const absl::Status refused = start(1);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("schema version 4 of journal, which takes programs that know version 2; this one knows "
                              "versions up to 1"),
                    HasSubstr("phiên bản lược đồ 4 của journal, chỉ dùng được với chương trình biết từ phiên bản 2; "
                              "chương trình này chỉ biết đến phiên bản 1")));
  EXPECT_TRUE(start(2).ok()) << start(2);
  EXPECT_TRUE(start(3).ok()) << start(3);
}

// Goal: what a program applied that kept nothing but the version is made up for by the next.
TEST_F(ConformanceTest, EarlierMigrationsAreRecordedLater) {
  ASSERT_TRUE(Write("CREATE TABLE schema_version (name TEXT PRIMARY KEY, version BIGINT NOT NULL)").ok());
  ASSERT_TRUE(Write("INSERT INTO schema_version (name, version) VALUES ('journal', 1)").ok());
  ASSERT_TRUE(Write("CREATE TABLE a (id BIGINT)").ok());
  const std::vector<Migration> today = {{"CREATE TABLE a (id BIGINT)"}, {"CREATE TABLE b (id BIGINT)", /*oldest=*/2}};
  ASSERT_TRUE(Migrate(*store_, "journal", today).ok());
  EXPECT_EQ(Number("SELECT count(*) FROM schema_migration WHERE name = 'journal'"), 2);
  EXPECT_EQ(Number("SELECT max(oldest) FROM schema_migration WHERE name = 'journal'"), 2);
}

// Goal: a migration that fails in its middle leaves the schema at the one before, and
// the error says which it was.
TEST_F(ConformanceTest, FailedMigrationLeavesNoTrace) {
  const std::vector<Migration> broken = {{"CREATE TABLE a (id BIGINT)"},
                                         {"CREATE TABLE b (id BIGINT); INSERT INTO nowhere (id) VALUES (1)"}};
  const absl::Status status = Migrate(*store_, "journal", broken);
  EXPECT_THAT(std::string(status.message()), HasSubstr("migration 2 of journal"));
  EXPECT_EQ(Number("SELECT version FROM schema_version WHERE name = 'journal'"), 1);
  const std::vector<Migration> mended = {broken[0], {"CREATE TABLE b (id BIGINT)"}};
  EXPECT_TRUE(Migrate(*store_, "journal", mended).ok());
}

// Goal: who wants a database alone gets it when nobody else has it open for writing, and then keeps others out, but not
// those who read.
TEST_F(ConformanceTest, OneUserAlone) {
  const std::string database = TestDatabase(directory_);
  EXPECT_TRUE(absl::IsNotFound(OpenAlone(database, directory_, "missing").status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(OpenAlone(database, directory_, "store").status()));
  store_.reset();
  auto alone = OpenAlone(database, directory_, "store");
  ASSERT_TRUE(alone.ok()) << alone.status();
  EXPECT_TRUE(absl::IsFailedPrecondition(storage::Open(database, directory_, "store").status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(OpenAlone(database, directory_, "store").status()));
  EXPECT_TRUE(OpenReadOnly(database, directory_, "store").ok());
  EXPECT_TRUE((*alone)->Write("", [](Session& session) { return session.Execute("CREATE TABLE a (id BIGINT)"); }).ok());
  alone->reset();
  Open();
  EXPECT_EQ(Number("SELECT count(*) FROM a"), 0);
}

}  // namespace
}  // namespace giaoban::storage
