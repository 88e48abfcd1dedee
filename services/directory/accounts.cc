#include "services/directory/accounts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "services/directory/account_tables.h"
#include "services/shared/runtime/log.h"
#include "services/shared/runtime/status.h"

namespace giaoban::directory {
namespace {

using google::protobuf::util::TimeUtil;

absl::Status Taken(const std::string& user) {
  return runtime::Error(
      absl::StatusCode::kAlreadyExists, absl::StrCat("the user name '", user, "' is or was taken"),
      {.reason = "ACCOUNT_EXISTS",
       .vietnamese = absl::StrCat("Tên đăng nhập “", user, "” đã được dùng; đề nghị chọn tên khác.")});
}

absl::Status Unknown(const std::string& user) {
  return runtime::Error(absl::StatusCode::kNotFound, absl::StrCat("no account '", user, "'"),
                        {.reason = "ACCOUNT_UNKNOWN", .vietnamese = absl::StrCat("Không có tài khoản “", user, "”.")});
}

absl::Status ChangedMeanwhile() {
  return runtime::Error(absl::StatusCode::kAborted, "the account was changed meanwhile",
                        {.reason = "ACCOUNT_CHANGED", .vietnamese = "Tài khoản vừa được thay đổi; đề nghị làm lại."});
}

// What a repetition must have in common with the request it repeats.
std::string RequestDigest(v1::AccountEvent event) {
  event.clear_origin();
  return journal::Sha256({event.SerializeAsString()});
}

bool EndsSessions(v1::AccountChange change) {
  return change != v1::ACCOUNT_CHANGE_ENABLED && change != v1::ACCOUNT_CHANGE_CODE_ENABLED;
}

void ApplyTo(v1::Account& account, const v1::AccountEvent& event) {
  switch (event.change()) {
    case v1::ACCOUNT_CHANGE_CREATED:
      account.set_user(event.user());
      account.set_role(event.role());
      account.set_bloc(event.bloc());
      *account.mutable_create_time() = event.time();
      account.set_password_change_required(true);
      break;
    case v1::ACCOUNT_CHANGE_RESET:
      account.set_password_change_required(true);
      account.set_one_time_code(false);
      break;
    case v1::ACCOUNT_CHANGE_DISABLED:
    case v1::ACCOUNT_CHANGE_ENABLED:
      account.set_disabled(event.change() == v1::ACCOUNT_CHANGE_DISABLED);
      break;
    case v1::ACCOUNT_CHANGE_PASSWORD_CHANGED:
      account.set_password_change_required(false);
      break;
    case v1::ACCOUNT_CHANGE_CODE_ENABLED:
      account.set_one_time_code(true);
      break;
    default:
      break;
  }
}

}  // namespace

std::string DigestOf(const Secrets& secrets) {
  return journal::Sha256({secrets.password_hash, absl::string_view("\0", 1), secrets.code_secret});
}

absl::StatusOr<std::unique_ptr<Accounts>> Accounts::Open(storage::Store& store, journal::Journal& journal) {
  if (absl::Status status = MigrateAccountTables(store); !status.ok()) return status;
  std::unique_ptr<Accounts> accounts(new Accounts(store, journal));
  if (absl::Status status = accounts->tail_.CatchUp(); !status.ok()) return status;
  accounts->tail_.Follow();
  return accounts;
}

Accounts::Accounts(storage::Store& store, journal::Journal& journal)
    : store_(store),
      journal_(journal),
      tail_(journal, kAccountsJournal, [this](const report::v1::Entry& entry) { return Apply(entry); }) {}

std::optional<AccountRecord> Accounts::Find(const std::string& user) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = records_.find(user);
  if (found == records_.end()) return std::nullopt;
  return found->second;
}

absl::StatusOr<std::vector<v1::Account>> Accounts::List(const std::string& after, size_t limit) const {
  std::vector<v1::Account> accounts;
  {
    absl::ReaderMutexLock lock(&mutex_);
    for (auto next = records_.upper_bound(after); next != records_.end() && accounts.size() < limit; ++next) {
      accounts.push_back(next->second.account);
    }
  }
  absl::Status status = store_.Read([&](storage::Session& session) {
    absl::Status read;
    for (auto account = accounts.begin(); account != accounts.end() && read.ok(); ++account) {
      read = ReadLogIn(session, *account);
    }
    return read;
  });
  if (!status.ok()) return status;
  return accounts;
}

bool Accounts::Knows(const std::string& user, const std::string& network) const {
  bool known = false;
  absl::Status status =
      store_.Read([&](storage::Session& session) { return FindNetwork(session, user, network, known); });
  return status.ok() && known;
}

absl::StatusOr<Secrets> Accounts::Read(const std::string& user) {
  absl::StatusOr<Secrets> secrets = Secrets{};
  absl::Status status = store_.Read([&](storage::Session& session) {
    secrets = ReadSecrets(session, user);
    return secrets.status();
  });
  // What the journal says is read after them, or a change by another process would look like an exchange.
  if (status.ok()) status = tail_.CatchUp();
  if (!status.ok()) return status;
  const std::string digest = DigestOf(*secrets);
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = records_.find(user);
  if (found == records_.end()) return Secrets{};
  if (found->second.secrets_digest == digest) return secrets;
  if (!changing_.contains(user)) {
    runtime::Log(runtime::Severity::kError, "the secrets of an account are not those its journal says",
                 {{"user", user}});
  }
  return Secrets{};
}

absl::StatusOr<std::string> Accounts::Decide(const AccountChange& change) {
  const std::string& user = change.event.user();
  absl::MutexLock lock(&mutex_);
  const auto found = records_.find(user);
  const bool creates = change.event.change() == v1::ACCOUNT_CHANGE_CREATED;
  if (creates && found != records_.end()) return Taken(user);
  if (!creates && found == records_.end()) return Unknown(user);
  if (!change.secrets_digest.empty() && change.secrets_digest != found->second.secrets_digest) {
    return ChangedMeanwhile();
  }
  if (!change.secrets) return found->second.secrets_digest;
  changing_.insert(user);
  return DigestOf(*change.secrets);
}

void Accounts::Record(AccountChange change, Done done) {
  journal::RequestKey request{.cluster = kAccountsJournal,
                              .scope = change.event.actor(),
                              .id = change.request_id,
                              .digest = RequestDigest(change.event)};
  const std::string user = change.event.user();
  auto decide = [this, change = std::move(change)](storage::Session& session,
                                                   const journal::Slot& slot) mutable -> absl::StatusOr<std::string> {
    if (absl::Status status = tail_.CatchUp(session); !status.ok()) return status;
    absl::StatusOr<std::string> digest = Decide(change);
    if (!digest.ok()) return digest.status();
    if (change.secrets) {
      absl::Status status = WriteSecrets(session, change.event.user(), *change.secrets);
      if (!status.ok()) return status;
    }
    *change.event.mutable_time() = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(slot.time));
    change.event.set_secrets_digest(*std::move(digest));
    return change.event.SerializeAsString();
  };
  journal_.Append(std::move(request), std::move(decide),
                  [this, user, done = std::move(done)](absl::StatusOr<journal::Committed> committed) mutable {
                    done(Take(user, std::move(committed)));
                  });
}

absl::StatusOr<Accounts::Recorded> Accounts::Take(const std::string& user,
                                                  absl::StatusOr<journal::Committed> committed) {
  absl::Status read = tail_.CatchUp();
  Recorded recorded;
  {
    absl::MutexLock lock(&mutex_);
    changing_.erase(user);
    if (!committed.ok()) return committed.status();
    if (read.ok()) recorded = {records_.at(user), committed->replayed};
  }
  if (read.ok()) {
    read = store_.Read([&](storage::Session& session) { return ReadLogIn(session, recorded.record.account); });
  }
  if (!read.ok()) return read;
  return recorded;
}

absl::Status Accounts::Apply(const report::v1::Entry& entry) {
  v1::AccountEvent event;
  if (!event.ParseFromString(entry.body())) {
    return absl::InternalError(absl::StrCat("accounts entry ", entry.position(), " cannot be read"));
  }
  absl::MutexLock lock(&mutex_);
  AccountRecord& record = records_[event.user()];
  ApplyTo(record.account, event);
  record.secrets_digest = event.secrets_digest();
  if (EndsSessions(event.change())) record.sessions_since = entry.position();
  return absl::OkStatus();
}

absl::StatusOr<bool> Accounts::LoggedIn(const std::string& user, const std::string& network,
                                        std::optional<int64_t> code_step, absl::Time now) {
  bool used = true;
  absl::Status status = store_.Write(kAccountsJournal, [&](storage::Session& session) -> absl::Status {
    if (code_step) {
      absl::Status counted = UseStep(session, user, *code_step, used);
      if (!counted.ok() || !used) return counted;
    }
    return WriteNetwork(session, user, network, now, kNetworks);
  });
  if (!status.ok()) return status;
  return used;
}

}  // namespace giaoban::directory
