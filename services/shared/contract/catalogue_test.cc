#include "services/shared/contract/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "services/shared/contract/parsed_form.h"

namespace giaoban::contract {
namespace {

using testing::HasSubstr;

// Builds a catalogue of one small form and returns what is wrong with it.
std::string DefectsOf(const std::string& form, const std::string& fields) {
  const ParsedForm parsed(form, fields);
  if (parsed.descriptor() == nullptr) return "not a proto";
  return std::string(Catalogue::Build({parsed.descriptor()}, nullptr).status().message());
}

std::string DefectsOfRule(const std::string& rule) {
  return DefectsOf(ParsedForm::Head() + rule, ParsedForm::Field("a", 1) + ParsedForm::Field("b", 2));
}

// The suite's own contract is well-formed, and its lines can be found by code.
TEST(CatalogueTest, BuildsTheSuite) {
  const auto catalogue = SuiteCatalogue();
  ASSERT_TRUE(catalogue.ok()) << catalogue.status();
  ASSERT_EQ((*catalogue)->forms().size(), 3u);
  EXPECT_EQ((*catalogue)->FindForm("training")->index, 1);
  EXPECT_EQ((*catalogue)->FindForm("trainings"), nullptr);
  EXPECT_EQ((*catalogue)->FindLine("nothing"), nullptr);
  for (const Form& form : (*catalogue)->forms()) {
    EXPECT_EQ(form.fingerprint.size(), 8u);
    for (const Line& line : form.lines) {
      EXPECT_EQ((*catalogue)->FindLine(line.code), &line);
      EXPECT_TRUE(line.derived() || &form.entered(line.id.cell) == &line) << line.code;
    }
  }
}

// A derived line stands where its `after` says, in that line's section, with parts of any form.
TEST(CatalogueTest, PlacesDerivedLines) {
  const auto catalogue = SuiteCatalogue();
  ASSERT_TRUE(catalogue.ok());
  const Line* share = (*catalogue)->FindLine("mem_share_of_staff");
  const Line* staff = (*catalogue)->FindLine("mem_staff_total");
  EXPECT_EQ(share->index, staff->index + 1);
  EXPECT_EQ(share->section, staff->section);
  EXPECT_EQ((*catalogue)->FindLine("mem_admission_rate")->index, share->index + 1);
  const Line* rate = (*catalogue)->FindLine("ins_disc_mem_rate");
  EXPECT_EQ((*catalogue)->entered(rate->denominator[0]).code, "mem_closing");
}

// Each defect of an indicator is named with where it is, and all of them at once.
TEST(CatalogueTest, NamesDefectsOfIndicators) {
  const std::string head = ParsedForm::Head();
  const auto field = [](const std::string& more) { return ParsedForm::Field("a", 1, more); };
  EXPECT_EQ(DefectsOf(head, field("")), "");
  EXPECT_THAT(DefectsOf(head, field("section: \"B\"")), HasSubstr("Report.a: is in the unknown section \"B\""));
  EXPECT_THAT(DefectsOf(head, field("maximum: 0")), HasSubstr("impossible maximum"));
  EXPECT_THAT(DefectsOf(head, field("measure: MEASURE_RATIO")), HasSubstr("adds up a ratio"));
  EXPECT_THAT(DefectsOf(head, "optional int64 a = 1;"),
              AllOf(HasSubstr("no indicator option"), HasSubstr("no Vietnamese text"), HasSubstr("no English text"),
                    HasSubstr("no unit"), HasSubstr("no measure"), HasSubstr("over blocs"), HasSubstr("over time")));
  EXPECT_THAT(DefectsOf(head, ParsedForm::Field("period", 1)), HasSubstr("code period is reserved"));
  std::string plain = field("");
  plain.erase(0, std::string("optional ").size());
  EXPECT_THAT(DefectsOf(head, plain), HasSubstr("not an optional int64"));
  std::string narrow = field("");
  narrow.replace(narrow.find("int64"), 5, "int32");
  EXPECT_THAT(DefectsOf(head, narrow), HasSubstr("not an optional int64"));
}

// A form without the words people read, or with the same section twice, is refused.
TEST(CatalogueTest, NamesDefectsOfForms) {
  EXPECT_THAT(DefectsOf("", ""), AllOf(HasSubstr("has no kind"), HasSubstr("title has no Vietnamese text")));
  EXPECT_THAT(DefectsOf(ParsedForm::Head() + "sections: {id: \"A\" title: {vi: \"x\" en: \"x\"}}", ""),
              HasSubstr("section A is declared twice"));
}

// A code means one thing among all forms, and a kind is one form.
TEST(CatalogueTest, RefusesTheSameFormTwice) {
  const ParsedForm parsed(ParsedForm::Head(), ParsedForm::Field("a", 1));
  const auto catalogue = Catalogue::Build({parsed.descriptor(), parsed.descriptor()}, nullptr);
  EXPECT_THAT(std::string(catalogue.status().message()),
              AllOf(HasSubstr("code a is used twice"), HasSubstr("kind is used twice")));
}

// A derived line needs an anchor, a place for its decimals and parts that are summed.
TEST(CatalogueTest, NamesDefectsOfDerivedLines) {
  const auto derived = [](const std::string& after, const std::string& parts) {
    return DefectsOf(ParsedForm::Head() + "derived: {code: \"d\" after: \"" + after +
                         "\" unit: UNIT_PERCENT label: {vi: \"x\" en: \"x\"} " + parts + "}",
                     ParsedForm::Field("a", 1) + ParsedForm::Field("low", 2, "over_blocs: OVER_BLOCS_MINIMUM"));
  };
  EXPECT_EQ(derived("a", "numerator: \"a\" denominator: \"a\""), "");
  EXPECT_THAT(derived("b", ""), HasSubstr("stands after the unknown indicator \"b\""));
  EXPECT_THAT(derived("a", "numerator: \"a\""), HasSubstr("lacks a numerator or a denominator"));
  EXPECT_THAT(derived("a", "numerator: \"x\" denominator: \"a\""), HasSubstr("x is not the code"));
  EXPECT_THAT(derived("a", "numerator: \"d\" denominator: \"a\""), HasSubstr("d is not the code"));
  EXPECT_THAT(derived("a", "numerator: \"low\" denominator: \"a\""), HasSubstr("low is not summed over blocs"));
  EXPECT_THAT(derived("a", "numerator: \"a\" denominator: \"a\" decimals: 7"), HasSubstr("0 to 6 decimals"));
}

// A rule that could never be evaluated, or not as written, stops the start.
TEST(CatalogueTest, NamesDefectsOfRules) {
  const std::string good = "linear: {left: {plus: \"a\"} relation: RELATION_EQUAL right: {plus: \"b\"}}";
  EXPECT_EQ(DefectsOfRule(ParsedForm::Rule("V01", good)), "");
  EXPECT_THAT(DefectsOfRule(ParsedForm::Rule("V18", good)), HasSubstr("test V18: the rule id is taken"));
  EXPECT_THAT(DefectsOfRule(ParsedForm::Rule("V01", good) + ParsedForm::Rule("V01", good)), HasSubstr("id is taken"));
  EXPECT_THAT(DefectsOfRule(ParsedForm::Rule("a", good)), HasSubstr("begins with A to Z"));
  EXPECT_THAT(DefectsOfRule("rules: {id: \"V01\"}"),
              AllOf(HasSubstr("no severity"), HasSubstr("no English text"), HasSubstr("no condition")));
  EXPECT_THAT(DefectsOfRule(ParsedForm::Rule("V01", "")), HasSubstr("tests nothing"));
  EXPECT_THAT(DefectsOfRule(ParsedForm::Rule("V01", "linear: {left: {plus: \"x\"}}")),
              AllOf(HasSubstr("x is not the code"), HasSubstr("no relation"), HasSubstr("a sum is empty")));
  EXPECT_THAT(DefectsOfRule(ParsedForm::Rule("V01", "all_or_none: {codes: \"a\"}")), HasSubstr("fewer than two"));
  const std::string sums = "numerator: {plus: \"a\"} denominator: {plus: \"b\"} ";
  EXPECT_THAT(DefectsOfRule(ParsedForm::Rule("V01", "bounds: {" + sums + "}")),
              AllOf(HasSubstr("a scale is 1 or 10000"), HasSubstr("no bound")));
  EXPECT_THAT(DefectsOfRule(ParsedForm::Rule("V01", "bounds: {" + sums + "scale: 1 minimum: 2 maximum: 1}")),
              HasSubstr("minimum is above its maximum"));
  for (const char* halves : {"-1", "3", "2000000000"}) {
    EXPECT_THAT(
        DefectsOfRule(ParsedForm::Rule("V01", absl::StrCat("linear: {left: {plus_run: {code: \"a\" halves: ", halves,
                                                           "}} relation: RELATION_EQUAL right: {plus: \"b\"}}"))),
        HasSubstr("a run is 2 to 2 half-years long here"));
  }
}

// A message without the option is no form, and one without rules between forms no crossing.
TEST(CatalogueTest, RefusesOtherMessages) {
  const auto catalogue = Catalogue::Build({v1::Text::descriptor()}, v1::Text::descriptor());
  EXPECT_THAT(std::string(catalogue.status().message()),
              AllOf(HasSubstr("has no form option"), HasSubstr("has no crossing option")));
}

// Blank cells stay blank over a message, zeros stay zeros, and the one number that means
// blank inside is not blank when somebody sends it.
TEST(CatalogueTest, ReadsAndWritesMessages) {
  ParsedForm parsed(ParsedForm::Head(), ParsedForm::Field("a", 1) + ParsedForm::Field("b", 2));
  const auto catalogue = Catalogue::Build({parsed.descriptor()}, nullptr);
  const Form& form = (*catalogue)->forms()[0];
  const auto report = parsed.Report({{"b", 0}});
  EXPECT_EQ(form.Read(*report), (Cells{kBlank, 0}));
  const auto copy = parsed.Report({});
  form.Write({kBlank, 0}, copy.get());
  EXPECT_EQ(copy->SerializeAsString(), report->SerializeAsString());
  EXPECT_NE(form.Read(*parsed.Report({{"a", kBlank}}))[0], kBlank);
}

// A fingerprint tells forms apart that differ in one rule only.
TEST(CatalogueTest, FingerprintsTheWholeForm) {
  const auto fingerprint = [](const std::string& maximum) {
    const ParsedForm parsed(ParsedForm::Head(), ParsedForm::Field("a", 1, maximum));
    return (*Catalogue::Build({parsed.descriptor()}, nullptr))->forms()[0].fingerprint;
  };
  EXPECT_EQ(fingerprint("maximum: 5"), fingerprint("maximum: 5"));
  EXPECT_NE(fingerprint("maximum: 5"), fingerprint("maximum: 6"));
}

// Sections of the year's grading are asked for in second halves only.
TEST(CatalogueTest, KnowsWhatIsAsked) {
  EXPECT_TRUE(IsAsked(v1::ASKED_UNSPECIFIED, HalfYear(2023, 1)));
  EXPECT_FALSE(IsAsked(v1::ASKED_SECOND_HALF, HalfYear(2023, 1)));
  EXPECT_TRUE(IsAsked(v1::ASKED_SECOND_HALF, HalfYear(2023, 2)));
}

}  // namespace
}  // namespace giaoban::contract
