#include "services/aggregator/admission.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/shared/runtime/call.h"
#include "services/shared/runtime/fields.h"
#include "services/shared/runtime/status.h"

namespace giaoban::aggregator {
namespace {

using contract::HalfYear;

bool MayRead(const clusters::View& view, const runtime::Identity& caller, const v1::SummaryKey& key, absl::Time now) {
  if (caller.role == contract::v1::ROLE_OFFICE) {
    return key.basis() != v1::BASIS_SUBMITTED && view.EverMember(key.cluster(), caller.name);
  }
  if (caller.role != contract::v1::ROLE_CHAIR) return false;
  return view.Chair(key.cluster(), absl::ToCivilDay(now, contract::VietnamTime())) == caller.name;
}

}  // namespace

absl::StatusOr<Question> Admit(const clusters::View& view, const runtime::Identity& caller, const v1::SummaryKey& key,
                               absl::Time now) {
  if (!MayRead(view, caller, key, now)) return runtime::Denied();
  const absl::StatusOr<HalfYear> half = HalfYear::Parse(key.period());
  if (!half.ok()) {
    return runtime::Error(absl::StatusCode::kInvalidArgument, half.status().message(),
                          {.reason = "PERIOD", .vietnamese = "Kỳ báo cáo phải có dạng “2023-H1”."});
  }
  if (key.basis() < v1::BASIS_UNSPECIFIED || key.basis() > v1::BASIS_SUBMITTED) {
    return runtime::Error(absl::StatusCode::kInvalidArgument, "basis is neither ACCEPTED nor SUBMITTED",
                          {.reason = "BASIS", .vietnamese = "Không rõ tổng hợp trên số liệu nào."});
  }
  if (!view.DeadlinesFor(key.cluster(), *half, "")) {
    return runtime::Error(absl::StatusCode::kNotFound,
                          absl::StrCat("cluster '", key.cluster(), "' has no period ", key.period()),
                          {.reason = "PERIOD_UNKNOWN",
                           .vietnamese = absl::StrCat("Cụm “", key.cluster(), "” không có kỳ ", key.period(), ".")});
  }
  const v1::Basis basis = key.basis() == v1::BASIS_SUBMITTED ? v1::BASIS_SUBMITTED : v1::BASIS_ACCEPTED;
  return Question{.cluster = key.cluster(),
                  .half = *half,
                  .basis = basis,
                  .office = caller.role == contract::v1::ROLE_OFFICE ? caller.name : ""};
}

absl::StatusOr<const contract::Line*> FindLine(const contract::Catalogue& catalogue, const std::string& code) {
  const contract::Line* line = catalogue.FindLine(code);
  if (line != nullptr) return line;
  return runtime::Error(absl::StatusCode::kNotFound, absl::StrCat("no indicator '", code, "'"),
                        {.reason = "CODE_UNKNOWN", .vietnamese = absl::StrCat("Không có chỉ tiêu “", code, "”.")});
}

absl::Status NotAsked(const std::string& code, HalfYear half) {
  return runtime::Error(
      absl::StatusCode::kNotFound, absl::StrCat("'", code, "' is not asked for in ", half.ToString()),
      {.reason = "CODE_NOT_ASKED",
       .vietnamese = absl::StrCat("Chỉ tiêu “", code, "” không có trong báo cáo kỳ ", half.ToString(), ".")});
}

absl::StatusOr<std::vector<int64_t>> PositionsByForm(
    const contract::Catalogue& catalogue, const google::protobuf::RepeatedPtrField<v1::KindPosition>& positions) {
  if (absl::Status few = runtime::CheckPositionCount(positions.size()); !few.ok()) return few;
  std::vector<int64_t> by_form(catalogue.forms().size(), 0);
  for (const v1::KindPosition& position : positions) {
    const contract::Form* form = catalogue.FindForm(position.kind());
    if (form == nullptr) {
      return runtime::Error(
          absl::StatusCode::kInvalidArgument, absl::StrCat("no report kind '", position.kind(), "'"),
          {.reason = "KIND_UNKNOWN", .vietnamese = absl::StrCat("Không có loại báo cáo “", position.kind(), "”.")});
    }
    int64_t& wanted = by_form[form->index];
    wanted = std::max(wanted, position.position());
  }
  return by_form;
}

}  // namespace giaoban::aggregator
