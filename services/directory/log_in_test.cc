// Goal: who knows the password and the code of now is let in, once the audit log says so; nobody else learns anything,
// whatever was wrong; sessions end when they must.
#include "services/directory/log_in.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "services/directory/one_time_code.h"
#include "services/directory/password.h"
#include "services/shared/runtime/status.h"
#include "services/shared/runtime/test_environment.h"

namespace giaoban::directory {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const runtime::Caller kPortal{{contract::v1::ROLE_PORTAL, "web"}};
const char kPassword[] = "mật khẩu của Lan";
const char kNewPassword[] = "một mật khẩu khác";
const char kHome[] = "192.0.2.1";

class LogInTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "/log-in-" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    process_.access_events.Listen([this](const audit::v1::Event& event, runtime::AccessEvents::Recorded recorded) {
      events_.push_back(absl::StrCat(audit::v1::EventKind_Name(event.kind()).substr(11), " ", event.actor(), " ",
                                     event.origin().person(), " ", event.origin().carrier(), " ",
                                     event.origin().address(), " ", event.reason()));
      if (recorded) recorded(audit_);
    });
    const runtime::Environment environment = process_.Get(folder_, [this] { return now_; });
    register_ = Register::Open(environment).value();
    accounts_ = Accounts::Open(register_->store(), register_->journal()).value();
    key_ = StatementKey::Open(*register_, environment).value();
    sessions_ = std::make_unique<Sessions>(*accounts_, *key_, environment);
    worker_ = std::make_unique<PasswordWorker>(process_.limits, process_.metrics);
    log_in_ = std::make_unique<LogIn>(*accounts_, *sessions_, *worker_, environment);
    Change("lan", v1::ACCOUNT_CHANGE_CREATED, Secrets{.password_hash = HashPassword(kPassword).value()});
  }
  void TearDown() override { worker_.reset(); }

  void Change(const std::string& user, v1::AccountChange what, std::optional<Secrets> secrets = std::nullopt) {
    AccountChange change;
    change.event.set_actor("operator/van-hanh");
    change.event.set_user(user);
    change.event.set_change(what);
    if (what == v1::ACCOUNT_CHANGE_CREATED) {
      change.event.set_role(contract::v1::ROLE_OFFICE);
      change.event.set_bloc("quang-ninh");
    }
    change.request_id = absl::StrCat("request-", ++requests_);
    change.secrets = std::move(secrets);
    absl::Notification recorded;
    accounts_->Record(std::move(change), [&](const absl::StatusOr<Accounts::Recorded>& outcome) {
      EXPECT_TRUE(outcome.ok()) << outcome.status();
      recorded.Notify();
    });
    recorded.WaitForNotification();
  }
  // The account with a password of its owner's own.
  void Settle() { ASSERT_TRUE(ChangePassword(Typed("lan", kPassword), kNewPassword).ok()); }

  static v1::LogInRequest Typed(const std::string& user, const std::string& password,
                                const std::string& address = kHome, const std::string& code = "") {
    v1::LogInRequest request;
    request.set_user(user);
    request.set_password(password);
    request.set_code(code);
    request.set_address(address);
    return request;
  }
  absl::StatusOr<v1::SignedStatement> Await(const std::function<void(LogIn::Done)>& call) {
    absl::StatusOr<v1::SignedStatement> outcome = absl::UnknownError("not called");
    absl::Notification called;
    call([&](absl::StatusOr<v1::SignedStatement> statement) {
      outcome = std::move(statement);
      called.Notify();
    });
    called.WaitForNotification();
    return outcome;
  }
  absl::StatusOr<v1::SignedStatement> Enter(const v1::LogInRequest& request) {
    return Await([&](LogIn::Done done) { log_in_->Enter(kPortal, request, std::move(done)); });
  }
  absl::StatusOr<v1::SignedStatement> ChangePassword(const v1::LogInRequest& request, const std::string& password) {
    v1::ChangePasswordRequest change;
    *change.mutable_log_in() = request;
    change.set_new_password(password);
    return Await([&](LogIn::Done done) { log_in_->ChangePassword(kPortal, change, std::move(done)); });
  }
  absl::StatusOr<v1::Statement> Believed(const v1::SignedStatement& statement) {
    return process_.statement_keys.Verify(statement, now_);
  }
  double Checks() { return process_.metrics.password_checks.Add({}).Value(); }

  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  int requests_ = 0;
  std::string folder_;
  runtime::TestEnvironment process_;
  absl::Status audit_;
  std::vector<std::string> events_;
  std::unique_ptr<Register> register_;
  std::unique_ptr<Accounts> accounts_;
  std::unique_ptr<StatementKey> key_;
  std::unique_ptr<Sessions> sessions_;
  std::unique_ptr<PasswordWorker> worker_;
  std::unique_ptr<LogIn> log_in_;
};

TEST_F(LogInTest, AnInitialPasswordHasToBeChanged) {
  const auto refused = Enter(Typed("lan", kPassword));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(runtime::DetailOf(refused.status()).reason, "PASSWORD_CHANGE_REQUIRED");
  const auto changed = ChangePassword(Typed("lan", kPassword), kNewPassword);
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_TRUE(Believed(*changed).ok());
  now_ += absl::Minutes(1);
  EXPECT_FALSE(Enter(Typed("lan", kPassword)).ok()) << "the initial one is gone";
  now_ += absl::Minutes(1);
  EXPECT_TRUE(Enter(Typed("lan", kNewPassword)).ok());
  EXPECT_THAT(events_, ElementsAre("LOG_IN_REFUSED portal/web lan portal/web 192.0.2.1 PASSWORD_CHANGE_REQUIRED",
                                   "LOGGED_IN office/quang-ninh lan portal/web 192.0.2.1 ",
                                   "LOG_IN_REFUSED portal/web lan portal/web 192.0.2.1 CREDENTIALS",
                                   "LOGGED_IN office/quang-ninh lan portal/web 192.0.2.1 "));
}

TEST_F(LogInTest, TheStatementSaysWho) {
  Settle();
  now_ += absl::Seconds(1);
  const auto entered = Enter(Typed("lan", kNewPassword, "::ffff:192.0.2.9"));
  ASSERT_TRUE(entered.ok()) << entered.status();
  const auto statement = Believed(*entered);
  ASSERT_TRUE(statement.ok()) << statement.status();
  EXPECT_EQ(statement->user(), "lan");
  EXPECT_EQ(statement->role(), contract::v1::ROLE_OFFICE);
  EXPECT_EQ(statement->name(), "quang-ninh");
  EXPECT_EQ(statement->address(), "192.0.2.9");
  EXPECT_EQ(statement->session().size(), 32U);
  EXPECT_EQ(statement->session_time().seconds(), absl::ToUnixSeconds(now_));
  EXPECT_EQ(statement->expire_time().seconds() - statement->issue_time().seconds(), 300);
}

// The same answer to the last byte, after one look at the database and one hash each.
TEST_F(LogInTest, WhateverWasWrongTheAnswerIsTheSame) {
  Settle();
  Change("mai", v1::ACCOUNT_CHANGE_CREATED, Secrets{.password_hash = HashPassword(kPassword).value()});
  Change("mai", v1::ACCOUNT_CHANGE_DISABLED);
  Change("ha", v1::ACCOUNT_CHANGE_CREATED,
         Secrets{.password_hash = HashPassword(kPassword).value(), .code_secret = "12345678901234567890"});
  const double checks = Checks();
  std::vector<std::string> answers;
  int number = 0;
  for (const v1::LogInRequest& request :
       {Typed("lan", kPassword), Typed("nobody", kPassword), Typed("mai", kPassword), Typed("mai", "wrong"),
        Typed("ha", kPassword, kHome, "000000"), Typed("ha", kPassword), Typed("", ""),
        Typed("lan", std::string(100'000, 'x')), Typed(std::string(100'000, 'x'), kPassword)}) {
    v1::LogInRequest elsewhere = request;
    elsewhere.set_address(absl::StrCat("198.51.100.", ++number));
    const auto refused = Enter(elsewhere);
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnauthenticated);
    const grpc::Status left = runtime::ToGrpc(refused.status());
    answers.push_back(absl::StrCat(left.error_message(), left.error_details()));
    EXPECT_EQ(Checks(), checks + number);
  }
  EXPECT_THAT(answers, ::testing::Each(answers.front()));
}

TEST_F(LogInTest, OneTimeCodesCountOnce) {
  Settle();
  Secrets secrets = accounts_->Read("lan").value();
  secrets.code_secret = "12345678901234567890";
  Change("lan", v1::ACCOUNT_CHANGE_CODE_ENABLED, secrets);
  const std::string code = CodeOf(secrets.code_secret, StepOf(now_));
  EXPECT_TRUE(Enter(Typed("lan", kNewPassword, kHome, code)).ok());
  EXPECT_EQ(Enter(Typed("lan", kNewPassword, kHome, code)).status().code(), absl::StatusCode::kUnauthenticated);
  now_ += absl::Seconds(30);
  EXPECT_EQ(Enter(Typed("lan", kNewPassword, kHome)).status().code(), absl::StatusCode::kUnauthenticated);
  now_ += absl::Seconds(30);
  EXPECT_TRUE(Enter(Typed("lan", kNewPassword, kHome, CodeOf(secrets.code_secret, StepOf(now_)))).ok());
}

TEST_F(LogInTest, AFailureIsFollowedByADelayThatSaysHowLong) {
  EXPECT_EQ(Enter(Typed("lan", "wrong")).status().code(), absl::StatusCode::kUnauthenticated);
  const double checks = Checks();
  const auto delayed = Enter(Typed("lan", kPassword));
  EXPECT_EQ(delayed.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(runtime::DetailOf(delayed.status()).retry, absl::Seconds(1));
  EXPECT_THAT(runtime::DetailOf(delayed.status()).vietnamese, HasSubstr("sau 1 giây"));
  EXPECT_EQ(Checks(), checks) << "nothing was looked at";
  EXPECT_EQ(events_.back(), "LOG_IN_DELAYED portal/web lan portal/web 192.0.2.1 DELAY");
  EXPECT_EQ(Enter(Typed("lan", kPassword, "192.0.2.2")).status().code(), absl::StatusCode::kFailedPrecondition)
      << "another address does not wait";
}

TEST_F(LogInTest, StrangersDoNotHoldUpTheOwnerAfterARestartEither) {
  Settle();
  for (int restart = 0; restart < 2; ++restart) {
    for (int i = 0; i < 12; ++i) {
      EXPECT_FALSE(Enter(Typed("lan", "wrong", absl::StrCat("198.51.100.", i))).ok());
    }
    EXPECT_EQ(Enter(Typed("lan", kNewPassword, "198.51.100.99")).status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_TRUE(Enter(Typed("lan", kNewPassword)).ok());
    worker_ = std::make_unique<PasswordWorker>(process_.limits, process_.metrics);
    accounts_ = Accounts::Open(register_->store(), register_->journal()).value();
    const runtime::Environment environment = process_.Get(folder_, [this] { return now_; });
    sessions_ = std::make_unique<Sessions>(*accounts_, *key_, environment);
    log_in_ = std::make_unique<LogIn>(*accounts_, *sessions_, *worker_, environment);
  }
}

TEST_F(LogInTest, NobodyIsLetInWithoutTheAuditLog) {
  Settle();
  audit_ = absl::UnavailableError("no space");
  const auto refused = Enter(Typed("lan", kNewPassword));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(runtime::DetailOf(refused.status()).reason, "NOT_RECORDED");
}

TEST_F(LogInTest, AnUnsuitablePasswordIsRefusedWithEveryFault) {
  const double checks = Checks();
  const auto refused = ChangePassword(Typed("lan", "lan"), "lan");
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(runtime::DetailOf(refused.status()).findings.findings_size(), 4);
  EXPECT_EQ(Checks(), checks);
  EXPECT_TRUE(events_.empty());
}

TEST_F(LogInTest, AnAddressHasToBeOne) {
  EXPECT_EQ(Enter(Typed("lan", kPassword, "localhost")).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(LogInTest, ASessionIsRenewedForTwelveHours) {
  Settle();
  auto statement = Enter(Typed("lan", kNewPassword));
  ASSERT_TRUE(statement.ok()) << statement.status();
  const std::string session = Believed(*statement)->session();
  for (const absl::Time end = now_ + kSessionLife; now_ < end - absl::Minutes(4);) {
    now_ += absl::Minutes(4);
    statement = log_in_->Renew(kPortal, *statement);
    ASSERT_TRUE(statement.ok()) << statement.status();
    EXPECT_EQ(Believed(*statement)->session(), session);
  }
  now_ += absl::Minutes(4);
  EXPECT_EQ(log_in_->Renew(kPortal, *statement).status().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(LogInTest, AStatementThatHasExpiredIsNotRenewed) {
  Settle();
  const auto statement = Enter(Typed("lan", kNewPassword));
  now_ += absl::Minutes(5);
  EXPECT_EQ(runtime::DetailOf(log_in_->Renew(kPortal, *statement).status()).reason, "STATEMENT");
}

TEST_F(LogInTest, WhatHappensToTheAccountEndsItsSessions) {
  Settle();
  const Secrets secrets = accounts_->Read("lan").value();
  const auto ends = [&](const std::function<void()>& what) {
    const auto statement = Enter(Typed("lan", kNewPassword));
    EXPECT_TRUE(log_in_->Renew(kPortal, *statement).ok());
    what();
    EXPECT_TRUE(Believed(*statement).ok()) << "five minutes";
    const auto renewed = log_in_->Renew(kPortal, *statement);
    return !renewed.ok() && runtime::DetailOf(renewed.status()).reason == "SESSION" &&
           events_.back() == "LOG_IN_REFUSED portal/web    SESSION";
  };
  EXPECT_FALSE(ends([] {}));
  EXPECT_TRUE(ends([&] { Change("lan", v1::ACCOUNT_CHANGE_DISABLED); }));
  EXPECT_EQ(Enter(Typed("lan", kNewPassword)).status().code(), absl::StatusCode::kUnauthenticated);
  Change("lan", v1::ACCOUNT_CHANGE_ENABLED);
  now_ += absl::Minutes(1);
  EXPECT_TRUE(ends([&] {
    Change("lan", v1::ACCOUNT_CHANGE_DISABLED);
    Change("lan", v1::ACCOUNT_CHANGE_ENABLED);
  }));
  EXPECT_TRUE(ends([&] {
    EXPECT_TRUE(ChangePassword(Typed("lan", kNewPassword), "lại một mật khẩu khác").ok());
    Change("lan", v1::ACCOUNT_CHANGE_PASSWORD_CHANGED, secrets);
  }));
  EXPECT_TRUE(ends([&] {
    absl::Notification rotated;
    key_->Rotate(runtime::Caller{{contract::v1::ROLE_OPERATOR, "van-hanh"}}, "rotate-1",
                 [&](const absl::StatusOr<std::string>&) { rotated.Notify(); });
    rotated.WaitForNotification();
  }));
  EXPECT_TRUE(ends([&] { Change("lan", v1::ACCOUNT_CHANGE_RESET, secrets); }));
}

}  // namespace
}  // namespace giaoban::directory
