#include "services/directory/pending_codes.h"

#include <optional>
#include <utility>

#include "services/directory/one_time_code.h"
#include "services/shared/runtime/status.h"

namespace giaoban::directory {

void PendingCodes::Begin(const std::string& user, std::string secret, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  pending_[user] = {std::move(secret), now};
}

absl::StatusOr<PendingCodes::Confirmed> PendingCodes::Confirm(const std::string& user, const std::string& code,
                                                              absl::Time now) const {
  absl::MutexLock lock(&mutex_);
  const auto found = pending_.find(user);
  if (found == pending_.end() || now - found->second.given >= kLife) {
    return runtime::Error(absl::StatusCode::kFailedPrecondition, "no secret was given within the last ten minutes",
                          {.reason = "CODE_NOT_BEGUN",
                           .vietnamese = "Chưa tạo khoá mã một lần trong mười phút qua; đề nghị làm lại từ đầu."});
  }
  const std::optional<int64_t> step = MatchingStep(found->second.secret, code, now, 0);
  if (!step) {
    return runtime::Error(
        absl::StatusCode::kInvalidArgument, "the code is not of the secret given last",
        {.reason = "CODE_WRONG",
         .vietnamese = "Mã không đúng với khoá vừa tạo; đề nghị kiểm tra giờ của thiết bị và nhập lại."});
  }
  return Confirmed{found->second.secret, *step};
}

void PendingCodes::End(const std::string& user) {
  absl::MutexLock lock(&mutex_);
  pending_.erase(user);
}

}  // namespace giaoban::directory
