#include "services/shared/storage/copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/shared/storage/migrate.h"
#include "tests/storage/test_database.h"

namespace giaoban::storage {
namespace {

using ::testing::HasSubstr;

void Ignore(int64_t) {}

const std::vector<Migration>& Schema() {
  static const auto* const schema = new std::vector<Migration>{
      {"CREATE TABLE item (cluster TEXT NOT NULL, id BIGINT NOT NULL, body BYTEA, name TEXT, PRIMARY KEY (cluster, "
       "id))"},
      {"CREATE INDEX item_name ON item (name); CREATE TABLE total (name TEXT PRIMARY KEY, value BIGINT NOT NULL);"
       "INSERT INTO total (name, value) VALUES ('items', 0)",
       /*oldest=*/2}};
  return *schema;
}

// A file, and a database of the engine the test runs on.
class CopyTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = absl::StrCat(testing::TempDir(), "giaoban_copy_",
                           testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    file_ = OpenSqlite(folder_ + "/file.db").value();
    other_ = Open(TestDatabase(folder_), folder_, "other").value();
  }

  static void Fill(Store& store) {
    ASSERT_TRUE(Migrate(store, "journal", Schema()).ok());
    // Several pages, two clusters, and what is easily lost on the way.
    const absl::Status status = store.Write("", [](Session& session) {
      for (int64_t id = 0; id < 700; ++id) {
        const absl::string_view cluster = id % 3 == 0 ? "dong-bac" : "Đông Bắc";
        const std::string body(static_cast<size_t>(id % 5), '\0');
        session
            .Execute("INSERT INTO item (cluster, id, body, name) VALUES ($1, $2, $3, $4)",
                     {cluster, id - 350, Bytes{body}, id % 7 == 0 ? Value() : Value(absl::string_view("'quý'"))})
            .IgnoreError();
      }
      session.Execute("INSERT INTO item (cluster, id) VALUES ('', $1)", {INT64_MIN}).IgnoreError();
      return session.Execute("UPDATE total SET value = 701");
    });
    ASSERT_TRUE(status.ok()) << status;
  }

  // Everything in it, in one text.
  static std::string All(const Store& store) {
    std::string all;
    const absl::Status status = store.Read([&](Session& session) {
      for (absl::string_view sql :
           {"SELECT name, version, 0, statements FROM schema_migration ORDER BY version",
            "SELECT name, version, 0, '' FROM schema_version", "SELECT name, value, 0, '' FROM total"}) {
        session
            .Query(sql, {},
                   [&](const Row& row) {
                     absl::StrAppend(&all, row.Text(0), " ", row.Integer(1), " ", row.Text(3), "\n");
                   })
            .IgnoreError();
      }
      return session.Query("SELECT cluster, body, name, id FROM item ORDER BY id", {}, [&](const Row& row) {
        absl::StrAppend(&all, row.Text(0), row.IsNull(1) ? "NULL" : row.Blob(1), row.IsNull(2) ? "NULL" : row.Text(2),
                        row.Integer(3), "\n");
      });
    });
    EXPECT_TRUE(status.ok()) << status;
    return all;
  }

  std::string folder_;
  std::unique_ptr<Store> file_, other_;
};

// Goal: a database copied to the other engine, and back into a new file, is the same in every table, and a program that
// opens the copy finds the schema it knows.
TEST_F(CopyTest, ThereAndBack) {
  Fill(*file_);
  const auto there = Copy(*file_, *other_, Ignore);
  ASSERT_TRUE(there.ok()) << there.status();
  EXPECT_EQ(there->tables, 4);
  EXPECT_EQ(there->rows, 701 + 1 + 2 + 1);
  EXPECT_EQ(All(*other_), All(*file_));
  EXPECT_TRUE(Migrate(*other_, "journal", Schema()).ok());
  const auto again = OpenSqlite(folder_ + "/again.db").value();
  const auto back = Copy(*other_, *again, Ignore);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(All(*again), All(*file_));
  EXPECT_FALSE(again
                   ->Write("",
                           [](Session& session) {
                             return session.Execute("INSERT INTO item (cluster, id) VALUES ('dong-bac', -350)");
                           })
                   .ok());
}

// Goal: a target that has anything in it is left alone.
TEST_F(CopyTest, TargetMustBeEmpty) {
  Fill(*file_);
  Fill(*other_);
  const std::string before = All(*other_);
  EXPECT_TRUE(absl::IsAlreadyExists(Copy(*file_, *other_, Ignore).status()));
  EXPECT_EQ(All(*other_), before);
}

// Goal: a source whose migrations nobody recorded is refused, and nothing is left in the target.
TEST_F(CopyTest, SourceMustTellItsSchema) {
  Fill(*file_);
  ASSERT_TRUE(file_->Write("", [](Session& session) { return session.Execute("DELETE FROM schema_migration"); }).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Copy(*file_, *other_, Ignore).status()));
  Fill(*other_);
}

// Goal: a copy that fails on the way leaves the target as empty as it was.
TEST_F(CopyTest, FailureLeavesNoTrace) {
  Fill(*file_);
  ASSERT_TRUE(
      file_->Write("", [](Session& session) { return session.Execute("CREATE TABLE unknown (id BIGINT PRIMARY KEY)"); })
          .ok());
  const absl::Status failed = Copy(*file_, *other_, Ignore).status();
  EXPECT_THAT(std::string(failed.message()), HasSubstr("unknown"));
  ASSERT_TRUE(file_->Write("", [](Session& session) { return session.Execute("DROP TABLE unknown"); }).ok());
  EXPECT_TRUE(Copy(*file_, *other_, Ignore).ok());
}

}  // namespace
}  // namespace giaoban::storage
