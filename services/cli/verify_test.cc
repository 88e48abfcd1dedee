#include "services/cli/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/synchronization/notification.h"
#include "google/protobuf/util/json_util.h"
#include "services/shared/journal/signer.h"
#include "services/shared/storage/store.h"
#include "tests/storage/test_database.h"

namespace giaoban::cli {
namespace {

using report::v1::Receipt;
using testing::HasSubstr;

// A folder with the store of one service and two entries in it.
class VerifyTest : public testing::Test {
 protected:
  void SetUp() override {
    const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
    directory_ = testing::TempDir() + "/giaoban_cli_verify_" + test.name();
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    database_ = storage::TestDatabase(directory_);
    stores_ = std::make_unique<Stores>(directory_, database_);
    auto store = storage::Open(database_, directory_, "training");
    ASSERT_TRUE(store.ok()) << store.status();
    auto signer = journal::Signer::LoadOrCreate(directory_ + "/training.key");
    ASSERT_TRUE(signer.ok()) << signer.status();
    auto journal = journal::Journal::Open(**store, *std::move(signer), {});
    ASSERT_TRUE(journal.ok()) << journal.status();
    first_ = Append(**journal, 1);
    second_ = Append(**journal, 2);
  }

  // Appends a fact and gives the receipt a service would.
  static Receipt Append(journal::Journal& journal, int64_t revision) {
    Receipt receipt;
    receipt.set_kind("training");
    receipt.mutable_key()->set_cluster("dong-bac");
    receipt.set_revision(revision);
    absl::Notification done;
    journal.Append(
        {"dong-bac", "office/ha-giang", "request-" + std::to_string(revision), "digest"},
        [&](storage::Session&, const journal::Slot& slot) -> absl::StatusOr<std::string> {
          report::v1::Fact fact;
          *fact.mutable_key() = receipt.key();
          fact.set_revision(revision);
          fact.mutable_time()->set_seconds(absl::ToUnixSeconds(slot.time));
          *receipt.mutable_time() = fact.time();
          return fact.SerializeAsString();
        },
        [&](absl::StatusOr<journal::Committed> committed) {
          receipt.set_position(committed->entry.position());
          receipt.set_entry_hash(committed->entry.hash());
          *receipt.mutable_proof() = committed->proof;
          done.Notify();
        });
    done.WaitForNotification();
    return receipt;
  }

  // Changes what is stored behind the service's back.
  void Tamper(absl::string_view sql, absl::Span<const storage::Value> parameters = {}) {
    auto store = storage::Open(database_, directory_, "training");
    ASSERT_TRUE(store.ok()) << store.status();
    const absl::Status status =
        (*store)->Write("", [&](storage::Session& session) { return session.Execute(sql, parameters); });
    ASSERT_TRUE(status.ok()) << status;
  }

  std::string directory_, database_;
  std::unique_ptr<Stores> stores_;
  Receipt first_, second_;
};

// A healthy store says how much was checked, and every receipt fits.
TEST_F(VerifyTest, HealthyStore) {
  const auto verdicts = VerifyStores(*stores_, [](absl::string_view, int64_t) {});
  ASSERT_TRUE(verdicts.ok()) << verdicts.status();
  ASSERT_EQ(verdicts->size(), 1u);
  EXPECT_EQ((*verdicts)[0].service, "training");
  EXPECT_EQ((*verdicts)[0].report.entries, 2);
  EXPECT_EQ((*verdicts)[0].report.fault, "");
  EXPECT_TRUE(VerifyReceipt(*stores_, first_).ok()) << VerifyReceipt(*stores_, first_);
  EXPECT_TRUE(VerifyReceipt(*stores_, second_).ok());
}

// One changed byte is named by its position.
TEST_F(VerifyTest, ChangedEntryIsNamed) {
  Tamper("UPDATE journal SET body = $1 WHERE position = 2", {storage::Bytes{"changed"}});
  const auto verdicts = VerifyStores(*stores_, [](absl::string_view, int64_t) {});
  ASSERT_TRUE(verdicts.ok()) << verdicts.status();
  EXPECT_THAT((*verdicts)[0].report.fault, HasSubstr("dong-bac 2:"));
}

// A receipt that was altered, or whose entry is gone, does not fit.
TEST_F(VerifyTest, ReceiptsThatDoNotFit) {
  Receipt altered = first_;
  altered.set_revision(7);
  EXPECT_TRUE(absl::IsDataLoss(VerifyReceipt(*stores_, altered)));
  altered = first_;
  altered.set_entry_hash(second_.entry_hash());
  EXPECT_TRUE(absl::IsDataLoss(VerifyReceipt(*stores_, altered)));
  Tamper("DELETE FROM journal WHERE position = 2");
  EXPECT_TRUE(VerifyReceipt(*stores_, first_).ok());
  EXPECT_TRUE(absl::IsDataLoss(VerifyReceipt(*stores_, second_)));
}

// A kind that would lead out of the folder is no kind.
TEST_F(VerifyTest, KindIsNoPath) {
  Receipt receipt = first_;
  receipt.set_kind("../training");
  EXPECT_TRUE(absl::IsDataLoss(VerifyReceipt(*stores_, receipt)));
}

// Receipts are read as `submit --format json` writes them, and bare.
TEST_F(VerifyTest, ReadsReceiptFiles) {
  std::string json;
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(first_, &json).ok());
  const std::string path = directory_ + "/receipts.json";
  std::ofstream(path) << "{\"file\":\"a.csv\",\"receipt\":" << json << "}\n" << json << "\n";
  const auto receipts = ReadReceipts(path);
  ASSERT_TRUE(receipts.ok()) << receipts.status();
  ASSERT_EQ(receipts->size(), 2u);
  EXPECT_EQ((*receipts)[0].SerializeAsString(), (*receipts)[1].SerializeAsString());
  EXPECT_TRUE(VerifyReceipt(*stores_, (*receipts)[0]).ok());
}

// What is no receipt is refused, and so is a folder without a store.
TEST_F(VerifyTest, NothingToCheckIsAnError) {
  const std::string path = directory_ + "/receipts.json";
  std::ofstream(path) << "[1]\n";
  EXPECT_TRUE(absl::IsInvalidArgument(ReadReceipts(path).status()));
  std::ofstream(path) << "{\"receipt\":" << std::string(300'000, '[') << std::string(300'000, ']') << "}\n";
  EXPECT_TRUE(absl::IsInvalidArgument(ReadReceipts(path).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ReadReceipts(directory_ + "/none.json").status()));
  Stores none(directory_ + "/none");
  EXPECT_TRUE(absl::IsNotFound(VerifyStores(none, [](absl::string_view, int64_t) {}).status()));
}

}  // namespace
}  // namespace giaoban::cli
