#include "services/cli/report_file.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/shared/runtime/status.h"

namespace giaoban::cli {
namespace {

// --base, or the current revision.
absl::StatusOr<int64_t> BaseOf(const Context& context, const contract::Sheet& sheet, ReportClient& client) {
  const absl::StatusOr<std::optional<int64_t>> base = context.arguments.Number("base");
  if (!base.ok()) return base.status();
  if (*base) return **base;
  const absl::StatusOr<int64_t> current = CurrentRevision(client, sheet.key);
  if (ExitCodeOf(current.status()) == kExitUnreachable) return current.status();
  // A key the service does not take is refused by Submit too, and there with every other fault.
  return current.value_or(0);
}

}  // namespace

absl::StatusOr<contract::Sheet> ReadReportFile(const Context& context, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (!file || !(content << file.rdbuf())) {
    return UsageError(absl::StrCat("không đọc được tệp ", path), absl::StrCat("cannot read the file ", path));
  }
  absl::StatusOr<contract::Sheet> sheet = contract::ReadSheet(context.catalogue, content.str());
  if (sheet.ok()) return sheet;
  return Refused(
      {contract::MakeFinding("FILE", {}, contract::UnreadableInVietnamese(sheet.status()), sheet.status().message())});
}

absl::StatusOr<int64_t> CurrentRevision(ReportClient& client, const report::v1::ReportKey& key) {
  const auto history = client.History(key);
  if (absl::IsNotFound(history.status())) return 0;
  if (!history.ok()) return history.status();
  return history->empty() ? 0 : history->back().revision();
}

report::v1::Submission SubmissionOf(const Context& context, const contract::Sheet& sheet, int64_t base) {
  report::v1::Submission submission;
  *submission.mutable_key() = sheet.key;
  submission.set_request_id(RequestIdOf(context));
  submission.set_base_revision(base);
  submission.set_reason(context.arguments.Get("reason"));
  submission.mutable_explanations()->insert(sheet.explanations.begin(), sheet.explanations.end());
  return submission;
}

Verdict AskVerdict(const Context& context, const contract::Sheet& sheet) {
  ReportClient client(context.connection, *sheet.form);
  const absl::StatusOr<int64_t> base = BaseOf(context, sheet, client);
  if (!base.ok()) return {base.status(), sheet.findings};
  report::v1::Submission submission = SubmissionOf(context, sheet, *base);
  submission.set_validate_only(true);
  const absl::StatusOr<ReportClient::Submitted> answer = client.Submit(submission, sheet.cells);
  const FindingList rules = answer.ok() ? answer->findings : FindingsIn(answer.status());
  if (!answer.ok() && rules.empty()) return {answer.status(), sheet.findings};
  Verdict verdict{absl::OkStatus(), contract::MergeFindings(sheet.findings, rules)};
  if (!answer.ok()) {
    verdict.status = Refused(verdict.findings, answer.status().code(), runtime::DetailOf(answer.status()).reason);
  } else if (!sheet.findings.empty()) {
    verdict.status = Refused(verdict.findings);
  }
  return verdict;
}

absl::Status Refused(const FindingList& findings, absl::StatusCode code, absl::string_view reason) {
  runtime::Detail detail;
  detail.reason = std::string(reason);
  detail.vietnamese = absl::StrCat("báo cáo không được nhận, ", findings.size(), " điểm cần xem lại");
  detail.findings.mutable_findings()->Add(findings.begin(), findings.end());
  return runtime::Error(code, absl::StrCat("the report is refused, ", findings.size(), " findings"), std::move(detail));
}

}  // namespace giaoban::cli
