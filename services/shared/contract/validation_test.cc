#include "services/shared/contract/validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/shared/contract/parsed_form.h"

namespace giaoban::contract {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const HalfYear kFirst(2023, 1);
const HalfYear kSecond(2023, 2);

// A form with one rule of each sort. `a` is required, the rest is optional.
std::string Rules() {
  const auto rule = [](const std::string& id, const std::string& condition) { return ParsedForm::Rule(id, condition); };
  const auto warning = [](const std::string& id, const std::string& condition) {
    return ParsedForm::Rule(id, condition, "SEVERITY_WARNING");
  };
  return rule("V01", "linear: {left: {plus: \"a\"} relation: RELATION_EQUAL right: {plus: [\"b\", \"c\"]}}") +
         rule("V02", "linear: {left: {plus: \"d\" minus: \"c\"} relation: RELATION_AT_MOST right: {plus: \"a\"}}") +
         rule("V03", "linear: {left: {plus: \"b\"} relation: RELATION_EQUAL right: {plus_previous: \"a\"}}") +
         warning("V04",
                 "bounds: {numerator: {plus: \"a\"} denominator: {plus: \"e\"} scale: 1 minimum: 15 maximum: 200}") +
         warning("V05",
                 "bounds: {numerator: {plus: [\"a\", \"c\"] minus: \"d\"} denominator: {plus_previous: \"a\"} "
                 "scale: 10000 minimum: 8000 maximum: 12000}") +
         rule("V06",
              "bounds: {numerator: {plus: \"f\"} denominator: {plus: \"g\"} scale: 10000 minimum_code: \"rate\"}") +
         rule("V07", "all_or_none: {codes: [\"h\", \"i\", \"j\"]}") +
         rule("V08", "positive_together: {codes: [\"h\", \"k\"]}") +
         warning("V09", "unequal: {codes: [\"l\", \"m\", \"n\"] from: 50}") +
         rule("V10",
              "asked: ASKED_SECOND_HALF linear: {left: {plus: \"graded\"} relation: RELATION_EQUAL "
              "right: {plus: \"a\"}}");
}

std::string Fields() {
  std::string fields = ParsedForm::Field("a", 1, "required: true");
  int number = 2;
  for (const char* code : {"b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"}) {
    fields += ParsedForm::Field(code, number++);
  }
  return fields +
         ParsedForm::Field("rate", number,
                           "unit: UNIT_PERCENT measure: MEASURE_RATIO over_blocs: OVER_BLOCS_MINIMUM "
                           "over_time: OVER_TIME_MINIMUM") +
         ParsedForm::Field("graded", number + 1, "section: \"D\"");
}

class ValidationTest : public testing::Test {
 protected:
  void SetUp() override {
    auto built = Catalogue::Build({parsed_.descriptor()}, nullptr);
    ASSERT_TRUE(built.ok()) << built.status();
    catalogue_ = *built;
  }

  const Form& form() const { return catalogue_->forms()[0]; }
  Cells CellsOf(const std::map<std::string, int64_t>& values) { return form().Read(*parsed_.Report(values)); }

  Findings Check(const std::map<std::string, int64_t>& values, HalfYear half = kFirst) {
    return ValidateReport(*catalogue_, form(), half, *parsed_.Report(values), nullptr);
  }
  Findings CheckAfter(const std::map<std::string, int64_t>& previous, const std::map<std::string, int64_t>& values) {
    const Cells cells = CellsOf(previous);
    return ValidateReport(*catalogue_, form(), kFirst, *parsed_.Report(values), &cells);
  }

  ParsedForm parsed_{
      ParsedForm::Head() + "sections: {id: \"D\" title: {vi: \"D\" en: \"D\"} asked: ASKED_SECOND_HALF} " + Rules(),
      Fields()};
  std::shared_ptr<const Catalogue> catalogue_;
};

MATCHER_P(RuleIs, id, "") { return arg.rule() == id; }

// Nothing is wrong with a report in which everything fits, blanks included.
TEST_F(ValidationTest, FindsNothingInAGoodReport) {
  EXPECT_THAT(Check({{"a", 100}}), IsEmpty());
  EXPECT_THAT(Check({{"a", 100}, {"b", 60}, {"c", 40}, {"d", 140}, {"e", 5}, {"f", 9}, {"g", 10}, {"rate", 9000}}),
              IsEmpty());
}

// A sum that does not fit is told in both languages with every code and value and both sides.
TEST_F(ValidationTest, ExplainsASum) {
  const Findings findings = Check({{"a", 1063}, {"b", 39}, {"c", 1025}});
  ASSERT_THAT(findings, ElementsAre(RuleIs("V01")));
  EXPECT_EQ(findings[0].severity(), v1::SEVERITY_ERROR);
  EXPECT_EQ(findings[0].text().vi(), "Luật V01. a (1.063) ≠ b (39) + c (1.025) = 1.064");
  EXPECT_EQ(findings[0].text().en(), "Rule V01. a (1,063) ≠ b (39) + c (1,025) = 1,064");
  EXPECT_THAT(findings[0].codes(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(findings[0].left(), 1063);
  EXPECT_EQ(findings[0].right(), 1064);
}

// A blank optional cell adds nothing but is named; with nothing filled on a side nothing is said.
TEST_F(ValidationTest, BlankIsNotZero) {
  const Findings findings = Check({{"a", 63}, {"b", 64}});
  ASSERT_THAT(findings, ElementsAre(RuleIs("V01")));
  EXPECT_EQ(findings[0].text().vi(), "Luật V01. a (63) ≠ b (64) + c (trống) = 64");
  EXPECT_EQ(findings[0].text().en(), "Rule V01. a (63) ≠ b (64) + c (blank) = 64");
  EXPECT_THAT(findings[0].codes(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Check({{"a", 63}, {"b", 0}}), ElementsAre(RuleIs("V01")));
  EXPECT_THAT(Check({{"a", 63}}), IsEmpty());
}

// A required blank is a finding of its own and silences every condition that needs it.
TEST_F(ValidationTest, RequiredBlankIsOneFinding) {
  const Findings findings = Check({{"b", 39}, {"c", 25}, {"d", 999}, {"e", 1}});
  ASSERT_THAT(findings, ElementsAre(RuleIs("REQUIRED")));
  EXPECT_EQ(findings[0].text().vi(), "Dòng a (a): chỉ tiêu bắt buộc còn để trống");
  EXPECT_EQ(findings[0].text().en(), "Line a (a): this indicator is required and blank");
  EXPECT_THAT(findings[0].codes(), ElementsAre("a"));
}

// At most: equal is fine, one more is not; a subtracted cell is shown as such.
TEST_F(ValidationTest, ExplainsAnInequality) {
  EXPECT_THAT(Check({{"a", 10}, {"b", 7}, {"c", 3}, {"d", 13}}), IsEmpty());
  const Findings findings = Check({{"a", 10}, {"b", 7}, {"c", 3}, {"d", 14}});
  ASSERT_THAT(findings, ElementsAre(RuleIs("V02")));
  EXPECT_EQ(findings[0].text().en(), "Rule V02. d (14) − c (3) = 11 > a (10)");
}

// The previous period is read when it is known, marked, and its own blanks are no zeros.
TEST_F(ValidationTest, ComparesWithThePreviousPeriod) {
  EXPECT_THAT(Check({{"a", 10}, {"b", 10}}), IsEmpty());
  EXPECT_THAT(CheckAfter({{"a", 10}}, {{"a", 10}, {"b", 10}}), IsEmpty());
  EXPECT_THAT(CheckAfter({{"e", 10}}, {{"a", 10}, {"b", 10}}), IsEmpty());
  const Findings findings = CheckAfter({{"a", 9}}, {{"a", 10}, {"b", 10}});
  ASSERT_THAT(findings, ElementsAre(RuleIs("V03")));
  EXPECT_EQ(findings[0].text().vi(), "Luật V03. b (10) ≠ a (9) (kỳ trước)");
  EXPECT_EQ(findings[0].text().en(), "Rule V03. b (10) ≠ a (9) (previous period)");
}

// A quotient is compared exactly at both bounds, and shown with as many decimals as tell the two apart.
TEST_F(ValidationTest, ExplainsAQuotient) {
  EXPECT_THAT(Check({{"a", 300}, {"e", 20}}), IsEmpty());
  EXPECT_THAT(Check({{"a", 4000}, {"e", 20}}), IsEmpty());
  EXPECT_THAT(Check({{"a", 4000}, {"e", 0}}), IsEmpty());
  Findings findings = Check({{"a", 100}, {"e", 20}});
  ASSERT_THAT(findings, ElementsAre(RuleIs("V04")));
  EXPECT_EQ(findings[0].severity(), v1::SEVERITY_WARNING);
  EXPECT_EQ(findings[0].text().vi(), "Luật V04. a (100) ÷ e (20) = 5,00 < 15");
  EXPECT_EQ(findings[0].text().en(), "Rule V04. a (100) ÷ e (20) = 5.00 < 15");
  EXPECT_EQ(findings[0].left(), 5);
  EXPECT_EQ(findings[0].right(), 15);
  findings = Check({{"a", 200001}, {"e", 1000}});
  ASSERT_THAT(findings, ElementsAre(RuleIs("V04")));
  EXPECT_EQ(findings[0].text().en(), "Rule V04. a (200,001) ÷ e (1,000) = 200.001 > 200");
  EXPECT_EQ(findings[0].left(), 201);
}

// Scale 10000 is a share, shown as a percentage; sums of several cells stand in brackets.
TEST_F(ValidationTest, ExplainsAShare) {
  EXPECT_THAT(CheckAfter({{"a", 100}}, {{"a", 80}}), IsEmpty());
  EXPECT_THAT(CheckAfter({{"a", 100}}, {{"a", 120}}), IsEmpty());
  const Findings findings = CheckAfter({{"a", 3000}}, {{"a", 2401}, {"d", 2}});
  ASSERT_THAT(findings, ElementsAre(RuleIs("V05")));
  EXPECT_EQ(findings[0].text().vi(),
            "Luật V05. (a (2.401) + c (trống) − d (2)) ÷ a (3.000) (kỳ trước) = 79,97\u00a0% < 80\u00a0%");
  EXPECT_EQ(findings[0].text().en(),
            "Rule V05. (a (2,401) + c (blank) − d (2)) ÷ a (3,000) (previous period) = 79.97% < 80%");
  EXPECT_EQ(findings[0].left(), 7996);
  EXPECT_EQ(findings[0].right(), 8000);
}

// A bound held by a cell is compared exactly too; without the cell there is no bound.
TEST_F(ValidationTest, ReadsABoundFromACell) {
  EXPECT_THAT(Check({{"a", 1}, {"f", 2}, {"g", 3}, {"rate", 6666}}), IsEmpty());
  EXPECT_THAT(Check({{"a", 1}, {"f", 0}, {"g", 3}}), IsEmpty());
  const Findings findings = Check({{"a", 1}, {"f", 2}, {"g", 3}, {"rate", 6667}});
  ASSERT_THAT(findings, ElementsAre(RuleIs("V06")));
  EXPECT_EQ(findings[0].text().vi(), "Luật V06. f (2) ÷ g (3) = 66,667\u00a0% < rate (66,67\u00a0%)");
  EXPECT_EQ(findings[0].left(), 6666);
  EXPECT_THAT(findings[0].codes(), ElementsAre("f", "g", "rate"));
}

// All or none: zero counts as filled.
TEST_F(ValidationTest, AllOrNone) {
  EXPECT_THAT(Check({{"a", 1}, {"h", 0}, {"i", 0}, {"j", 0}}), IsEmpty());
  const Findings findings = Check({{"a", 1}, {"h", 0}, {"j", 0}});
  ASSERT_THAT(findings, ElementsAre(RuleIs("V07")));
  EXPECT_EQ(findings[0].text().vi(), "Luật V07. đã điền: h (0), j (0); để trống: i (trống)");
  EXPECT_THAT(findings[0].codes(), ElementsAre("h", "i", "j"));
}

// Positive together: blank and zero are both "none".
TEST_F(ValidationTest, PositiveTogether) {
  EXPECT_THAT(Check({{"a", 1}, {"k", 0}}), IsEmpty());
  const Findings findings = Check({{"a", 1}, {"k", 2}});
  ASSERT_THAT(findings, ElementsAre(RuleIs("V08")));
  EXPECT_EQ(findings[0].text().en(), "Rule V08. above zero: k (2); not above zero: h (blank)");
}

// Equal values are remarked on from a size on, and only the equal ones are named.
TEST_F(ValidationTest, Unequal) {
  EXPECT_THAT(Check({{"a", 1}, {"l", 49}, {"m", 49}}), IsEmpty());
  EXPECT_THAT(Check({{"a", 1}, {"l", 50}, {"m", 51}, {"n", 52}}), IsEmpty());
  const Findings findings = Check({{"a", 1}, {"l", 50}, {"m", 51}, {"n", 50}});
  ASSERT_THAT(findings, ElementsAre(RuleIs("V09")));
  EXPECT_EQ(findings[0].text().en(), "Rule V09. l (50) = n (50)");
  EXPECT_THAT(findings[0].codes(), ElementsAre("l", "n"));
}

// The grading is asked for in second halves: refused before, checked then.
TEST_F(ValidationTest, AsksInSecondHalvesOnly) {
  EXPECT_THAT(Check({{"a", 5}, {"graded", 4}}, kFirst), ElementsAre(RuleIs("NOT_ASKED")));
  EXPECT_THAT(Check({{"a", 5}, {"graded", 4}}, kSecond), ElementsAre(RuleIs("V10")));
  EXPECT_THAT(Check({{"a", 5}, {"graded", 5}}, kSecond), IsEmpty());
  EXPECT_THAT(Check({{"a", 5}}, kSecond), IsEmpty());
}

// Every value out of range is V18 with the bound it crossed, in the form of its unit.
TEST_F(ValidationTest, ChecksRanges) {
  Findings findings = Check({{"a", -3}, {"b", 1'000'000'001}, {"rate", 10001}});
  ASSERT_THAT(findings, testing::Contains(RuleIs("V18")).Times(3));
  EXPECT_EQ(findings[0].text().vi(), "Dòng a (a): -3 không nằm trong khoảng từ 0 đến 1.000.000.000");
  EXPECT_EQ(findings[0].left(), -3);
  EXPECT_EQ(findings[0].right(), 0);
  EXPECT_EQ(findings[1].right(), 1'000'000'000);
  EXPECT_EQ(findings[2].text().en(), "Line rate (rate): 100.01% is not between 0% and 100%");
}

// Numbers nobody can mean are V18, never an overflow or a blank.
TEST_F(ValidationTest, SurvivesExtremeNumbers) {
  const int64_t most = std::numeric_limits<int64_t>::max();
  const Findings findings = Check({{"a", kBlank}, {"b", most}, {"c", most}, {"d", most}, {"e", 1}, {"rate", most}});
  EXPECT_THAT(findings, testing::Each(RuleIs("V18")));
  EXPECT_THAT(findings, SizeIs(5));
}

// A field the form does not have is refused by number, not ignored.
TEST_F(ValidationTest, FindsUnknownFields) {
  const auto report = parsed_.Report({{"a", 1}});
  report->GetReflection()->MutableUnknownFields(report.get())->AddVarint(99, 1);
  const Findings findings = ValidateReport(*catalogue_, form(), kFirst, *report, nullptr);
  ASSERT_THAT(findings, ElementsAre(RuleIs("UNKNOWN_FIELD")));
  EXPECT_THAT(findings[0].text().en(), HasSubstr("number 99"));
}

// Every fault is named at once: cells in the order of the form, then rules in theirs.
TEST_F(ValidationTest, NamesAllFaultsInOrder) {
  const Findings findings = Check({{"a", 10}, {"b", 1}, {"c", -1}, {"e", 10}, {"k", 1}, {"graded", 1}});
  std::vector<std::string> rules;
  for (const auto& finding : findings) rules.push_back(finding.rule());
  EXPECT_THAT(rules, ElementsAre("V18", "NOT_ASKED", "V01", "V04", "V08"));
}

// On totals only warnings are evaluated, and an unknown past leaves a condition out.
TEST_F(ValidationTest, TotalsGetWarningsOnly) {
  const Cells cells = CellsOf({{"a", 10}, {"b", 1}, {"c", 1}, {"l", 60}, {"m", 60}});
  const Findings findings =
      ValidateTotals(*catalogue_, form(), kFirst, [&](CellId id, int back) -> std::optional<int64_t> {
        return back == 0 ? std::optional<int64_t>(cells[id.cell]) : std::nullopt;
      });
  EXPECT_THAT(findings, ElementsAre(RuleIs("V09")));
}

// Rules between forms look back over several half-years, and say how far.
TEST(CrossingTest, AddsOverRuns) {
  const auto catalogue = *SuiteCatalogue();
  const CellId admitted = catalogue->FindLine("mem_admitted")->id;
  const CellId awareness = catalogue->FindLine("trn_learner_awareness")->id;
  int known = 4;
  const auto past = [&](CellId id, int back) -> std::optional<int64_t> {
    if (back >= known) return std::nullopt;
    if (id == admitted) return 25;
    if (id == awareness) return 10 + back;
    return kBlank;
  };
  const Findings findings = ValidateCrossing(*catalogue, kFirst, past);
  ASSERT_THAT(findings, ElementsAre(RuleIs("V22")));
  EXPECT_EQ(findings[0].left(), 50);
  EXPECT_EQ(findings[0].right(), 46);
  EXPECT_THAT(findings[0].text().en(),
              HasSubstr("mem_admitted (25) + mem_admitted (25) (previous period) = 50 > trn_learner_awareness (10)"));
  EXPECT_THAT(findings[0].text().vi(), HasSubstr("trn_learner_awareness (13) (3 kỳ trước) = 46"));
  EXPECT_THAT(findings[0].codes(), ElementsAre("mem_admitted", "trn_learner_awareness"));
  known = 3;
  EXPECT_THAT(ValidateCrossing(*catalogue, kFirst, past), IsEmpty());
}

// A warning is explained by its rule or by an indicator in it; white space explains nothing,
// and no explanation helps an error.
TEST_F(ValidationTest, ExplanationsLetWarningsPass) {
  const auto refused = [&](const std::map<std::string, int64_t>& values,
                           const std::map<std::string, std::string>& explanations) {
    Findings findings = Check(values);
    AttachExplanations({explanations.begin(), explanations.end()}, findings);
    return IsRefused(findings);
  };
  const std::map<std::string, int64_t> warned = {{"a", 100}, {"e", 20}};
  EXPECT_TRUE(refused(warned, {}));
  EXPECT_FALSE(refused(warned, {{"V04", "vì sao"}}));
  EXPECT_FALSE(refused(warned, {{"e", "vì sao"}}));
  EXPECT_TRUE(refused(warned, {{"V04", " \n"}}));
  EXPECT_TRUE(refused(warned, {{"V05", "vì sao"}, {"b", "vì sao"}}));
  EXPECT_TRUE(refused({{"a", 63}, {"b", 64}}, {{"V01", "vì sao"}}));
  EXPECT_FALSE(refused({{"a", 63}}, {}));
}

}  // namespace
}  // namespace giaoban::contract
