#include "services/directory/account_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/directory/account_requests.h"
#include "services/directory/accounts.h"
#include "services/directory/log_in.h"
#include "services/directory/one_time_code.h"
#include "services/directory/password.h"
#include "services/directory/password_worker.h"
#include "services/directory/pending_codes.h"
#include "services/directory/sessions.h"
#include "services/directory/statement_key.h"
#include "services/shared/journal/signer.h"
#include "services/shared/runtime/call.h"
#include "services/shared/runtime/fields.h"
#include "services/shared/runtime/page_token.h"

namespace giaoban::directory {
namespace {

using Context = grpc::CallbackServerContext;
using Reactor = grpc::ServerUnaryReactor;

constexpr char kList[] = "accounts";

absl::Status UnknownBloc(const std::string& bloc) {
  return runtime::Error(absl::StatusCode::kFailedPrecondition, absl::StrCat("no bloc '", bloc, "'"),
                        {.reason = "BLOC_UNKNOWN", .vietnamese = absl::StrCat("Không có khối “", bloc, "”.")});
}

absl::Status PasswordNotKept() {
  return runtime::Error(absl::StatusCode::kAlreadyExists,
                        "this request was carried out before, and its password is not kept; reset the account",
                        {.reason = "REQUEST_REPEATED",
                         .vietnamese = "Yêu cầu này đã thực hiện, mật khẩu ban đầu không được lưu; đề nghị đặt lại "
                                       "tài khoản."});
}

absl::Status NoPerson() {
  return runtime::Error(absl::StatusCode::kFailedPrecondition, "one-time codes are for people",
                        {.reason = "NO_PERSON", .vietnamese = "Mã một lần chỉ dành cho người đã đăng nhập."});
}

absl::Status CodesAlready() {
  return runtime::Error(absl::StatusCode::kFailedPrecondition, "one-time codes are asked for already",
                        {.reason = "CODE_ENABLED", .vietnamese = "Tài khoản đã bật mã một lần."});
}

// Who asks for a change of an account, and how that came in.
v1::AccountEvent EventBy(const runtime::Caller& caller, const std::string& user, v1::AccountChange change) {
  v1::AccountEvent event;
  event.set_actor(caller.ToString());
  *event.mutable_origin() = caller.Origin();
  event.set_user(user);
  event.set_change(change);
  return event;
}

// The statement a person's call came with. The access check has believed it.
v1::SignedStatement StatementOf(const Context& context) {
  v1::SignedStatement statement;
  const auto carried = context.client_metadata().find(runtime::kStatementMetadata);
  if (carried != context.client_metadata().end()) {
    statement.ParseFromArray(carried->second.data(), static_cast<int>(carried->second.size()));
  }
  return statement;
}

void End(Reactor* reactor, const absl::Status& status) { reactor->Finish(runtime::ToGrpc(status)); }

class Service final : public v1::AccountService::CallbackService {
 public:
  Service(Register& directory, std::unique_ptr<Accounts> accounts, std::unique_ptr<StatementKey> key,
          const runtime::Environment& environment)
      : register_(directory),
        environment_(environment),
        accounts_(std::move(accounts)),
        key_(std::move(key)),
        sessions_(*accounts_, *key_, environment),
        pending_codes_(directory.store()),
        log_in_(*accounts_, sessions_, worker_, environment),
        worker_(environment.limits, environment.metrics) {}

  Reactor* CreateAccount(Context* context, const v1::CreateAccountRequest* request,
                         v1::CreateAccountResponse* response) override {
    if (absl::Status status = Check(*request); !status.ok()) return runtime::Finish(context, status);
    if (!request->bloc().empty() && !register_.view().HasBloc(request->bloc())) {
      return runtime::Finish(context, UnknownBloc(request->bloc()));
    }
    v1::AccountEvent event = EventBy(runtime::CallerOf(*context), request->user(), v1::ACCOUNT_CHANGE_CREATED);
    event.set_role(request->role());
    event.set_bloc(request->bloc());
    return GivePassword(context, std::move(event), request->request_id(), response);
  }

  Reactor* ResetAccount(Context* context, const v1::ResetAccountRequest* request,
                        v1::ResetAccountResponse* response) override {
    if (absl::Status status = Check(*request); !status.ok()) return runtime::Finish(context, status);
    v1::AccountEvent event = EventBy(runtime::CallerOf(*context), request->user(), v1::ACCOUNT_CHANGE_RESET);
    event.set_reason(request->reason());
    return GivePassword(context, std::move(event), request->request_id(), response);
  }

  Reactor* SetAccountDisabled(Context* context, const v1::SetAccountDisabledRequest* request,
                              v1::SetAccountDisabledResponse* response) override {
    if (absl::Status status = Check(*request); !status.ok()) return runtime::Finish(context, status);
    v1::AccountEvent event = EventBy(runtime::CallerOf(*context), request->user(),
                                     request->disabled() ? v1::ACCOUNT_CHANGE_DISABLED : v1::ACCOUNT_CHANGE_ENABLED);
    event.set_reason(request->reason());
    Reactor* reactor = context->DefaultReactor();
    accounts_->Record({.event = std::move(event), .request_id = request->request_id()},
                      [reactor, response](absl::StatusOr<Accounts::Recorded> recorded) {
                        if (recorded.ok()) *response->mutable_account() = std::move(recorded->record.account);
                        End(reactor, recorded.status());
                      });
    return reactor;
  }

  Reactor* ListAccounts(Context* context, const v1::ListAccountsRequest* request,
                        v1::ListAccountsResponse* response) override {
    const auto size = runtime::PageSize(request->page_size(), environment_.limits, environment_.metrics);
    if (!size.ok()) return runtime::Finish(context, size.status());
    const auto after = runtime::PlaceOf(kList, request->page_token());
    if (!after.ok()) return runtime::Finish(context, after.status());
    const auto limit = static_cast<size_t>(*size);
    auto accounts = accounts_->List(*after, limit + 1);
    if (!accounts.ok()) return runtime::Finish(context, accounts.status());
    const bool more = accounts->size() > limit;
    if (more) accounts->pop_back();
    if (more) response->set_next_page_token(runtime::PageToken(kList, accounts->back().user()));
    for (v1::Account& account : *accounts) *response->add_accounts() = std::move(account);
    return runtime::Finish(context, absl::OkStatus());
  }

  Reactor* RotateStatementKey(Context* context, const v1::RotateStatementKeyRequest* request,
                              v1::RotateStatementKeyResponse* response) override {
    if (absl::Status status = runtime::CheckRequestId(request->request_id()); !status.ok()) {
      return runtime::Finish(context, status);
    }
    Reactor* reactor = context->DefaultReactor();
    key_->Rotate(runtime::CallerOf(*context), request->request_id(),
                 [reactor, response](absl::StatusOr<std::string> key_id) {
                   if (key_id.ok()) response->set_key_id(*std::move(key_id));
                   End(reactor, key_id.status());
                 });
    return reactor;
  }

  Reactor* LogIn(Context* context, const v1::LogInRequest* request, v1::LogInResponse* response) override {
    Reactor* reactor = context->DefaultReactor();
    log_in_.Enter(runtime::CallerOf(*context), *request, Answer(reactor, response));
    return reactor;
  }

  Reactor* ChangePassword(Context* context, const v1::ChangePasswordRequest* request,
                          v1::ChangePasswordResponse* response) override {
    Reactor* reactor = context->DefaultReactor();
    log_in_.ChangePassword(runtime::CallerOf(*context), *request, Answer(reactor, response));
    return reactor;
  }

  Reactor* RenewStatement(Context* context, const v1::RenewStatementRequest* request,
                          v1::RenewStatementResponse* response) override {
    auto renewed = log_in_.Renew(runtime::CallerOf(*context), request->statement());
    if (renewed.ok()) *response->mutable_statement() = *std::move(renewed);
    return runtime::Finish(context, renewed.status());
  }

  Reactor* BeginOneTimeCode(Context* context, const v1::BeginOneTimeCodeRequest*,
                            v1::BeginOneTimeCodeResponse* response) override {
    const absl::StatusOr<AccountRecord> record = WithoutCodes(*context);
    if (!record.ok()) return runtime::Finish(context, record.status());
    const std::string secret = SystemRandomness(kCodeSecretBytes);
    const absl::Status begun = pending_codes_.Begin(record->account.user(), secret, environment_.clock());
    if (!begun.ok()) return runtime::Finish(context, begun);
    response->set_secret(Base32(secret));
    response->set_uri(CodeUri(record->account.user(), secret));
    return runtime::Finish(context, absl::OkStatus());
  }

  Reactor* ConfirmOneTimeCode(Context* context, const v1::ConfirmOneTimeCodeRequest* request,
                              v1::ConfirmOneTimeCodeResponse*) override {
    const absl::StatusOr<AccountChange> change = EnableCodes(*context, request->code());
    if (!change.ok()) return runtime::Finish(context, change.status());
    Reactor* reactor = context->DefaultReactor();
    accounts_->Record(*change,
                      [this, reactor, user = change->event.user()](const absl::StatusOr<Accounts::Recorded>& recorded) {
                        // What is left behind ends by itself.
                        if (recorded.ok()) pending_codes_.End(user).IgnoreError();
                        End(reactor, recorded.status());
                      });
    return reactor;
  }

 private:
  template <typename Response>
  static LogIn::Done Answer(Reactor* reactor, Response* response) {
    return [reactor, response](absl::StatusOr<v1::SignedStatement> statement) {
      if (statement.ok()) *response->mutable_statement() = *std::move(statement);
      End(reactor, statement.status());
    };
  }

  // Records an event that gives an initial password, and answers with it.
  template <typename Response>
  Reactor* GivePassword(Context* context, v1::AccountEvent event, const std::string& request_id, Response* response) {
    Reactor* reactor = context->DefaultReactor();
    auto work = [this, reactor, response, change = AccountChange{std::move(event), request_id}]() mutable {
      const std::string password = InitialPassword(SystemRandomness);
      absl::StatusOr<std::string> hash = HashPassword(password);
      if (!hash.ok()) return End(reactor, hash.status());
      change.secrets = Secrets{.password_hash = *std::move(hash)};
      accounts_->Record(std::move(change), [reactor, response, password](absl::StatusOr<Accounts::Recorded> recorded) {
        if (!recorded.ok()) return End(reactor, recorded.status());
        if (recorded->replayed) return End(reactor, PasswordNotKept());
        *response->mutable_account() = std::move(recorded->record.account);
        response->set_initial_password(password);
        End(reactor, absl::OkStatus());
      });
    };
    absl::Status status = worker_.Do(PasswordWorker::Line::kKnown, std::move(work));
    if (!status.ok()) End(reactor, status);
    return reactor;
  }

  // The account of the person who calls, which has no one-time codes yet.
  absl::StatusOr<AccountRecord> WithoutCodes(const Context& context) const {
    if (runtime::CallerOf(context).person.empty()) return NoPerson();
    const v1::SignedStatement signed_statement = StatementOf(context);
    v1::Statement statement;
    statement.ParseFromString(signed_statement.statement());
    absl::StatusOr<AccountRecord> record = sessions_.AccountOf(signed_statement, statement);
    if (record.ok() && record->account.one_time_code()) return CodesAlready();
    return record;
  }

  absl::StatusOr<AccountChange> EnableCodes(const Context& context, const std::string& code) {
    const absl::StatusOr<AccountRecord> record = WithoutCodes(context);
    if (!record.ok()) return record.status();
    const std::string& user = record->account.user();
    auto confirmed = pending_codes_.Confirm(user, code, environment_.clock());
    if (!confirmed.ok()) return confirmed.status();
    absl::StatusOr<Secrets> secrets = accounts_->Read(user);
    if (!secrets.ok()) return secrets.status();
    if (DigestOf(*secrets) != record->secrets_digest)
      return absl::InternalError("the account's secrets are not its own");
    AccountChange change{.event = EventBy(runtime::CallerOf(context), user, v1::ACCOUNT_CHANGE_CODE_ENABLED),
                         .request_id = journal::Hex(SystemRandomness(16)),
                         .secrets_digest = record->secrets_digest};
    change.secrets = {secrets->password_hash, std::move(confirmed->secret), confirmed->step};
    return change;
  }

  Register& register_;
  const runtime::Environment environment_;
  const std::unique_ptr<Accounts> accounts_;
  const std::unique_ptr<StatementKey> key_;
  const Sessions sessions_;
  PendingCodes pending_codes_;
  directory::LogIn log_in_;
  // Last: its thread uses what is above.
  PasswordWorker worker_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<v1::AccountService::CallbackService>> OpenAccountService(
    Register& directory, const runtime::Environment& environment) {
  auto accounts = Accounts::Open(directory.store(), directory.journal());
  if (!accounts.ok()) return accounts.status();
  auto key = StatementKey::Open(directory, environment);
  if (!key.ok()) return key.status();
  return std::make_unique<Service>(directory, *std::move(accounts), *std::move(key), environment);
}

}  // namespace giaoban::directory
