#include "services/directory/pending_codes.h"

#include <optional>
#include <utility>

#include "services/directory/account_tables.h"
#include "services/directory/one_time_code.h"
#include "services/shared/runtime/status.h"

namespace giaoban::directory {

absl::Status PendingCodes::Begin(const std::string& user, const std::string& secret, absl::Time now) {
  return store_.Write(kAccountsJournal, [&](storage::Session& session) {
    return WritePendingCode(session, user, {secret, now});
  });
}

absl::StatusOr<PendingCodes::Confirmed> PendingCodes::Confirm(const std::string& user, const std::string& code,
                                                              absl::Time now) const {
  absl::StatusOr<PendingCode> pending = PendingCode{};
  absl::Status status = store_.Read([&](storage::Session& session) {
    pending = ReadPendingCode(session, user);
    return pending.status();
  });
  if (!status.ok()) return status;
  if (pending->secret.empty() || now - pending->given >= kLife) {
    return runtime::Error(absl::StatusCode::kFailedPrecondition, "no secret was given within the last ten minutes",
                          {.reason = "CODE_NOT_BEGUN",
                           .vietnamese = "Chưa tạo khoá mã một lần trong mười phút qua; đề nghị làm lại từ đầu."});
  }
  const std::optional<int64_t> step = MatchingStep(pending->secret, code, now, 0);
  if (!step) {
    return runtime::Error(
        absl::StatusCode::kInvalidArgument, "the code is not of the secret given last",
        {.reason = "CODE_WRONG",
         .vietnamese = "Mã không đúng với khoá vừa tạo; đề nghị kiểm tra giờ của thiết bị và nhập lại."});
  }
  return Confirmed{pending->secret, *step};
}

absl::Status PendingCodes::End(const std::string& user) {
  return store_.Write(kAccountsJournal, [&](storage::Session& session) { return DeletePendingCode(session, user); });
}

}  // namespace giaoban::directory
