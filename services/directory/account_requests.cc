#include "services/directory/account_requests.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "services/shared/runtime/error.h"
#include "services/shared/runtime/fields.h"

namespace giaoban::directory {
namespace {

using runtime::CheckReason;
using runtime::CheckRequestId;

constexpr size_t kUserShortest = 3, kUserLongest = 40;

absl::Status Malformed(absl::string_view english, absl::string_view vietnamese) {
  return runtime::Error(absl::StatusCode::kInvalidArgument, english,
                        {.reason = "REQUEST_MALFORMED", .vietnamese = std::string(vietnamese)});
}

bool IsUserName(absl::string_view user) {
  return user.size() >= kUserShortest && user.size() <= kUserLongest && absl::ascii_islower(user.front()) &&
         std::all_of(user.begin(), user.end(),
                     [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '.' || c == '-'; });
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
