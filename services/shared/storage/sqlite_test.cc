// What only SQLite does; what every engine does is in tests/storage/.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "services/shared/storage/store.h"

namespace giaoban::storage {
namespace {

using ::testing::HasSubstr;

class SqliteTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "sqlite-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    path_ = directory_ + "/store.db";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<Store> Open() {
    auto store = OpenSqlite(path_);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }

  static absl::Status Write(Store& store, absl::string_view sql, absl::Span<const Value> parameters = {}) {
    return store.Write("", [&](Session& session) { return session.Execute(sql, parameters); });
  }

  static int64_t Rows(const Store& store) {
    int64_t rows = -1;
    absl::Status status = store.Read([&](Session& session) {
      return session.Query("SELECT count(*) FROM item", {}, [&](const Row& row) { rows = row.Integer(0); });
    });
    EXPECT_TRUE(status.ok()) << status;
    return rows;
  }

  std::string directory_;
  std::string path_;
};

// Goal: a second process cannot open the file for writing, is told which file, and can once the
// first has closed it. The child reports through its exit code.
TEST_F(SqliteTest, SecondProcessIsLockedOut) {
  const auto child_opens = [&] {
    const pid_t child = fork();
    if (child == 0) {
      auto store = OpenSqlite(path_);
      const bool named = absl::IsFailedPrecondition(store.status()) &&
                         std::string(store.status().message()).find(path_ + ".lock") != std::string::npos;
      _exit(store.ok() ? 0 : named ? 1 : 2);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
  };
  auto store = Open();
  EXPECT_EQ(child_opens(), 1);
  store.reset();
  EXPECT_EQ(child_opens(), 0);
}

// Goal: the same holds within one process.
TEST_F(SqliteTest, SecondStoreOfOneProcessIsLockedOut) {
  auto store = Open();
  EXPECT_TRUE(absl::IsFailedPrecondition(OpenSqlite(path_).status()));
}

// Goal: a store for reading works beside the one that writes and after it, and refuses to write.
TEST_F(SqliteTest, ReadOnlyBesideTheWriter) {
  auto store = Open();
  ASSERT_TRUE(Write(*store, "CREATE TABLE item (id BIGINT)").ok());
  auto reader = OpenSqliteReadOnly(path_);
  ASSERT_TRUE(reader.ok()) << reader.status();
  ASSERT_TRUE(Write(*store, "INSERT INTO item (id) VALUES (1)").ok());
  EXPECT_EQ(Rows(**reader), 1);
  EXPECT_TRUE(absl::IsFailedPrecondition(Write(**reader, "INSERT INTO item (id) VALUES (2)")));
  store.reset();
  EXPECT_EQ(Rows(**reader), 1);
  reader->reset();
  reader = OpenSqliteReadOnly(path_);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(Rows(**reader), 1);
}

// Goal: reading does not create a database.
TEST_F(SqliteTest, ReadOnlyNeedsTheFile) {
  const absl::Status status = OpenSqliteReadOnly(path_).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

// Goal: a file that is no database is refused by name and left as it is, and so is a folder that is not there.
TEST_F(SqliteTest, OtherFilesAreRefused) {
  const std::string text(4096, 'x');
  std::ofstream(path_) << text;
  EXPECT_TRUE(absl::IsFailedPrecondition(OpenSqliteReadOnly(path_).status()));
  const absl::Status status = OpenSqlite(path_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
  EXPECT_EQ(std::filesystem::file_size(path_), text.size());
  EXPECT_TRUE(absl::IsNotFound(OpenSqlite(directory_ + "/nowhere/store.db").status()));
}

// Goal: a full database is RESOURCE_EXHAUSTED, leaves no trace, and is writable again when there is room.
TEST_F(SqliteTest, FullDatabaseRecovers) {
  auto store = Open();
  ASSERT_TRUE(Write(*store, "CREATE TABLE item (body BYTEA)").ok());
  const auto limit = [&](absl::string_view pragma) {
    return store->Write("", [&](Session& session) { return session.Query(pragma, {}, [](const Row&) {}); });
  };
  ASSERT_TRUE(limit("PRAGMA max_page_count = 10").ok());
  const std::string large(1 << 20, 'x');
  const absl::Status status = store->Write("", [&](Session& session) {
    EXPECT_TRUE(session.Execute("INSERT INTO item (body) VALUES ($1)", {Bytes{"small"}}).ok());
    // Not passed on: the transaction is over all the same.
    EXPECT_FALSE(session.Execute("INSERT INTO item (body) VALUES ($1)", {Bytes{large}}).ok());
    EXPECT_FALSE(session.Execute("INSERT INTO item (body) VALUES ($1)", {Bytes{"small"}}).ok());
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_EQ(Rows(*store), 0);
  ASSERT_TRUE(limit("PRAGMA max_page_count = 10000").ok());
  EXPECT_TRUE(Write(*store, "INSERT INTO item (body) VALUES ($1)", {Bytes{large}}).ok());
  EXPECT_EQ(Rows(*store), 1);
}

// Goal: when the disk refuses the commit itself the answer is UNAVAILABLE, nothing of
// it shows, and the same connection commits again afterwards. A limit on file size stands for the disk.
TEST_F(SqliteTest, FailedCommitRecovers) {
  auto store = Open();
  ASSERT_TRUE(Write(*store, "CREATE TABLE item (body BYTEA)").ok());
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  const absl::Cleanup restore = [&] {
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
  };
  const auto log_size = std::filesystem::file_size(path_ + "-wal");
  const rlimit small{log_size, before.rlim_max};
  const absl::Status status = store->Write("", [&](Session& session) {
    absl::Status inserted = session.Execute("INSERT INTO item (body) VALUES ($1)", {Bytes{"x"}});
    EXPECT_TRUE(inserted.ok()) << inserted;
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    return inserted;
  });
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(Rows(*store), 0);
  EXPECT_TRUE(Write(*store, "INSERT INTO item (body) VALUES ($1)", {Bytes{"x"}}).ok());
  store.reset();
  EXPECT_EQ(Rows(*Open()), 1);
}

// Goal: a database is known not to have been closed, and then one with pages that do not fit each other is refused by
// name.
TEST_F(SqliteTest, InterruptedDatabaseIsLookedThrough) {
  auto store = Open();
  EXPECT_FALSE(store->interrupted());
  ASSERT_TRUE(Write(*store, "CREATE TABLE item (id BIGINT PRIMARY KEY, body TEXT)").ok());
  // What a process that is killed leaves.
  const std::string left = directory_ + "/left.db";
  for (const char* part : {"", "-wal"}) std::filesystem::copy_file(path_ + part, left + part);
  EXPECT_TRUE((*OpenSqlite(left))->interrupted());
  EXPECT_FALSE((*OpenSqlite(left))->interrupted()) << "it was closed since";

  for (int64_t id = 0; id < 500; ++id) {
    ASSERT_TRUE(Write(*store, "INSERT INTO item (id, body) VALUES ($1, 'x')", {id}).ok());
  }
  store.reset();
  store = Open();
  ASSERT_TRUE(Write(*store, "DELETE FROM item WHERE id = 0").ok());
  for (const char* part : {"", "-wal"}) {
    std::filesystem::copy_file(path_ + part, left + part, std::filesystem::copy_options::overwrite_existing);
  }
  std::filesystem::remove(left + "-shm");
  std::fstream file(left, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-3000, std::ios::end) << std::string(2000, '\x55');
  file.close();
  const absl::Status status = OpenSqlite(left).status();
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(left));
}

// Goal: power loss is provided for: the log is synchronised at every commit.
TEST_F(SqliteTest, CommitsAreSynchronous) {
  auto store = Open();
  int64_t synchronous = 0;
  ASSERT_TRUE(store
                  ->Write("",
                          [&](Session& session) {
                            return session.Query("PRAGMA synchronous", {},
                                                 [&](const Row& row) { synchronous = row.Integer(0); });
                          })
                  .ok());
  EXPECT_EQ(synchronous, 2);
}

// How often the log has begun anew: a number in its head (SQLite's file format, 4.1).
uint32_t Beginnings(const std::string& log) {
  unsigned char head[16] = {};
  std::ifstream(log, std::ios::binary).read(reinterpret_cast<char*>(head), sizeof(head));
  return head[12] << 24 | head[13] << 16 | head[14] << 8 | head[15];
}

// Goal: the log begins anew while commits go on, though none of them moves all of it, and nothing of it is lost.
TEST_F(SqliteTest, LogBeginsAnew) {
  const std::string row(4000, 'x');
  constexpr int kRows = 50, kMostCommits = 20'000;
  int commits = 0;
  {
    auto store = Open();
    ASSERT_TRUE(Write(*store, "CREATE TABLE item (name TEXT NOT NULL)").ok());
    const uint32_t first = Beginnings(path_ + "-wal");
    const auto add = [&](Session& session) {
      absl::Status status;
      for (int i = 0; i < kRows && status.ok(); ++i) {
        status = session.Execute("INSERT INTO item (name) VALUES ($1)", {row});
      }
      return status;
    };
    for (; Beginnings(path_ + "-wal") < first + 3 && commits < kMostCommits; ++commits) {
      ASSERT_TRUE(store->Write("", add).ok());
    }
    EXPECT_LT(commits, kMostCommits);
    EXPECT_EQ(Rows(*store), commits * kRows);
  }
  EXPECT_EQ(Rows(*Open()), commits * kRows);
}

}  // namespace
}  // namespace giaoban::storage
