#include "services/directory/sessions.h"

#include <algorithm>
#include <utility>

#include "google/protobuf/util/time_util.h"
#include "services/directory/password.h"
#include "services/shared/journal/signer.h"
#include "services/shared/runtime/status.h"

namespace giaoban::directory {
namespace {

using google::protobuf::util::TimeUtil;

constexpr size_t kSessionBytes = 16;

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  return TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

absl::Time EndOf(const v1::Statement& statement) {
  return absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(statement.session_time())) + kSessionLife;
}

absl::Status Ended() {
  return runtime::Error(absl::StatusCode::kUnauthenticated, "the session has ended",
                        {.reason = "SESSION", .vietnamese = "Phiên làm việc đã kết thúc; đề nghị đăng nhập lại."});
}

}  // namespace

v1::SignedStatement Sessions::Begin(const AccountRecord& record, const std::string& address) const {
  const v1::Account& account = record.account;
  v1::Statement statement;
  statement.set_user(account.user());
  statement.set_role(account.role());
  statement.set_name(account.role() == contract::v1::ROLE_OPERATOR ? account.user() : account.bloc());
  statement.set_session(journal::Hex(SystemRandomness(kSessionBytes)));
  *statement.mutable_session_time() = ToTimestamp(environment_.clock());
  statement.set_address(address);
  statement.set_account_position(record.sessions_since);
  return Sign(std::move(statement));
}

v1::SignedStatement Sessions::Sign(v1::Statement statement) const {
  const absl::Time now = environment_.clock();
  *statement.mutable_issue_time() = ToTimestamp(now);
  *statement.mutable_expire_time() = ToTimestamp(std::min(now + runtime::kStatementLife, EndOf(statement)));
  return key_.Sign(statement);
}

absl::StatusOr<v1::SignedStatement> Sessions::Renew(const v1::SignedStatement& signed_statement) const {
  absl::StatusOr<v1::Statement> statement = environment_.statement_keys.Verify(signed_statement, environment_.clock());
  if (!statement.ok()) return statement.status();
  const absl::StatusOr<AccountRecord> record = AccountOf(signed_statement, *statement);
  if (!record.ok()) return record.status();
  return Sign(*std::move(statement));
}

absl::StatusOr<AccountRecord> Sessions::AccountOf(const v1::SignedStatement& signed_statement,
                                                  const v1::Statement& statement) const {
  std::optional<AccountRecord> record = accounts_.Find(statement.user());
  const bool goes_on =
      record && !record->account.disabled() && record->sessions_since == statement.account_position() &&
      environment_.clock() < EndOf(statement) && environment_.statement_keys.IsInUse(signed_statement.key_id());
  if (!goes_on) return Ended();
  return *std::move(record);
}

}  // namespace giaoban::directory
