// Goal: a key is published before it signs, whatever happens in between, and the next one takes its place at once.
#include "services/directory/statement_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>
#include <sys/stat.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "services/shared/journal/key_file.h"
#include "services/shared/runtime/test_environment.h"

namespace giaoban::directory {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const runtime::Caller kOperator{{contract::v1::ROLE_OPERATOR, "van-hanh"}};

class StatementKeyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        ::testing::TempDir() + "/statement-key-" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    ASSERT_TRUE(Open().ok());
  }
  // A start of the directory.
  absl::Status Open() {
    key_.reset();
    register_.reset();
    process_ = std::make_unique<runtime::TestEnvironment>();
    const runtime::Environment environment = process_->Get(folder_, [this] { return now_; });
    register_ = Register::Open(environment).value();
    auto key = StatementKey::Open(*register_, environment);
    if (!key.ok()) return key.status();
    key_ = *std::move(key);
    return absl::OkStatus();
  }
  absl::StatusOr<std::string> Rotate(const std::string& request_id) {
    absl::StatusOr<std::string> outcome = absl::UnknownError("not called");
    absl::Notification called;
    key_->Rotate(kOperator, request_id, [&](absl::StatusOr<std::string> key_id) {
      outcome = std::move(key_id);
      called.Notify();
    });
    called.WaitForNotification();
    return outcome;
  }
  v1::SignedStatement Signed() const {
    v1::Statement statement;
    statement.set_user("van-phong");
    statement.set_role(contract::v1::ROLE_OFFICE);
    statement.mutable_issue_time()->set_seconds(absl::ToUnixSeconds(now_));
    statement.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(now_) + 300);
    return key_->Sign(statement);
  }
  bool Believed(const v1::SignedStatement& statement) const {
    return process_->statement_keys.Verify(statement, now_).ok();
  }
  // Who published keys, in order.
  std::vector<std::string> Published() const {
    std::vector<std::string> actors;
    const auto feed = register_->Follow(0);
    for (auto entry = feed->Next(); entry->has_value(); entry = feed->Next()) {
      v1::Event event;
      event.ParseFromString((*entry)->body());
      EXPECT_TRUE(event.has_statement_key());
      actors.push_back(event.actor());
    }
    return actors;
  }
  static std::string NewSecret() {
    std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0'), secret(crypto_sign_SECRETKEYBYTES, '\0');
    crypto_sign_keypair(reinterpret_cast<unsigned char*>(public_key.data()),
                        reinterpret_cast<unsigned char*>(secret.data()));
    return secret;
  }
  std::string File() const { return folder_ + "/statement.key"; }

  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  std::string folder_;
  std::unique_ptr<runtime::TestEnvironment> process_;
  std::unique_ptr<Register> register_;
  std::unique_ptr<StatementKey> key_;
};

TEST_F(StatementKeyTest, IsMadeAndPublishedOnce) {
  struct stat about = {};
  ASSERT_EQ(stat(File().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
  const v1::SignedStatement statement = Signed();
  ASSERT_TRUE(Believed(statement));
  ASSERT_TRUE(Open().ok());
  EXPECT_TRUE(Believed(statement)) << "the same key after a restart";
  EXPECT_TRUE(process_->statement_keys.IsInUse(statement.key_id()));
  EXPECT_THAT(Published(), ElementsAre("service/directory"));
}

TEST_F(StatementKeyTest, ANewKeySignsAtOnceAndTheOldOneEnds) {
  const v1::SignedStatement before = Signed();
  const auto key_id = Rotate("rotate-1");
  ASSERT_TRUE(key_id.ok()) << key_id.status();
  EXPECT_EQ(Signed().key_id(), *key_id);
  EXPECT_TRUE(Believed(Signed()));
  EXPECT_TRUE(Believed(before)) << "until it expires";
  EXPECT_FALSE(process_->statement_keys.IsInUse(before.key_id()));
  EXPECT_THAT(Published(), ElementsAre("service/directory", "operator/van-hanh"));
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Signed().key_id(), *key_id);
  EXPECT_THAT(Published(), ElementsAre("service/directory", "operator/van-hanh"));
}

// Between the file and the journal: as after a kill there.
TEST_F(StatementKeyTest, AKeyThatWasNotPublishedIsAtTheNextStart) {
  const std::string first = folder_ + "/first";
  std::filesystem::copy_file(File(), first);
  for (const bool made_before : {false, true}) {
    std::filesystem::remove(File());
    // A key nobody has heard of is what an interrupted rotation leaves.
    if (made_before) {
      ASSERT_TRUE(journal::WriteSecret(File(), NewSecret()).ok());
    }
    ASSERT_TRUE(Open().ok());
    EXPECT_TRUE(Believed(Signed()));
  }
  EXPECT_THAT(Published(), ElementsAre("service/directory", "service/directory", "service/directory"));
  std::filesystem::copy_file(first, File(), std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(std::string(Open().message()), HasSubstr("was in use before")) << "it would sign what nobody believes";
}

TEST_F(StatementKeyTest, ARepetitionChangesNothing) {
  const auto key_id = Rotate("rotate-1");
  ASSERT_TRUE(key_id.ok()) << key_id.status();
  EXPECT_EQ(Rotate("rotate-1").status().code(), absl::StatusCode::kAlreadyExists);
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Signed().key_id(), *key_id);
  EXPECT_EQ(Published().size(), 2U);
}

// Both get the same key, which is used.
TEST_F(StatementKeyTest, RotationsAtTheSameTimeAgree) {
  std::vector<std::string> key_ids(2);
  absl::Notification called[2];
  for (int i = 0; i < 2; ++i) {
    key_->Rotate(kOperator, absl::StrCat("rotate-", i), [&, i](absl::StatusOr<std::string> key_id) {
      key_ids[static_cast<size_t>(i)] = key_id.value_or("");
      called[i].Notify();
    });
  }
  for (const absl::Notification& each : called) each.WaitForNotification();
  EXPECT_EQ(Signed().key_id(), key_ids[1]);
  EXPECT_TRUE(Believed(Signed()));
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Signed().key_id(), key_ids[1]);
}

}  // namespace
}  // namespace giaoban::directory
