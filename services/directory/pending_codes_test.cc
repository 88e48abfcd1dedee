// Goal: a secret counts only when a code of the one given last comes in time.
#include "services/directory/pending_codes.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "services/directory/account_tables.h"
#include "services/directory/one_time_code.h"
#include "tests/storage/test_database.h"

namespace giaoban::directory {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

std::string CodeAt(absl::string_view secret, absl::Time time) { return CodeOf(secret, StepOf(time)); }

class PendingCodesTest : public ::testing::Test {
 protected:
  PendingCodesTest() : folder_(::testing::TempDir() + "pending-codes-XXXXXX") {
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    store_ = storage::Open(storage::TestDatabase(folder_), folder_, "directory").value();
    EXPECT_TRUE(MigrateAccountTables(*store_).ok());
  }
  ~PendingCodesTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  std::unique_ptr<storage::Store> store_;
};

TEST_F(PendingCodesTest, OnlyTheSecretGivenLastCounts) {
  PendingCodes codes(*store_);
  EXPECT_EQ(codes.Confirm("lan", "123456", kNow).status().code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(codes.Begin("lan", "the first secret....", kNow).ok());
  ASSERT_TRUE(codes.Begin("lan", "the second secret...", kNow).ok());
  EXPECT_EQ(codes.Confirm("lan", CodeAt("the first secret....", kNow), kNow).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(codes.Confirm("mai", CodeAt("the second secret...", kNow), kNow).status().code(),
            absl::StatusCode::kFailedPrecondition);
  const auto confirmed = codes.Confirm("lan", CodeAt("the second secret...", kNow), kNow);
  ASSERT_TRUE(confirmed.ok()) << confirmed.status();
  EXPECT_EQ(confirmed->secret, "the second secret...");
  EXPECT_EQ(confirmed->step, StepOf(kNow));
  ASSERT_TRUE(codes.End("lan").ok());
  EXPECT_FALSE(codes.Confirm("lan", CodeAt("the second secret...", kNow), kNow).ok());
}

TEST_F(PendingCodesTest, TenMinutesAndNoMore) {
  PendingCodes codes(*store_);
  ASSERT_TRUE(codes.Begin("lan", "the secret of Lan...", kNow).ok());
  const absl::Time late = kNow + PendingCodes::kLife;
  EXPECT_TRUE(codes.Confirm("lan", CodeAt("the secret of Lan...", late), late - absl::Seconds(1)).ok());
  EXPECT_EQ(codes.Confirm("lan", CodeAt("the secret of Lan...", late), late).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace giaoban::directory
