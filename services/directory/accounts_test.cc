// Goal: what happened to accounts is in their journal and nowhere else, survives a restart, and secrets that were
// exchanged in the database are not believed.
#include "services/directory/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "services/directory/register.h"
#include "services/shared/runtime/test_environment.h"

namespace giaoban::directory {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AccountsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // Another one each time, for a test that begins anew.
    folder_ = absl::StrCat(::testing::TempDir(), "/accounts-",
                           ::testing::UnitTest::GetInstance()->current_test_info()->name(), ++installations_);
    Close();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    Open();
  }
  void Close() {
    accounts_.reset();
    register_.reset();
  }
  void Open() {
    Close();
    register_ = Register::Open(process_.Get(folder_, [this] { return now_; })).value();
    accounts_ = Accounts::Open(register_->store(), register_->journal()).value();
  }

  static AccountChange Change(const std::string& user, v1::AccountChange what, const std::string& request_id) {
    AccountChange change;
    change.event.set_actor("operator/van-hanh");
    change.event.mutable_origin()->set_address("192.0.2.1");
    change.event.set_user(user);
    change.event.set_change(what);
    change.request_id = request_id;
    return change;
  }
  absl::StatusOr<Accounts::Recorded> Record(AccountChange change) {
    absl::StatusOr<Accounts::Recorded> outcome = absl::UnknownError("not called");
    absl::Notification called;
    accounts_->Record(std::move(change), [&](absl::StatusOr<Accounts::Recorded> recorded) {
      outcome = std::move(recorded);
      called.Notify();
    });
    called.WaitForNotification();
    return outcome;
  }
  absl::StatusOr<Accounts::Recorded> Create(const std::string& user, const std::string& hash = "hash of Lan") {
    AccountChange change = Change(user, v1::ACCOUNT_CHANGE_CREATED, "create-" + user);
    change.event.set_role(contract::v1::ROLE_OFFICE);
    change.event.set_bloc("quang-ninh");
    change.secrets = Secrets{.password_hash = hash};
    return Record(std::move(change));
  }
  absl::Status Execute(absl::string_view sql) {
    return register_->store().Write("", [&](storage::Session& session) { return session.Execute(sql); });
  }
  std::vector<v1::AccountEvent> Events() {
    std::vector<v1::AccountEvent> events;
    const auto entries = register_->journal().Read(kAccountsJournal, 0, 100);
    for (const report::v1::Entry& entry : *entries) events.emplace_back().ParseFromString(entry.body());
    return events;
  }

  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  int installations_ = 0;
  std::string folder_;
  runtime::TestEnvironment process_;
  std::unique_ptr<Register> register_;
  std::unique_ptr<Accounts> accounts_;
};

TEST_F(AccountsTest, TheJournalSaysWhoWhenFromWhereAndWhy) {
  ASSERT_TRUE(Create("lan").ok());
  AccountChange disable = Change("lan", v1::ACCOUNT_CHANGE_DISABLED, "disable-1");
  disable.event.set_reason("nghỉ hưu");
  ASSERT_TRUE(Record(disable).ok());
  const std::vector<v1::AccountEvent> events = Events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].secrets_digest(), DigestOf({.password_hash = "hash of Lan"}));
  EXPECT_EQ(events[1].actor(), "operator/van-hanh");
  EXPECT_EQ(events[1].origin().address(), "192.0.2.1");
  EXPECT_EQ(events[1].time().seconds(), absl::ToUnixSeconds(now_));
  EXPECT_EQ(events[1].reason(), "nghỉ hưu");
  EXPECT_EQ(events[1].secrets_digest(), events[0].secrets_digest()) << "the secrets stay";
  for (const v1::AccountEvent& event : events) {
    EXPECT_FALSE(absl::StrContains(event.SerializeAsString(), "hash of Lan"));
  }
}

TEST_F(AccountsTest, EverythingIsThereAfterARestart) {
  ASSERT_TRUE(Create("lan").ok());
  ASSERT_TRUE(Create("mai").ok());
  ASSERT_TRUE(Record(Change("mai", v1::ACCOUNT_CHANGE_DISABLED, "disable-1")).ok());
  ASSERT_TRUE(accounts_->LoggedIn("lan", "192.0.2.1", std::nullopt, now_).ok());
  const std::string before = accounts_->Find("lan")->account.SerializeAsString();
  Open();
  EXPECT_EQ(accounts_->Find("lan")->account.SerializeAsString(), before);
  EXPECT_EQ(accounts_->List("", 1).value().front().log_in_time().seconds(), absl::ToUnixSeconds(now_));
  EXPECT_TRUE(accounts_->Find("lan")->account.password_change_required());
  EXPECT_EQ(accounts_->Find("lan")->sessions_since, 1);
  EXPECT_TRUE(accounts_->Find("mai")->account.disabled());
  EXPECT_EQ(accounts_->Find("mai")->sessions_since, 3);
  EXPECT_EQ(accounts_->Read("lan")->password_hash, "hash of Lan");
  EXPECT_TRUE(accounts_->Knows("lan", "192.0.2.1"));
  EXPECT_FALSE(accounts_->Knows("mai", "192.0.2.1"));
}

TEST_F(AccountsTest, AChangeIsAnsweredWithWhenSomebodyLastLoggedIn) {
  EXPECT_FALSE(Create("lan")->record.account.has_log_in_time());
  ASSERT_TRUE(accounts_->LoggedIn("lan", "192.0.2.1", std::nullopt, now_).ok());
  ASSERT_TRUE(accounts_->LoggedIn("lan", "192.0.2.2", std::nullopt, now_ + absl::Hours(1)).ok());
  const auto disabled = Record(Change("lan", v1::ACCOUNT_CHANGE_DISABLED, "disable-1"));
  EXPECT_EQ(disabled->record.account.log_in_time().seconds(), absl::ToUnixSeconds(now_ + absl::Hours(1)));
}

TEST_F(AccountsTest, NamesAreNeverUsedAgain) {
  ASSERT_TRUE(Create("lan").ok());
  AccountChange again = Change("lan", v1::ACCOUNT_CHANGE_CREATED, "another request");
  again.secrets = Secrets{.password_hash = "another hash"};
  EXPECT_EQ(Record(again).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(accounts_->Read("lan")->password_hash, "hash of Lan");
  EXPECT_EQ(Record(Change("mai", v1::ACCOUNT_CHANGE_RESET, "reset-mai")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Events().size(), 1U);
}

TEST_F(AccountsTest, ARepeatedRequestDoesNothingNew) {
  ASSERT_FALSE(Create("lan")->replayed);
  const auto again = Create("lan", "a hash made anew");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(accounts_->Read("lan")->password_hash, "hash of Lan");
}

TEST_F(AccountsTest, AChangeOfOtherSecretsThanWereSeenIsRefused) {
  const std::string seen = Create("lan")->record.secrets_digest;
  AccountChange reset = Change("lan", v1::ACCOUNT_CHANGE_RESET, "reset-lan");
  reset.secrets = Secrets{.password_hash = "initial"};
  ASSERT_TRUE(Record(reset).ok());
  AccountChange own = Change("lan", v1::ACCOUNT_CHANGE_PASSWORD_CHANGED, "change-lan");
  own.secrets = Secrets{.password_hash = "of somebody who knew the one before"};
  own.secrets_digest = seen;
  EXPECT_EQ(Record(own).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(accounts_->Read("lan")->password_hash, "initial");
}

// What ends sessions, what does not, and what an account looks like after each change.
TEST_F(AccountsTest, ChangesAreFolded) {
  ASSERT_TRUE(Create("lan").ok());
  const auto after = [&](v1::AccountChange what) {
    const auto recorded = Record(Change("lan", what, absl::StrCat("request-", Events().size())));
    const v1::Account& account = recorded->record.account;
    return absl::StrCat(account.disabled() ? "disabled " : "", account.password_change_required() ? "initial " : "",
                        account.one_time_code() ? "codes " : "", recorded->record.sessions_since);
  };
  EXPECT_EQ(after(v1::ACCOUNT_CHANGE_PASSWORD_CHANGED), "2");
  EXPECT_EQ(after(v1::ACCOUNT_CHANGE_CODE_ENABLED), "codes 2");
  EXPECT_EQ(after(v1::ACCOUNT_CHANGE_DISABLED), "disabled codes 4");
  EXPECT_EQ(after(v1::ACCOUNT_CHANGE_ENABLED), "codes 4");
  EXPECT_EQ(after(v1::ACCOUNT_CHANGE_RESET), "initial 6");
}

// With the hash of a password one knows put in the place of the account's own, or its codes taken away.
TEST_F(AccountsTest, ExchangedSecretsAreNotBelieved) {
  for (const char* exchange : {"UPDATE account_secrets SET password_hash = 'another'",
                               "UPDATE account_secrets SET code_secret = ''", "DELETE FROM account_secrets"}) {
    SetUp();
    AccountChange create = Change("lan", v1::ACCOUNT_CHANGE_CREATED, "create-lan");
    create.secrets = Secrets{.password_hash = "hash", .code_secret = "secret"};
    ASSERT_TRUE(Record(create).ok());
    ASSERT_EQ(accounts_->Read("lan")->password_hash, "hash");
    const absl::Status exchanged = Execute(exchange);
    ASSERT_TRUE(exchanged.ok()) << exchanged;
    ::testing::internal::CaptureStderr();
    const auto secrets = accounts_->Read("lan");
    EXPECT_THAT(::testing::internal::GetCapturedStderr(),
                HasSubstr("the secrets of an account are not those its journal says"));
    ASSERT_TRUE(secrets.ok()) << secrets.status();
    EXPECT_EQ(secrets->password_hash + secrets->code_secret, "") << exchange;
  }
}

TEST_F(AccountsTest, SecretsOfNobodyAreEmpty) {
  ASSERT_TRUE(Execute("INSERT INTO account_secrets VALUES ('mai', 'hash', '', 0)").ok());
  EXPECT_EQ(accounts_->Read("mai")->password_hash, "");
  EXPECT_EQ(accounts_->Read("nobody")->password_hash, "");
}

TEST_F(AccountsTest, ACodesStepOnlyGrows) {
  ASSERT_TRUE(Create("lan").ok());
  for (const int64_t step : {7, 9, 8}) ASSERT_TRUE(accounts_->LoggedIn("lan", "192.0.2.1", step, now_).ok());
  EXPECT_EQ(accounts_->Read("lan")->code_step, 9);
}

TEST_F(AccountsTest, TheLastEightNetworksAreKnown) {
  ASSERT_TRUE(Create("lan").ok());
  const auto log_in = [&](int network) {
    now_ += absl::Seconds(1);
    ASSERT_TRUE(accounts_->LoggedIn("lan", absl::StrCat("192.0.2.", network), std::nullopt, now_).ok());
  };
  for (int network = 0; network < 8; ++network) log_in(network);
  log_in(0);
  log_in(8);
  for (const bool restarted : {false, true}) {
    if (restarted) Open();
    EXPECT_TRUE(accounts_->Knows("lan", "192.0.2.0")) << restarted;
    EXPECT_FALSE(accounts_->Knows("lan", "192.0.2.1")) << restarted;
    EXPECT_TRUE(accounts_->Knows("lan", "192.0.2.2")) << restarted;
    EXPECT_TRUE(accounts_->Knows("lan", "192.0.2.8")) << restarted;
  }
}

TEST_F(AccountsTest, AreListedByName) {
  for (const char* user : {"mai", "lan", "an.binh"}) ASSERT_TRUE(Create(user).ok());
  const auto names = [&](const std::string& after, size_t limit) {
    std::vector<std::string> users;
    const auto listed = accounts_->List(after, limit);
    for (const v1::Account& account : *listed) users.push_back(account.user());
    return users;
  };
  EXPECT_THAT(names("", 2), ElementsAre("an.binh", "lan"));
  EXPECT_THAT(names("lan", 2), ElementsAre("mai"));
}

// The directory's feed, which every service may follow, has none of it.
TEST_F(AccountsTest, TheJournalIsHandedOutToNobody) {
  ASSERT_TRUE(Create("lan").ok());
  const auto feed = register_->Follow(0);
  EXPECT_FALSE(feed->Next()->has_value());
  bool woken = false;
  feed->OnMore([&] { woken = true; });
  ASSERT_TRUE(Create("mai").ok());
  EXPECT_FALSE(woken);
  EXPECT_FALSE(feed->Next()->has_value());
}

}  // namespace
}  // namespace giaoban::directory
