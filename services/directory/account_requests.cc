#include "services/directory/account_requests.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "services/shared/runtime/status.h"

namespace giaoban::directory {
namespace {

constexpr size_t kUserShortest = 3, kUserLongest = 40;
constexpr int kReasonLimit = 2000;

absl::Status Malformed(absl::string_view english, absl::string_view vietnamese) {
  return runtime::Error(absl::StatusCode::kInvalidArgument, english,
                        {.reason = "REQUEST_MALFORMED", .vietnamese = std::string(vietnamese)});
}

bool IsUserName(absl::string_view user) {
  return user.size() >= kUserShortest && user.size() <= kUserLongest && absl::ascii_islower(user.front()) &&
         std::all_of(user.begin(), user.end(),
                     [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '.' || c == '-'; });
}

absl::Status CheckReason(absl::string_view reason) {
  const auto characters = std::count_if(reason.begin(), reason.end(), [](char c) { return (c & 0xC0) != 0x80; });
  if (characters <= kReasonLimit) return absl::OkStatus();
  return Malformed("the reason is longer than 2000 characters", "Lý do dài quá 2000 ký tự.");
}

absl::Status CheckBloc(const v1::CreateAccountRequest& request) {
  switch (request.role()) {
    case contract::v1::ROLE_OFFICE:
    case contract::v1::ROLE_CHAIR:
      return request.bloc().empty() ? Malformed("an account of an office or a chair needs a bloc",
                                                "Tài khoản của văn phòng khối hay cụm trưởng phải có khối.")
                                    : absl::OkStatus();
    case contract::v1::ROLE_OPERATOR:
      return request.bloc().empty()
                 ? absl::OkStatus()
                 : Malformed("an operator's account has no bloc", "Tài khoản vận hành không thuộc khối nào.");
    default:
      return Malformed("an account is for an office, a chair or an operator",
                       "Tài khoản chỉ dành cho văn phòng khối, cụm trưởng hoặc vận hành.");
  }
}

}  // namespace

absl::Status CheckRequestId(absl::string_view request_id) {
  const bool visible = std::all_of(request_id.begin(), request_id.end(), absl::ascii_isgraph);
  if (visible && request_id.size() >= 8 && request_id.size() <= 64) return absl::OkStatus();
  return Malformed("request_id must be 8 to 64 visible ASCII characters",
                   "Mã yêu cầu (request_id) phải có từ 8 đến 64 ký tự ASCII.");
}

absl::Status Check(const v1::CreateAccountRequest& request) {
  if (!IsUserName(request.user())) {
    return Malformed("a user name has 3 to 40 lower-case letters, digits, dots and hyphens, and begins with a letter",
                     "Tên đăng nhập gồm 3 đến 40 chữ thường không dấu, chữ số, dấu chấm, gạch nối, bắt đầu bằng chữ.");
  }
  if (absl::Status status = CheckBloc(request); !status.ok()) return status;
  return CheckRequestId(request.request_id());
}

absl::Status Check(const v1::ResetAccountRequest& request) {
  if (absl::Status status = CheckReason(request.reason()); !status.ok()) return status;
  return CheckRequestId(request.request_id());
}

absl::Status Check(const v1::SetAccountDisabledRequest& request) {
  if (absl::Status status = CheckReason(request.reason()); !status.ok()) return status;
  return CheckRequestId(request.request_id());
}

}  // namespace giaoban::directory
