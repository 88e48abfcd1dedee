#include "services/shared/contract/sheet.h"

#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "services/shared/contract/sheet_entry.h"
#include "services/shared/contract/utf8.h"

namespace giaoban::contract {
namespace {

constexpr size_t kLargestFile = 1 << 20;
constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr absl::string_view kVietnamese = "giaoban.vietnamese";

std::string Where(const SheetEntry& entry, absl::string_view line_word) {
  return entry.line == 0 ? "" : absl::StrCat(" (", line_word, " ", entry.line, ")");
}

// Understands entries against a form.
class SheetReader {
 public:
  SheetReader(const Catalogue& catalogue, const Form& form) : catalogue_(catalogue), form_(form) {
    sheet_.form = &form;
    sheet_.cells.assign(form.fields.size(), kBlank);
  }

  Sheet Read(const std::vector<SheetEntry>& entries) && {
    for (const SheetEntry& entry : entries) {
      if (!seen_.emplace(entry.place, entry.code).second) {
        Add("DUPLICATE_CODE", entry,
            absl::StrCat("Mã “", entry.code, "” xuất hiện nhiều lần", Where(entry, "dòng"), "."),
            absl::StrCat("Code “", entry.code, "” appears more than once", Where(entry, "line"), "."));
      } else if (entry.surplus > 0) {
        AddSurplus(entry);
      } else {
        Take(entry);
      }
    }
    CheckKey();
    return std::move(sheet_);
  }

 private:
  void Take(const SheetEntry& entry) {
    if (entry.place == Place::kRow || entry.place == Place::kKey) {
      if (TakeKey(entry)) return;
    }
    const Line* line = catalogue_.FindLine(entry.code);
    const bool is_indicator = line != nullptr && !line->derived() && line->id.form == form_.index;
    if (is_indicator && entry.place != Place::kKey) {
      TakeValue(entry, *line);
    } else if (IsRule(entry.code) && entry.value.empty() && entry.place != Place::kValue) {
      Explain(entry);
    } else {
      Add("UNKNOWN_CODE", entry,
          absl::StrCat("Mã “", entry.code, "” không điền được trong biểu mẫu ", form_.options->title().vi(),
                       Where(entry, "dòng"), "."),
          absl::StrCat("Code “", entry.code, "” cannot be filled in the form ", form_.options->title().en(),
                       Where(entry, "line"), "."));
    }
  }

  bool TakeKey(const SheetEntry& entry) {
    if (entry.code == "kind") return true;  // read before the form was known
    if (entry.code == "cluster") {
      sheet_.key.set_cluster(entry.value);
    } else if (entry.code == "period") {
      sheet_.key.set_period(entry.value);
    } else if (entry.code == "bloc") {
      sheet_.key.set_bloc(entry.value);
    } else {
      return false;
    }
    return true;
  }

  void TakeValue(const SheetEntry& entry, const Line& line) {
    Explain(entry);
    if (entry.value.empty()) return;
    // A point in a number of JSON is what a comma is for people.
    const std::string typed = entry.is_json_number ? absl::StrReplaceAll(entry.value, {{".", ","}}) : entry.value;
    const absl::StatusOr<int64_t> value = ParseEntry(line, typed);
    if (value.ok()) {
      sheet_.cells[line.id.cell] = *value;
      return;
    }
    Add("NOT_A_NUMBER", entry,
        absl::StrCat(line.label.vi(), " (", line.code, "), gõ “", entry.value, "”", Where(entry, "dòng"), ": ",
                     ExpectedEntry(line, Language::kVietnamese), "."),
        absl::StrCat(line.label.en(), " (", line.code, "), typed “", entry.value, "”", Where(entry, "line"), ": ",
                     ExpectedEntry(line, Language::kEnglish), "."));
  }

  // Taking the row would put half a number into another column, so not even empty fields pass.
  void AddSurplus(const SheetEntry& entry) {
    Add(catalogue_.FindLine(entry.code) == nullptr ? "FILE" : "NOT_A_NUMBER", entry,
        absl::StrCat("Dòng ", entry.line, " (", entry.code, ") thừa ", entry.surplus,
                     " ô so với tiêu đề: giá trị có dấu phẩy phải đặt trong dấu nháy kép."),
        absl::StrCat("Line ", entry.line, " (", entry.code, ") has ", entry.surplus,
                     " fields more than the header: a value with a comma must be in quotes."));
  }

  void Explain(const SheetEntry& entry) {
    if (!entry.explanation.empty()) sheet_.explanations[entry.code] = entry.explanation;
  }

  bool IsRule(const std::string& id) const {
    for (const Rule& rule : form_.rules) {
      if (rule.options->id() == id) return true;
    }
    return false;
  }

  void CheckKey() {
    CheckId("cluster", sheet_.key.cluster());
    if (!HalfYear::Parse(sheet_.key.period()).ok()) {
      AddKey("period", sheet_.key.period(), "kỳ báo cáo, ví dụ 2023-H1", "a half-year such as 2023-H1");
    }
    CheckId("bloc", sheet_.key.bloc());
  }

  void CheckId(const std::string& name, const std::string& id) {
    bool well_formed = !id.empty() && id.size() <= 40;
    for (const char character : id) {
      well_formed &= absl::ascii_islower(character) || absl::ascii_isdigit(character) || character == '-';
    }
    if (!well_formed)
      AddKey(name, id, "mã gồm chữ thường, chữ số, gạch nối", "an id of lower-case letters, digits, hyphens");
  }

  void AddKey(const std::string& name, const std::string& value, absl::string_view vi, absl::string_view en) {
    sheet_.findings.push_back(
        MakeFinding("KEY", {name},
                    value.empty() ? absl::StrCat("Thiếu ", name, ": cần ", vi, ".")
                                  : absl::StrCat(name, " “", value, "” không hợp lệ: cần ", vi, "."),
                    value.empty() ? absl::StrCat(name, " is missing: needed is ", en, ".")
                                  : absl::StrCat(name, " “", value, "” is malformed: needed is ", en, ".")));
  }

  void Add(absl::string_view rule, const SheetEntry& entry, absl::string_view vi, absl::string_view en) {
    sheet_.findings.push_back(MakeFinding(rule, {entry.code}, vi, en));
  }

  const Catalogue& catalogue_;
  const Form& form_;
  Sheet sheet_;
  std::set<std::pair<Place, std::string>> seen_;
};

absl::StatusOr<const Form*> FormOf(const Catalogue& catalogue, const std::vector<SheetEntry>& entries) {
  for (const SheetEntry& entry : entries) {
    if (entry.code != "kind" || (entry.place != Place::kRow && entry.place != Place::kKey)) continue;
    if (const Form* form = catalogue.FindForm(entry.value)) return form;
    return UnreadableSheet(entry.line, absl::StrCat("không có loại báo cáo “", entry.value, "”"),
                           absl::StrCat("there is no report kind “", entry.value, "”"));
  }
  return UnreadableSheet(0, "thiếu loại báo cáo (kind)", "the report kind is missing");
}

}  // namespace

absl::Status UnreadableSheet(int line, absl::string_view vi, absl::string_view en) {
  const auto at = [line](absl::string_view word) { return line == 0 ? "" : absl::StrCat(word, " ", line, ": "); };
  absl::Status status = absl::InvalidArgumentError(absl::StrCat(at("line"), en));
  status.SetPayload(kVietnamese, absl::Cord(absl::StrCat(at("dòng"), vi)));
  return status;
}

std::string UnreadableInVietnamese(const absl::Status& status) {
  const absl::optional<absl::Cord> text = status.GetPayload(kVietnamese);
  return text.has_value() ? std::string(*text) : "";
}

absl::StatusOr<Sheet> ReadSheet(const Catalogue& catalogue, absl::string_view content) {
  if (content.size() > kLargestFile) return UnreadableSheet(0, "tệp lớn hơn 1 MiB", "the file is larger than 1 MiB");
  if (const int line = FirstLineNotUtf8(content); line != 0) {
    return UnreadableSheet(line, "không phải UTF-8", "not UTF-8");
  }
  absl::ConsumePrefix(&content, kByteOrderMark);
  const absl::StatusOr<std::vector<SheetEntry>> entries =
      absl::StartsWith(content, "{") ? ReadJsonEntries(content) : ReadCsvEntries(content);
  if (!entries.ok()) return entries.status();
  const absl::StatusOr<const Form*> form = FormOf(catalogue, *entries);
  if (!form.ok()) return form.status();
  return SheetReader(catalogue, **form).Read(*entries);
}

Findings MergeFindings(const Findings& file, const Findings& rules) {
  std::set<std::string> unreadable;
  bool bad_key = false;
  for (const report::v1::Finding& finding : file) {
    if (finding.rule() == "NOT_A_NUMBER") unreadable.insert(finding.codes().begin(), finding.codes().end());
    bad_key |= finding.rule() == "KEY";
  }
  Findings merged = file;
  for (const report::v1::Finding& finding : rules) {
    bool repeats = bad_key && finding.rule() == "KEY";
    for (const std::string& code : finding.codes()) repeats |= unreadable.count(code) > 0;
    if (!repeats) merged.push_back(finding);
  }
  return merged;
}

}  // namespace giaoban::contract
