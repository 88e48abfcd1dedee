#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "services/shared/contract/catalogue.h"
#include "services/shared/contract/wording.h"

namespace giaoban::contract {
namespace {

using Json = nlohmann::ordered_json;

// UNIT_MEMBER as "MEMBER".
template <typename Enum>
std::string Name(Enum value, absl::string_view prefix) {
  const std::string& name = google::protobuf::GetEnumDescriptor<Enum>()->FindValueByNumber(value)->name();
  return std::string(absl::StripPrefix(name, prefix));
}

std::string Codes(const Catalogue& catalogue, const std::vector<CellId>& cells, absl::string_view separator) {
  return absl::StrJoin(cells, separator, [&](std::string* out, CellId id) { *out += catalogue.entered(id).code; });
}

std::string Sum(const Catalogue& catalogue, const Addends& addends) {
  return SumText(addends, [&](const Addend& addend) {
    const std::string& code = catalogue.entered(addend.id).code;
    return addend.back == 0 ? code : absl::StrCat(code, "[-", addend.back, "]");
  });
}

std::string Bounds(const Catalogue& catalogue, const Condition& condition) {
  const v1::Bounds& bounds = *condition.bounds;
  std::string text = absl::StrCat(bounds.scale(), " × (", Sum(catalogue, condition.left), ") ÷ (",
                                  Sum(catalogue, condition.right), ")");
  if (bounds.has_minimum()) absl::StrAppend(&text, " ≥ ", bounds.minimum());
  if (!bounds.minimum_code().empty()) absl::StrAppend(&text, " ≥ ", bounds.minimum_code());
  if (bounds.has_maximum()) absl::StrAppend(&text, " ≤ ", bounds.maximum());
  return text;
}

std::string Test(const Catalogue& catalogue, const Condition& condition) {
  switch (condition.test) {
    case v1::Condition::kLinear:
      return absl::StrCat(Sum(catalogue, condition.left), condition.relation == v1::RELATION_EQUAL ? " = " : " ≤ ",
                          Sum(catalogue, condition.right));
    case v1::Condition::kBounds:
      return Bounds(catalogue, condition);
    case v1::Condition::kAllOrNone:
      return absl::StrCat("all or none: ", Codes(catalogue, condition.cells, ", "));
    case v1::Condition::kPositiveTogether:
      return absl::StrCat("positive together: ", Codes(catalogue, condition.cells, ", "));
    case v1::Condition::kUnequal:
      return absl::StrCat("unequal from ", condition.unequal_from, ": ", Codes(catalogue, condition.cells, ", "));
    case v1::Condition::TEST_NOT_SET:
      break;
  }
  return "";
}

Json DescribeLine(const Catalogue& catalogue, const Form& form, const Line& line) {
  Json json = {{line.derived() ? "derived" : "indicator", line.code},
               {"form", form.kind},
               {"section", line.section},
               {"vi", line.label.vi()},
               {"en", line.label.en()},
               {"unit", Name(line.unit, "UNIT_")}};
  if (line.derived()) {
    json["numerator"] = Codes(catalogue, line.numerator, " + ");
    json["denominator"] = Codes(catalogue, line.denominator, " + ");
    json["decimals"] = line.decimals;
    return json;
  }
  json["measure"] = Name(line.measure, "MEASURE_");
  json["over_blocs"] = Name(line.over_blocs, "OVER_BLOCS_");
  json["over_time"] = Name(line.over_time, "OVER_TIME_");
  json["required"] = line.required;
  json["maximum"] = line.maximum;
  return json;
}

Json DescribeRule(const Catalogue& catalogue, const Rule& rule, const std::string& where) {
  Json json = {{"rule", rule.options->id()},
               {"form", where},
               {"severity", Name(rule.options->severity(), "SEVERITY_")},
               {"vi", rule.options->text().vi()},
               {"en", rule.options->text().en()},
               {"conditions", Json::array()}};
  for (const Condition& condition : rule.conditions) {
    json["conditions"].push_back(
        absl::StrCat(condition.asked == v1::ASKED_SECOND_HALF ? "second half: " : "", Test(catalogue, condition)));
  }
  return json;
}

}  // namespace

std::string Describe(const Catalogue& catalogue) {
  std::vector<std::string> all;
  for (const Form& form : catalogue.forms()) {
    const v1::Text& title = form.options->title();
    all.push_back(Json({{"form", form.kind}, {"vi", title.vi()}, {"en", title.en()}}).dump());
    for (const v1::Section& section : form.options->sections()) {
      Json json = {
          {"section", section.id()}, {"form", form.kind}, {"vi", section.title().vi()}, {"en", section.title().en()}};
      if (section.asked() == v1::ASKED_SECOND_HALF) json["asked"] = "SECOND_HALF";
      all.push_back(json.dump());
    }
    for (const Line& line : form.lines) all.push_back(DescribeLine(catalogue, form, line).dump());
    for (const Rule& rule : form.rules) all.push_back(DescribeRule(catalogue, rule, form.kind).dump());
  }
  for (const Rule& rule : catalogue.crossing()) all.push_back(DescribeRule(catalogue, rule, "crossing").dump());
  return absl::StrCat("[\n", absl::StrJoin(all, ",\n"), "\n]\n");
}

}  // namespace giaoban::contract
