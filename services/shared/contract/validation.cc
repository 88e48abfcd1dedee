#include "services/shared/contract/validation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/shared/contract/evaluation.h"
#include "services/shared/contract/format.h"
#include "services/shared/contract/wording.h"

namespace giaoban::contract {
namespace {

// Fields a form does not have that are named; there may be any number of them.
constexpr int kUnknownNamed = 10;

report::v1::Finding OutOfRange(const Line& line, int64_t value) {
  const auto text = [&](Language language, absl::string_view between, absl::string_view and_text) {
    const auto format = [&](int64_t number) { return FormatFigure(line, Figure{number}, language); };
    return absl::StrCat(format(value), between, format(0), and_text, format(line.maximum));
  };
  report::v1::Finding finding =
      CellFinding("V18", line, text(Language::kVietnamese, " không nằm trong khoảng từ ", " đến "),
                  text(Language::kEnglish, " is not between ", " and "));
  finding.set_left(value);
  finding.set_right(value < 0 ? 0 : line.maximum);
  return finding;
}

void CheckCells(const Form& form, HalfYear half, const Cells& cells, Findings& findings) {
  for (size_t cell = 0; cell < cells.size(); ++cell) {
    const Line& line = form.entered(static_cast<int>(cell));
    const int64_t value = cells[cell];
    const bool asked = IsAsked(line.asked, half);
    if (value == kBlank) {
      if (line.required && asked) {
        findings.push_back(
            CellFinding("REQUIRED", line, "chỉ tiêu bắt buộc còn để trống", "this indicator is required and blank"));
      }
    } else if (!asked) {
      findings.push_back(CellFinding("NOT_ASKED", line, "chỉ hỏi ở kỳ 6 tháng cuối năm, kỳ này phải để trống",
                                     "asked for in second half-years only, to be left blank in this one"));
    } else if (value < 0 || value > line.maximum) {
      findings.push_back(OutOfRange(line, value));
    }
  }
}

void CheckUnknownFields(const google::protobuf::Message& report, Findings& findings) {
  const google::protobuf::UnknownFieldSet& unknown = report.GetReflection()->GetUnknownFields(report);
  if (unknown.empty()) return;
  std::string numbers;
  for (int i = 0; i < std::min(unknown.field_count(), kUnknownNamed); ++i) {
    absl::StrAppend(&numbers, i == 0 ? "" : ", ", unknown.field(i).number());
  }
  findings.push_back(MakeFinding("UNKNOWN_FIELD", {},
                                 absl::StrCat("Báo cáo có trường không thuộc biểu mẫu (số ", numbers,
                                              "): phần mềm gửi và dịch vụ dùng hai phiên bản biểu mẫu khác nhau."),
                                 absl::StrCat("The report has fields the form does not have (number ", numbers,
                                              "): sender and service use different versions of the form.")));
}

void CheckRules(const Catalogue& catalogue, const std::vector<Rule>& rules, HalfYear half, bool warnings_only,
                Lookup past, Findings& findings) {
  for (const Rule& rule : rules) {
    if (warnings_only && rule.options->severity() != v1::SEVERITY_WARNING) continue;
    for (const Condition& condition : rule.conditions) {
      if (!IsAsked(condition.asked, half)) continue;
      const std::optional<Failure> failure = Evaluate(catalogue, condition, past);
      if (failure) findings.push_back(FindingOf(catalogue, rule, condition, *failure, past));
    }
  }
}

bool IsBlankText(absl::string_view text) { return absl::StripAsciiWhitespace(text).empty(); }

}  // namespace

Findings ValidateReport(const Catalogue& catalogue, const Form& form, HalfYear half,
                        const google::protobuf::Message& report, const Cells* previous) {
  const Cells cells = form.Read(report);
  Findings findings;
  CheckCells(form, half, cells, findings);
  CheckUnknownFields(report, findings);
  const auto past = [&](CellId id, int back) -> std::optional<int64_t> {
    if (back == 0) return cells[id.cell];
    if (back == 1 && previous != nullptr) return (*previous)[id.cell];
    return std::nullopt;
  };
  CheckRules(catalogue, form.rules, half, /*warnings_only=*/false, past, findings);
  return findings;
}

Findings ValidateTotals(const Catalogue& catalogue, const Form& form, HalfYear half, Lookup past) {
  Findings findings;
  CheckRules(catalogue, form.rules, half, /*warnings_only=*/true, past, findings);
  return findings;
}

Findings ValidateCrossing(const Catalogue& catalogue, HalfYear half, Lookup past) {
  Findings findings;
  CheckRules(catalogue, catalogue.crossing(), half, /*warnings_only=*/false, past, findings);
  return findings;
}

void AttachExplanations(const google::protobuf::Map<std::string, std::string>& explanations, Findings& findings) {
  const auto attach = [&](const std::string& key, report::v1::Finding& finding) {
    const auto found = explanations.find(key);
    if (found == explanations.end() || IsBlankText(found->second)) return;
    finding.set_explanation(found->second);
  };
  for (report::v1::Finding& finding : findings) {
    if (finding.severity() != v1::SEVERITY_WARNING) continue;
    attach(finding.rule(), finding);
    for (const std::string& code : finding.codes()) {
      if (finding.explanation().empty()) attach(code, finding);
    }
  }
}

bool IsRefused(const Findings& findings) {
  for (const report::v1::Finding& finding : findings) {
    if (finding.severity() == v1::SEVERITY_ERROR || finding.explanation().empty()) return true;
  }
  return false;
}

report::v1::Finding MakeFinding(absl::string_view rule, std::vector<std::string> codes, absl::string_view vi,
                                absl::string_view en) {
  report::v1::Finding finding;
  finding.set_rule(std::string(rule));
  finding.set_severity(v1::SEVERITY_ERROR);
  for (std::string& code : codes) finding.add_codes(std::move(code));
  finding.mutable_text()->set_vi(std::string(vi));
  finding.mutable_text()->set_en(std::string(en));
  return finding;
}

}  // namespace giaoban::contract
