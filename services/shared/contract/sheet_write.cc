#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "services/shared/contract/csv.h"
#include "services/shared/contract/sheet.h"

namespace giaoban::contract {
namespace {

using Explanations = std::map<std::string, std::string>;

constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The lines to fill in: those asked for in the period, and any that are filled.
std::vector<const Line*> LinesOf(const Form& form, const report::v1::ReportKey& key, const Cells& cells) {
  const absl::StatusOr<HalfYear> half = HalfYear::Parse(key.period());
  std::vector<const Line*> lines;
  for (const Line& line : form.lines) {
    if (line.derived()) continue;
    if (!half.ok() || IsAsked(line.asked, *half) || cells[line.id.cell] != kBlank) lines.push_back(&line);
  }
  return lines;
}

std::string Row(absl::string_view code, absl::string_view value, absl::string_view explanation,
                absl::string_view label = "", absl::string_view unit = "") {
  return absl::StrCat(CsvField(code), ",", CsvField(value), ",", CsvField(explanation), ",", CsvField(label), ",",
                      CsvField(unit), "\n");
}

std::string WriteCsv(const Form& form, const report::v1::ReportKey& key, const Cells& cells, Explanations explanations,
                     Language language) {
  std::string text =
      absl::StrCat(kByteOrderMark, Row("code", "value", "explanation", "label", "unit"),
                   Row("kind", form.kind, "", In(form.options->title(), language)), Row("cluster", key.cluster(), ""),
                   Row("period", key.period(), ""), Row("bloc", key.bloc(), ""));
  for (const Line* line : LinesOf(form, key, cells)) {
    const int64_t value = cells[line->id.cell];
    text += Row(line->code, value == kBlank ? "" : EntryText(*line, value), explanations[line->code],
                In(line->label, language), In(TextOf(line->unit), language));
    explanations.erase(line->code);
  }
  for (const auto& [rule, explanation] : explanations) text += Row(rule, "", explanation);
  return text;
}

std::string WriteJson(const Form& form, const report::v1::ReportKey& key, const Cells& cells,
                      const Explanations& explanations) {
  nlohmann::ordered_json json = {{"kind", form.kind},
                                 {"cluster", key.cluster()},
                                 {"period", key.period()},
                                 {"bloc", key.bloc()},
                                 {"values", nlohmann::ordered_json::object()},
                                 {"explanations", explanations}};
  for (const Line* line : LinesOf(form, key, cells)) {
    const int64_t value = cells[line->id.cell];
    nlohmann::ordered_json& cell = json["values"][line->code];  // null: blank
    if (value != kBlank && line->percent()) cell = EntryText(*line, value);
    if (value != kBlank && !line->percent()) cell = value;
  }
  // Replacing broken UTF-8 keeps dump from throwing.
  return json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string WriteSheet(const Catalogue&, const Form& form, const report::v1::ReportKey& key, const Cells& cells,
                       const std::map<std::string, std::string>& explanations, SheetFormat format, Language language) {
  return format == SheetFormat::kJson ? WriteJson(form, key, cells, explanations)
                                      : WriteCsv(form, key, cells, explanations, language);
}

}  // namespace giaoban::contract
