#include "services/shared/contract/wording.h"

#include <algorithm>
#include <utility>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace giaoban::contract {
namespace {

constexpr int kDecimals = 2;
constexpr int kMostDecimals = 6;

// The cells equal to one of them, itself included; none when its value is not remarked on.
std::vector<CellId> EqualTo(const Condition& condition, size_t index, Lookup past) {
  const int64_t value = *past(condition.cells[index], 0);
  std::vector<CellId> equal;
  if (value == kBlank || value < condition.unequal_from) return equal;
  for (const CellId id : condition.cells) {
    if (past(id, 0) == value) equal.push_back(id);
  }
  return equal;
}

// Writes one failure in one language.
class Writer {
 public:
  Writer(const Catalogue& catalogue, const Condition& condition, const Failure& failure, Lookup past, Language language)
      : catalogue_(catalogue), condition_(condition), failure_(failure), past_(past), language_(language) {}

  std::string Relation() const {
    switch (condition_.test) {
      case v1::Condition::kLinear:
        return absl::StrCat(Side(condition_.left, failure_.left),
                            condition_.relation == v1::RELATION_EQUAL ? " ≠ " : " > ",
                            Side(condition_.right, failure_.right));
      case v1::Condition::kBounds:
        return Quotient();
      case v1::Condition::kAllOrNone:
        return Split(Choose("đã điền", "filled"), Choose("để trống", "blank"),
                     [](int64_t value) { return value != kBlank; });
      case v1::Condition::kPositiveTogether:
        return Split(Choose("lớn hơn 0", "above zero"), Choose("không lớn hơn 0", "not above zero"),
                     [](int64_t value) { return value > 0; });
      case v1::Condition::kUnequal:
        return EqualValues();
      case v1::Condition::TEST_NOT_SET:
        break;
    }
    return "";
  }

 private:
  const char* Choose(const char* vi, const char* en) const { return language_ == Language::kVietnamese ? vi : en; }

  std::string Value(const Line& line, int64_t value) const {
    return value == kBlank ? Choose("trống", "blank") : FormatFigure(line, Figure{value}, language_);
  }

  std::string Term(const Addend& addend) const {
    const Line& line = catalogue_.entered(addend.id);
    // A failing condition had all its values.
    const std::string text = absl::StrCat(line.code, " (", Value(line, *past_(addend.id, addend.back)), ")");
    if (addend.back == 0) return text;
    if (addend.back == 1) return absl::StrCat(text, Choose(" (kỳ trước)", " (previous period)"));
    return absl::StrCat(text, " (", addend.back, Choose(" kỳ trước)", " periods before)"));
  }

  std::string Sum(const Addends& addends) const {
    return SumText(addends, [this](const Addend& addend) { return Term(addend); });
  }

  // A side of a linear relation, with its total where it is not plain to see.
  std::string Side(const Addends& addends, int64_t total) const {
    if (addends.size() == 1) return Sum(addends);
    return absl::StrCat(Sum(addends), " = ", FormatCount(total, language_));
  }

  std::string Part(const Addends& addends) const {
    return addends.size() == 1 ? Sum(addends) : absl::StrCat("(", Sum(addends), ")");
  }

  // Scale 10000 compares hundredths of a percent, scale 1 plain quotients.
  std::string Ratio(int64_t numerator, int64_t denominator, int decimals) const {
    Line line;
    line.unit = IsPercent() ? v1::UNIT_PERCENT : v1::UNIT_UNSPECIFIED;
    line.decimals = decimals;
    return FormatFigure(line, Figure{std::nullopt, numerator, denominator}, language_);
  }
  bool IsPercent() const { return condition_.bounds->scale() != 1; }

  std::string Quotient() const {
    // As many decimals as it takes to see on which side of the bound the quotient is.
    int decimals = kDecimals;
    while (decimals < kMostDecimals && Ratio(failure_.left, failure_.right, decimals) ==
                                           Ratio(failure_.bound, condition_.bounds->scale(), decimals)) {
      ++decimals;
    }
    return absl::StrCat(Part(condition_.left), " ÷ ", Part(condition_.right), " = ",
                        Ratio(failure_.left, failure_.right, decimals), failure_.below ? " < " : " > ", Bound());
  }

  std::string Bound() const {
    Line line;
    line.unit = IsPercent() ? v1::UNIT_PERCENT : v1::UNIT_UNSPECIFIED;
    const std::string value = FormatFigure(line, Figure{failure_.bound}, language_);
    const bool of_cell = condition_.minimum.cell >= 0 && past_(condition_.minimum, 0) == failure_.bound;
    if (!of_cell || !failure_.below) return value;
    return absl::StrCat(catalogue_.entered(condition_.minimum).code, " (", value, ")");
  }

  template <typename Predicate>
  std::string Split(absl::string_view yes, absl::string_view no, Predicate counts) const {
    std::vector<std::string> counted, others;
    for (const CellId id : condition_.cells) {
      (counts(*past_(id, 0)) ? counted : others).push_back(Term({id, 1, 0}));
    }
    return absl::StrCat(yes, ": ", absl::StrJoin(counted, ", "), "; ", no, ": ", absl::StrJoin(others, ", "));
  }

  std::string EqualValues() const {
    std::vector<std::string> groups;
    for (size_t i = 0; i < condition_.cells.size(); ++i) {
      const std::vector<CellId> equal = EqualTo(condition_, i, past_);
      if (equal.size() < 2 || equal.front() != condition_.cells[i]) continue;
      groups.push_back(absl::StrJoin(equal, " = ", [this](std::string* out, CellId id) {
        absl::StrAppend(out, Term({id, 1, 0}));
      }));
    }
    return absl::StrJoin(groups, "; ");
  }

  const Catalogue& catalogue_;
  const Condition& condition_;
  const Failure& failure_;
  Lookup past_;
  Language language_;
};

void AddCode(const Catalogue& catalogue, CellId id, report::v1::Finding& finding) {
  const std::string& code = catalogue.entered(id).code;
  if (std::find(finding.codes().begin(), finding.codes().end(), code) == finding.codes().end()) {
    finding.add_codes(code);
  }
}

// Both sides as numbers. A quotient is rounded away from the bound, so that the two
// never look equal.
void SetSides(const Condition& condition, const Failure& failure, report::v1::Finding& finding) {
  if (condition.test == v1::Condition::kLinear || condition.test == v1::Condition::kUnequal) {
    finding.set_left(failure.left);
    finding.set_right(failure.right);
  } else if (condition.test == v1::Condition::kBounds) {
    const absl::int128 scaled = absl::int128(condition.bounds->scale()) * failure.left;
    absl::int128 quotient = scaled / failure.right;
    const absl::int128 rest = scaled % failure.right;
    if (failure.below && rest < 0) --quotient;
    if (!failure.below && rest > 0) ++quotient;
    finding.set_left(static_cast<int64_t>(quotient));
    finding.set_right(failure.bound);
  }
}

}  // namespace

std::string SumText(const Addends& addends, TermText term) {
  std::string text;
  for (const Addend& addend : addends) {
    if (!text.empty()) text += addend.sign < 0 ? " − " : " + ";
    if (text.empty() && addend.sign < 0) text += "−";
    text += term(addend);
  }
  return text;
}

report::v1::Finding FindingOf(const Catalogue& catalogue, const Rule& rule, const Condition& condition,
                              const Failure& failure, Lookup past) {
  report::v1::Finding finding;
  finding.set_rule(rule.options->id());
  finding.set_severity(rule.options->severity());
  const Writer vi(catalogue, condition, failure, past, Language::kVietnamese);
  const Writer en(catalogue, condition, failure, past, Language::kEnglish);
  finding.mutable_text()->set_vi(absl::StrCat(rule.options->text().vi(), " ", vi.Relation()));
  finding.mutable_text()->set_en(absl::StrCat(rule.options->text().en(), " ", en.Relation()));
  SetSides(condition, failure, finding);
  for (const Addend& addend : condition.left) AddCode(catalogue, addend.id, finding);
  for (const Addend& addend : condition.right) AddCode(catalogue, addend.id, finding);
  if (condition.minimum.cell >= 0) AddCode(catalogue, condition.minimum, finding);
  for (size_t i = 0; i < condition.cells.size(); ++i) {
    if (condition.test == v1::Condition::kUnequal && EqualTo(condition, i, past).size() < 2) continue;
    AddCode(catalogue, condition.cells[i], finding);
  }
  return finding;
}

report::v1::Finding CellFinding(absl::string_view rule, const Line& line, absl::string_view vi, absl::string_view en) {
  return MakeFinding(rule, {line.code}, absl::StrCat(line.label.vi(), " (", line.code, "): ", vi),
                     absl::StrCat(line.label.en(), " (", line.code, "): ", en));
}

}  // namespace giaoban::contract
