#include "services/shared/runtime/status.h"

#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "services/shared/runtime/log.h"

namespace giaoban::runtime {
namespace {

// Before a request is worth repeating: to a store that is away, and to one that is full.
constexpr absl::Duration kAwayPause = absl::Seconds(1);
constexpr absl::Duration kFullPause = absl::Seconds(60);

absl::StatusCode CodeOf(grpc::StatusCode code) { return static_cast<absl::StatusCode>(code); }

// Each field once, with the rules it breaks.
google::rpc::BadRequest BriefViolations(const report::v1::Findings& findings) {
  std::map<std::string, std::set<std::string>> rules;
  for (const report::v1::Finding& finding : findings.findings()) {
    for (const std::string& code : finding.codes()) rules[code].insert(finding.rule());
  }
  google::rpc::BadRequest request;
  for (const auto& [code, broken] : rules) {
    google::rpc::BadRequest::FieldViolation* violation = request.add_field_violations();
    violation->set_field(absl::StrCat("report.", code));
    violation->set_description(absl::StrJoin(broken, ", "));
  }
  return request;
}

void LeaveOutTexts(size_t bytes, report::v1::Findings* findings) {
  size_t left_out = 0;
  for (int i = findings->findings_size() - 1; i >= 0 && left_out < bytes; --i) {
    left_out += findings->findings(i).text().ByteSizeLong();
    findings->mutable_findings(i)->clear_text();
  }
}

// Shortens details that a client might not be able to take.
void Fit(size_t bytes, google::rpc::Status* wire) {
  if (wire->ByteSizeLong() <= bytes) return;
  report::v1::Findings findings;
  for (const google::protobuf::Any& any : wire->details()) {
    if (any.Is<report::v1::Findings>()) any.UnpackTo(&findings);
  }
  for (google::protobuf::Any& any : *wire->mutable_details()) {
    if (any.Is<google::rpc::BadRequest>()) any.PackFrom(BriefViolations(findings));
  }
  const size_t brief = wire->ByteSizeLong();
  if (brief <= bytes) return;
  LeaveOutTexts(brief - bytes, &findings);
  for (google::protobuf::Any& any : *wire->mutable_details()) {
    if (any.Is<report::v1::Findings>()) any.PackFrom(findings);
  }
}

absl::Status Hidden(const absl::Status& status) {
  Log(Severity::kError, "internal error", {{"cause", status.ToString(absl::StatusToStringMode::kWithNoExtraData)}});
  return Error(
      status.code(), "internal error; its cause is in the log of the service",
      {.reason = "INTERNAL", .vietnamese = "Lỗi bên trong hệ thống; nguyên nhân có trong nhật ký của dịch vụ."});
}

// At most once a second: while a store is away every call would say the same.
void LogCause(const absl::Status& status) {
  static std::atomic<int64_t> told = -1;
  const auto second = absl::ToInt64Seconds(absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()));
  if (told.exchange(second) == second) return;
  Log(Severity::kError, "a call failed", {{"cause", status.ToString(absl::StatusToStringMode::kWithNoExtraData)}});
}

// What the libraries below this one refuse with: they know neither reasons nor languages, and what a driver says is not
// for callers.
absl::Status Told(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kAlreadyExists:
      return Error(status.code(), status.message(),
                   {.reason = "REQUEST_ID_USED", .vietnamese = "Mã yêu cầu này đã được dùng cho một nội dung khác."});
    case absl::StatusCode::kAborted:
      LogCause(status);
      return Error(status.code(),
                   "another writer of the store was in the way, nothing was recorded; repeat the request",
                   {.reason = "STORE_BUSY",
                    .vietnamese = "Kho dữ liệu đang bận, chưa lưu gì; đề nghị gửi lại sau giây lát.",
                    .retry = kAwayPause});
    case absl::StatusCode::kResourceExhausted:
      LogCause(status);
      return Error(status.code(), "the store is full, nothing was recorded; an operator has to make room",
                   {.reason = "STORE_FULL",
                    .vietnamese = "Kho dữ liệu đã đầy, chưa lưu gì; đề nghị báo bộ phận vận hành và gửi lại sau.",
                    .retry = kFullPause});
    case absl::StatusCode::kUnavailable:
      LogCause(status);
      return Error(
          status.code(),
          "the store does not answer, and what became of the request is not known; repeat it in a moment with "
          "the same request_id",
          {.reason = "STORE_UNAVAILABLE",
           .vietnamese = "Kho dữ liệu không trả lời, chưa rõ kết quả; đề nghị gửi lại sau giây lát với cùng mã "
                         "yêu cầu.",
           .retry = kAwayPause});
    default:
      return status;
  }
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status, size_t detail_bytes) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status wire = WireOf(status);
  if (wire.details_size() == 0) {
    if (absl::IsInternal(status) || absl::IsUnknown(status)) return ToGrpc(Hidden(status));
    if (const absl::Status told = Told(status); told != status) return ToGrpc(told);
    return {static_cast<grpc::StatusCode>(status.raw_code()), std::string(status.message())};
  }
  wire.set_code(status.raw_code());
  wire.set_message(std::string(status.message()));
  Fit(detail_bytes, &wire);
  return {static_cast<grpc::StatusCode>(status.raw_code()), wire.message(), wire.SerializeAsString()};
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status restored(CodeOf(status.error_code()), status.error_message());
  if (!status.error_details().empty()) restored.SetPayload(kDetailPayload, absl::Cord(status.error_details()));
  return restored;
}

}  // namespace giaoban::runtime
