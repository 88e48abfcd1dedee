#include "services/cli/errors.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/cli/args.h"
#include "services/shared/runtime/status.h"

namespace giaoban::cli {
namespace {

// What people are told when the error itself has no Vietnamese sentence.
absl::string_view Vietnamese(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
      return "yêu cầu không hợp lệ";
    case absl::StatusCode::kNotFound:
      return "không tìm thấy";
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return "không có quyền thực hiện";
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
      return "yêu cầu trái với trạng thái hiện tại";
    case absl::StatusCode::kUnavailable:
      return "không kết nối được với dịch vụ";
    case absl::StatusCode::kDeadlineExceeded:
      return "dịch vụ không trả lời kịp thời hạn";
    case absl::StatusCode::kResourceExhausted:
      return "dịch vụ đang quá tải";
    default:
      return "dịch vụ gặp lỗi";
  }
}

// The English message goes with a general Vietnamese sentence: it alone says what happened.
std::string Sentence(const absl::Status& status, const runtime::Detail& detail, const Console& console) {
  if (console.language == contract::Language::kEnglish) return std::string(status.message());
  if (!detail.vietnamese.empty()) return detail.vietnamese;
  return absl::StrCat(Vietnamese(status.code()), " (", std::string(status.message()), ")");
}

Json ErrorJson(const absl::Status& status, const runtime::Detail& detail, absl::string_view file) {
  Json metadata = Json::object();
  for (const auto& [name, value] : detail.metadata) metadata[name] = value;
  Json error = {{"code", absl::StatusCodeToString(status.code())},
                {"reason", detail.reason},
                {"message", std::string(status.message())},
                {"vietnamese", detail.vietnamese},
                {"metadata", std::move(metadata)},
                {"findings", ToJson(FindingsIn(status))}};
  Json json = Json::object();
  if (!file.empty()) json["file"] = std::string(file);
  json["error"] = std::move(error);
  return json;
}

}  // namespace

int ExitCodeOf(const absl::Status& status) {
  const runtime::Detail detail = runtime::DetailOf(status);
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitDone;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return detail.findings.findings().empty() ? kExitUsage : kExitRefused;
    case absl::StatusCode::kFailedPrecondition:
      return detail.reason == "IDENTITY_FOLDER" ? kExitUsage : kExitDenied;
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kAlreadyExists:
      return kExitDenied;
    case absl::StatusCode::kDataLoss:
      return kExitUnverified;
    default:
      return kExitUnreachable;
  }
}

void PrintError(const absl::Status& status, const Console& console, absl::string_view file) {
  const runtime::Detail detail = runtime::DetailOf(status);
  if (console.json()) {
    console.err << ErrorJson(status, detail, file).dump() << std::endl;
    return;
  }
  console.err << std::string(file) << (file.empty() ? "" : ": ") << console.In("Lỗi: ", "Error: ")
              << Sentence(status, detail, console) << std::endl;
  for (const auto& [name, value] : detail.metadata) console.err << "  " << name << ": " << value << std::endl;
  PrintFindings(FindingsIn(status), console, console.err);
}

FindingList FindingsIn(const absl::Status& status) {
  const runtime::Detail detail = runtime::DetailOf(status);
  return {detail.findings.findings().begin(), detail.findings.findings().end()};
}

void PrintFindings(const FindingList& findings, const Console& console, std::ostream& out) {
  for (const report::v1::Finding& finding : findings) {
    out << "- ";
    if (!finding.bloc().empty()) out << finding.bloc() << ": ";
    out << console.In(contract::TextOf(finding.severity())) << " " << finding.rule() << ": "
        << console.In(finding.text()) << "\n";
    if (finding.codes_size() > 0) {
      out << "  " << console.In("mã: ", "codes: ") << absl::StrJoin(finding.codes(), ", ") << "\n";
    }
    if (!finding.explanation().empty()) {
      out << "  " << console.In("giải trình: ", "explanation: ") << finding.explanation() << "\n";
    }
  }
  out.flush();
}

Json ToJson(const FindingList& findings) {
  Json list = Json::array();
  for (const report::v1::Finding& finding : findings) list.push_back(ToJson(finding));
  return list;
}

Table FindingTable(const FindingList& findings, const Console& console) {
  Table table({{"severity", ""},
               {"rule", ""},
               {"codes", ""},
               {"text", ""},
               {"left", ""},
               {"right", ""},
               {"explanation", ""},
               {"bloc", ""}});
  for (const report::v1::Finding& finding : findings) {
    table.Add({console.State(finding.severity()), Text(finding.rule()), Text(absl::StrJoin(finding.codes(), " ")),
               Text(console.In(finding.text())), finding.has_left() ? Number(finding.left()) : Number("", ""),
               finding.has_right() ? Number(finding.right()) : Number("", ""), Text(finding.explanation()),
               Text(finding.bloc())});
  }
  return table;
}

}  // namespace giaoban::cli
