#include "services/shared/intake/errors.h"

#include "absl/strings/str_cat.h"
#include "services/shared/contract/format.h"
#include "services/shared/runtime/status.h"

namespace giaoban::intake {

using absl::StatusCode;
using runtime::Error;

absl::Status RefusedContent(const contract::Findings& findings, bool closed) {
  runtime::Detail detail{.reason = closed ? "PERIOD_CLOSED" : "REPORT_REFUSED",
                         .vietnamese = absl::StrCat("Báo cáo chưa được nhận, có ", findings.size(),
                                                    " điểm cần xem lại. Không có gì được lưu.")};
  for (const report::v1::Finding& finding : findings) *detail.findings.add_findings() = finding;
  return Error(closed ? StatusCode::kFailedPrecondition : StatusCode::kInvalidArgument,
               absl::StrCat("the report is refused with ", findings.size(), " findings; nothing was stored"),
               std::move(detail));
}

absl::Status RevisionConflict(int64_t current_revision) {
  return Error(StatusCode::kAborted,
               absl::StrCat("another revision came in between; the current revision is ", current_revision),
               {.reason = "REVISION_CONFLICT",
                .vietnamese = absl::StrCat("Đã có người gửi trước: bản hiện tại là bản số ", current_revision,
                                           ". Hãy xem bản đó rồi gửi lại."),
                .metadata = {{"current_revision", absl::StrCat(current_revision)}}});
}

absl::Status DraftConflict(int64_t current_version) {
  return Error(StatusCode::kAborted,
               absl::StrCat("another draft was saved in between; the current version is ", current_version),
               {.reason = "DRAFT_CONFLICT",
                .vietnamese = absl::StrCat("Đã có người lưu bản nháp trước: phiên bản hiện tại là ", current_version,
                                           ". Hãy xem bản đó rồi lưu lại."),
                .metadata = {{"current_version", absl::StrCat(current_version)}}});
}

absl::Status NoRevision() {
  return Error(StatusCode::kNotFound, "no such revision",
               {.reason = "REVISION_UNKNOWN", .vietnamese = "Không có bản báo cáo này."});
}

absl::Status NotPending(report::v1::State state) {
  const contract::v1::Text& text = contract::TextOf(state);
  return Error(StatusCode::kFailedPrecondition,
               absl::StrCat("the revision does not wait for a decision: it is ", text.en()),
               {.reason = "NOT_PENDING",
                .vietnamese = absl::StrCat("Bản báo cáo không còn chờ quyết định: trạng thái là “", text.vi(), "”."),
                .metadata = {{"state", report::v1::State_Name(state)}}});
}

absl::Status OtherHash() {
  return Error(StatusCode::kFailedPrecondition, "the hash is not that of the revision named",
               {.reason = "HASH_MISMATCH",
                .vietnamese = "Mã băm không phải của bản báo cáo này: hãy đọc lại bản đang có trước khi quyết định."});
}

absl::Status BadRequest(absl::string_view english, absl::string_view vietnamese) {
  return Error(StatusCode::kInvalidArgument, english,
               {.reason = "REQUEST_MALFORMED", .vietnamese = std::string(vietnamese)});
}

}  // namespace giaoban::intake
