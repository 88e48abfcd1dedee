#include "services/directory/log_in.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/directory/address.h"
#include "services/directory/one_time_code.h"
#include "services/directory/password.h"
#include "services/shared/journal/signer.h"
#include "services/shared/runtime/status.h"

namespace giaoban::directory {
namespace {

using runtime::AccessEvent;
using runtime::Caller;

constexpr char kService[] = "/giaoban.directory.v1.AccountService/";

// The one answer to everybody who is not let in.
absl::Status Refused() {
  return runtime::Error(absl::StatusCode::kUnauthenticated, "the user name, the password or the one-time code is wrong",
                        {.reason = "CREDENTIALS", .vietnamese = "Tên đăng nhập, mật khẩu hoặc mã một lần không đúng."});
}

absl::Status Delayed(absl::Duration wait) {
  const auto seconds = static_cast<int64_t>(std::ceil(absl::ToDoubleSeconds(wait)));
  return runtime::Error(
      absl::StatusCode::kResourceExhausted,
      absl::StrCat("too many log-ins failed lately; try again in ", seconds, " s"),
      {.reason = "DELAY",
       .vietnamese = absl::StrCat("Đăng nhập sai quá nhiều lần; đề nghị thử lại sau ", seconds, " giây."),
       .retry = absl::Seconds(seconds)});
}

absl::Status MustChange() {
  return runtime::Error(absl::StatusCode::kFailedPrecondition, "the password is an initial one and has to be changed",
                        {.reason = "PASSWORD_CHANGE_REQUIRED",
                         .vietnamese = "Mật khẩu này là mật khẩu ban đầu; phải đổi mật khẩu trước khi làm việc."});
}

absl::Status Unsuitable(report::v1::Findings faults) {
  return runtime::Error(
      absl::StatusCode::kInvalidArgument, "the new password will not do",
      {.reason = "PASSWORD_UNSUITABLE", .vietnamese = "Mật khẩu mới chưa đạt yêu cầu.", .findings = std::move(faults)});
}

absl::Status NotRecorded() {
  return runtime::Error(absl::StatusCode::kUnavailable, "the log-in could not be recorded in the audit log",
                        {.reason = "NOT_RECORDED",
                         .vietnamese = "Chưa ghi được nhật ký đăng nhập nên chưa thể cho vào; đề nghị thử lại sau."});
}

// Somebody typed this user name at the portal.
Caller Typed(const Caller& portal, const std::string& user, const std::string& address) {
  Caller caller = portal;
  caller.person = user;
  caller.carrier = portal.ToString();
  caller.address = address;
  return caller;
}

// The owner of an account, at the same place.
Caller OwnerOf(const v1::Account& account, Caller typed) {
  typed.role = account.role();
  typed.name = account.role() == contract::v1::ROLE_OPERATOR ? account.user() : account.bloc();
  return typed;
}

}  // namespace

void LogIn::Enter(const Caller& portal, const v1::LogInRequest& request, Done done) {
  Begin(std::make_shared<Trial>(
      Trial{.caller = portal, .method = absl::StrCat(kService, "LogIn"), .request = request, .done = std::move(done)}));
}

void LogIn::ChangePassword(const Caller& portal, const v1::ChangePasswordRequest& request, Done done) {
  report::v1::Findings faults = FaultsOf(request.new_password(), request.log_in().password(), request.log_in().user());
  if (faults.findings_size() > 0) return done(Unsuitable(std::move(faults)));
  Begin(std::make_shared<Trial>(Trial{.caller = portal,
                                      .method = absl::StrCat(kService, "ChangePassword"),
                                      .request = request.log_in(),
                                      .new_password = request.new_password(),
                                      .done = std::move(done)}));
}

void LogIn::Begin(const SharedTrial& trial) {
  const absl::StatusOr<Address> address = ParseAddress(trial->request.address());
  if (!address.ok()) return trial->done(address.status());
  const std::string& user = trial->request.user();
  trial->caller = Typed(trial->caller, user, address->text);
  trial->attempt = {user, address->network, accounts_.Knows(user, address->network)};
  const absl::Duration wait = throttle_.Try(trial->attempt, environment_.clock());
  if (wait > absl::ZeroDuration()) {
    Report(audit::v1::EVENT_KIND_LOG_IN_DELAYED, *trial, "DELAY");
    return trial->done(Delayed(wait));
  }
  const auto line = trial->attempt.known ? PasswordWorker::Line::kKnown : PasswordWorker::Line::kStrangers;
  if (absl::Status status = worker_.Do(line, [this, trial] { Judge(trial); }); !status.ok()) {
    throttle_.TakeBack(trial->attempt);
    trial->done(status);
  }
}

void LogIn::Judge(const SharedTrial& trial) {
  absl::StatusOr<std::optional<Right>> verdict = Compare(trial->request);
  if (!verdict.ok()) {
    throttle_.TakeBack(trial->attempt);
    return trial->done(verdict.status());
  }
  if (!verdict->has_value()) {
    Report(audit::v1::EVENT_KIND_LOG_IN_REFUSED, *trial, "CREDENTIALS");
    return trial->done(Refused());
  }
  throttle_.Succeeded(trial->attempt);
  Accept(trial, **std::move(verdict));
}

absl::StatusOr<std::optional<LogIn::Right>> LogIn::Compare(const v1::LogInRequest& request) {
  absl::StatusOr<Secrets> secrets = accounts_.Read(request.user());
  if (!secrets.ok()) return secrets.status();
  const absl::StatusOr<bool> same = IsPassword(request.password(), secrets->password_hash);
  if (!same.ok()) return same.status();
  environment_.metrics.password_checks.Add({}).Increment();
  std::optional<AccountRecord> record = accounts_.Find(request.user());
  if (!*same || !record || record->account.disabled()) return std::nullopt;
  // Somebody changed them while the hash was computed.
  if (record->secrets_digest != DigestOf(*secrets)) return std::nullopt;
  Right right{*std::move(record), *std::move(secrets), std::nullopt};
  if (!right.secrets.code_secret.empty()) {
    right.code_step =
        MatchingStep(right.secrets.code_secret, request.code(), environment_.clock(), right.secrets.code_step);
    if (!right.code_step) return std::nullopt;
    right.secrets.code_step = *right.code_step;
  }
  return right;
}

void LogIn::Accept(const SharedTrial& trial, Right right) {
  if (right.record.account.password_change_required() && trial->new_password.empty()) {
    Report(audit::v1::EVENT_KIND_LOG_IN_REFUSED, *trial, "PASSWORD_CHANGE_REQUIRED");
    return trial->done(MustChange());
  }
  const absl::StatusOr<bool> noted =
      accounts_.LoggedIn(right.record.account.user(), trial->attempt.network, right.code_step, environment_.clock());
  if (!noted.ok()) return trial->done(noted.status());
  if (!*noted) {
    // The same code came by another process at the same time.
    Report(audit::v1::EVENT_KIND_LOG_IN_REFUSED, *trial, "CREDENTIALS");
    return trial->done(Refused());
  }
  if (trial->new_password.empty()) return LetIn(trial, right.record);
  SetPassword(trial, right);
}

void LogIn::SetPassword(const SharedTrial& trial, const Right& right) {
  absl::StatusOr<std::string> hash = HashPassword(trial->new_password);
  if (!hash.ok()) return trial->done(hash.status());
  const Caller owner = OwnerOf(right.record.account, trial->caller);
  AccountChange change;
  change.event.set_actor(owner.ToString());
  change.event.set_user(owner.person);
  change.event.set_change(v1::ACCOUNT_CHANGE_PASSWORD_CHANGED);
  *change.event.mutable_origin() = owner.Origin();
  change.request_id = journal::Hex(SystemRandomness(16));
  change.secrets = right.secrets;
  change.secrets->password_hash = *std::move(hash);
  change.secrets_digest = right.record.secrets_digest;
  accounts_.Record(std::move(change), [this, trial](absl::StatusOr<Accounts::Recorded> recorded) {
    if (!recorded.ok()) return trial->done(recorded.status());
    LetIn(trial, recorded->record);
  });
}

void LogIn::LetIn(const SharedTrial& trial, const AccountRecord& record) {
  audit::v1::Event event =
      AccessEvent(audit::v1::EVENT_KIND_LOGGED_IN, OwnerOf(record.account, trial->caller), trial->method, "");
  environment_.access_events.Report(std::move(event), [this, trial, record](const absl::Status& recorded) {
    if (!recorded.ok()) return trial->done(NotRecorded());
    trial->done(sessions_.Begin(record, trial->caller.address));
  });
}

absl::StatusOr<v1::SignedStatement> LogIn::Renew(const Caller& portal, const v1::SignedStatement& statement) {
  absl::StatusOr<v1::SignedStatement> renewed = sessions_.Renew(statement);
  if (renewed.ok()) return renewed;
  environment_.access_events.Report(AccessEvent(audit::v1::EVENT_KIND_LOG_IN_REFUSED, portal,
                                                absl::StrCat(kService, "RenewStatement"),
                                                runtime::DetailOf(renewed.status()).reason));
  return renewed;
}

void LogIn::Report(audit::v1::EventKind kind, const Trial& trial, std::string reason) const {
  environment_.access_events.Report(AccessEvent(kind, trial.caller, trial.method, std::move(reason)));
}

}  // namespace giaoban::directory
