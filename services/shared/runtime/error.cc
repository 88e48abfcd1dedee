#include "services/shared/runtime/error.h"

#include <map>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "google/protobuf/util/time_util.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace giaoban::runtime {
namespace {

using google::protobuf::util::TimeUtil;

// A sentence may quote what a caller sent, however long that is; a trailer has no room for all of it.
constexpr size_t kSentenceBytes = 600;

std::string Sentence(absl::string_view text) {
  if (text.size() <= kSentenceBytes) return std::string(text);
  size_t end = kSentenceBytes;
  // Not within a character.
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), "…");
}

void AddFindings(const report::v1::Findings& findings, google::rpc::Status* wire) {
  google::rpc::BadRequest request;
  for (const report::v1::Finding& finding : findings.findings()) {
    for (const std::string& code : finding.codes()) {
      google::rpc::BadRequest::FieldViolation* violation = request.add_field_violations();
      violation->set_field(absl::StrCat("report.", code));
      violation->set_description(finding.text().en());
    }
  }
  if (request.field_violations_size() > 0) wire->add_details()->PackFrom(request);
  wire->add_details()->PackFrom(findings);
}

}  // namespace

google::rpc::Status WireOf(const absl::Status& status) {
  google::rpc::Status wire;
  const absl::optional<absl::Cord> payload = status.GetPayload(kDetailPayload);
  // Another service's trailer that does not parse carries no detail.
  if (payload.has_value() && !wire.ParseFromString(std::string(*payload))) wire.Clear();
  return wire;
}

absl::Status Error(absl::StatusCode code, absl::string_view english, Detail detail) {
  google::rpc::Status wire;
  google::rpc::ErrorInfo info;
  info.set_reason(detail.reason);
  info.set_domain("giaoban");
  for (const auto& [name, value] : detail.metadata) (*info.mutable_metadata())[name] = value;
  wire.add_details()->PackFrom(info);
  if (!detail.vietnamese.empty()) {
    google::rpc::LocalizedMessage localized;
    localized.set_locale("vi");
    localized.set_message(Sentence(detail.vietnamese));
    wire.add_details()->PackFrom(localized);
  }
  if (detail.findings.findings_size() > 0) AddFindings(detail.findings, &wire);
  if (detail.retry > absl::ZeroDuration()) {
    google::rpc::RetryInfo retry;
    *retry.mutable_retry_delay() = TimeUtil::MillisecondsToDuration(absl::ToInt64Milliseconds(detail.retry));
    wire.add_details()->PackFrom(retry);
  }
  absl::Status status(code, Sentence(english));
  status.SetPayload(kDetailPayload, absl::Cord(wire.SerializeAsString()));
  return status;
}

Detail DetailOf(const absl::Status& status) {
  Detail detail;
  const google::rpc::Status wire = WireOf(status);
  for (const google::protobuf::Any& any : wire.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::LocalizedMessage localized;
    google::rpc::RetryInfo retry;
    if (any.UnpackTo(&info)) {
      detail.reason = info.reason();
      const std::map<std::string, std::string> sorted(info.metadata().begin(), info.metadata().end());
      detail.metadata.assign(sorted.begin(), sorted.end());
    } else if (any.UnpackTo(&localized)) {
      if (localized.locale() == "vi") detail.vietnamese = localized.message();
    } else if (any.UnpackTo(&retry)) {
      detail.retry = absl::Milliseconds(TimeUtil::DurationToMilliseconds(retry.retry_delay()));
    } else if (any.Is<report::v1::Findings>()) {
      any.UnpackTo(&detail.findings);
    }
  }
  return detail;
}

}  // namespace giaoban::runtime
