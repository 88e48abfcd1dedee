// Goal: what counts is what the chair decided, findings and explanations say what
// they are about, and an entry that does not fit is never taken.
#include "services/aggregator/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "services/aggregator/journals_for_tests.h"

namespace giaoban::aggregator {
namespace {

using contract::HalfYear;
using report::v1::DECISION_ACCEPT;
using report::v1::DECISION_RETURN;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kCluster[] = "dong-bac";
constexpr char kAutumn[] = "2022-H2";
constexpr char kSpring[] = "2023-H1";

class ModelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_.Establish(kCluster);
    for (const char* bloc : {"ha-giang", "cao-bang"}) directory_.Join(kCluster, bloc);
    for (const char* period : {kAutumn, kSpring}) directory_.Schedule(kCluster, period);
  }

  const contract::Form& FormOf(const std::string& kind) const { return *catalogue_->FindForm(kind); }
  absl::Status Take(const std::string& kind, const report::v1::Entry& entry) {
    return model_.Apply(FormOf(kind).index, entry).status();
  }
  static TestJournals::Key KeyOf(const std::string& bloc, const std::string& period) {
    return TestJournals::KeyOf(kCluster, period, bloc);
  }
  // Submits a report of zeros but for these values; the hash of its entry.
  std::string Submit(const std::string& kind, const std::string& bloc, const std::string& period, int64_t revision,
                     const std::map<std::string, int64_t>& values,
                     const std::map<std::string, std::string>& explanations = {}) {
    const contract::Form& form = FormOf(kind);
    const auto entry = journals_.Submit(form, KeyOf(bloc, period), revision,
                                        With(Zeros(form, *HalfYear::Parse(period)), values), explanations);
    EXPECT_TRUE(Take(kind, entry).ok());
    return entry.hash();
  }
  absl::Status Decide(const std::string& kind, const std::string& bloc, const std::string& period, int64_t revision,
                      const std::string& hash, report::v1::Decision decision = DECISION_ACCEPT) {
    return Take(kind, journals_.Decide(FormOf(kind), KeyOf(bloc, period), revision, hash, decision));
  }
  void Accept(const std::string& kind, const std::string& bloc, const std::string& period, int64_t revision,
              const std::map<std::string, int64_t>& values, const std::map<std::string, std::string>& explained = {}) {
    const std::string hash = Submit(kind, bloc, period, revision, values, explained);
    EXPECT_TRUE(Decide(kind, bloc, period, revision, hash).ok());
  }

  static Question About(const std::string& period, v1::Basis basis = v1::BASIS_ACCEPTED) {
    return {.cluster = kCluster, .half = *HalfYear::Parse(period), .basis = basis};
  }
  v1::Row RowOf(const Question& question, const std::string& code) {
    for (const v1::Row& row : model_.Summarise(question).summary->rows()) {
      if (row.code() == code) return row;
    }
    ADD_FAILURE() << "no row " << code;
    return {};
  }
  int64_t TotalOf(const std::string& code, v1::Basis basis) {
    return RowOf(About(kSpring, basis), code).total().value();
  }
  // "rule bloc", of everything found.
  std::vector<std::string> Findings(const Question& question) {
    std::vector<std::string> found;
    for (const report::v1::Finding& finding : model_.Summarise(question).summary->findings()) {
      found.push_back(finding.rule() + " " + finding.bloc());
    }
    return found;
  }
  v1::ExplainFigureResponse Explain(const std::string& code) {
    std::vector<int64_t> positions;
    return model_.Explain(About(kSpring), *catalogue_->FindLine(code), &positions).value();
  }

  std::shared_ptr<const contract::Catalogue> catalogue_ = TestCatalogue();
  TestDirectory directory_;
  TestJournals journals_;
  Model model_{catalogue_, directory_.view};
};

TEST_F(ModelTest, AnAmendmentCountsOnceItIsAccepted) {
  Accept("training", "ha-giang", kSpring, 1, {{"trn_class_total", 3}});
  const std::string hash = Submit("training", "ha-giang", kSpring, 2, {{"trn_class_total", 5}});
  EXPECT_EQ(TotalOf("trn_class_total", v1::BASIS_ACCEPTED), 3);
  EXPECT_EQ(TotalOf("trn_class_total", v1::BASIS_SUBMITTED), 5);
  ASSERT_TRUE(Decide("training", "ha-giang", kSpring, 2, hash).ok());
  EXPECT_EQ(TotalOf("trn_class_total", v1::BASIS_ACCEPTED), 5);
}

TEST_F(ModelTest, AReturnedOrWithdrawnAmendmentLeavesTheAcceptedOne) {
  Accept("training", "ha-giang", kSpring, 1, {{"trn_class_total", 3}});
  const std::string hash = Submit("training", "ha-giang", kSpring, 2, {{"trn_class_total", 5}});
  ASSERT_TRUE(Decide("training", "ha-giang", kSpring, 2, hash, DECISION_RETURN).ok());
  EXPECT_EQ(TotalOf("trn_class_total", v1::BASIS_SUBMITTED), 3);
  Submit("training", "ha-giang", kSpring, 3, {{"trn_class_total", 7}});
  ASSERT_TRUE(Take("training", journals_.Withdraw(FormOf("training"), KeyOf("ha-giang", kSpring), 3)).ok());
  EXPECT_EQ(TotalOf("trn_class_total", v1::BASIS_SUBMITTED), 3);
}

TEST_F(ModelTest, WithoutReportsThereAreRowsButNoFigures) {
  const v1::Row row = RowOf(About(kSpring), "mem_closing");
  EXPECT_FALSE(row.has_total());
  EXPECT_EQ(row.reported(), 0);
  EXPECT_EQ(row.expected(), 2);
  EXPECT_EQ(row.cells_size(), 2);
  EXPECT_FALSE(row.cells(0).has_figure());
}

TEST_F(ModelTest, ABlankCellIsNotZero) {
  Accept("training", "ha-giang", kSpring, 1, {{"trn_learner_certified", 4}});
  Accept("training", "cao-bang", kSpring, 1, {});
  const v1::Row row = RowOf(About(kSpring), "trn_learner_certified");
  EXPECT_EQ(row.total().value(), 4);
  EXPECT_EQ(row.reported(), 1);
  EXPECT_FALSE(row.cells(1).has_figure());
}

TEST_F(ModelTest, ADecisionWithAnotherHashIsNotTaken) {
  Submit("training", "ha-giang", kSpring, 1, {});
  EXPECT_EQ(Decide("training", "ha-giang", kSpring, 1, "another").code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(model_.Positions(FormOf("training").index).at(0).position(), 1);
}

TEST_F(ModelTest, ADecisionOnASupersededRevisionIsNotTaken) {
  const std::string hash = Submit("training", "ha-giang", kSpring, 1, {});
  Submit("training", "ha-giang", kSpring, 2, {});
  EXPECT_EQ(Decide("training", "ha-giang", kSpring, 1, hash).code(), absl::StatusCode::kDataLoss);
}

// Figures that would overflow a total were never judged right, and times no calendar has are still told.
TEST_F(ModelTest, WhatNoIntakeRecordsDoesNoHarm) {
  const contract::Form& form = FormOf("training");
  for (const int64_t impossible : {std::numeric_limits<int64_t>::max(), int64_t{-1}}) {
    const auto entry = TestJournals().Submit(form, KeyOf("ha-giang", kSpring), 1,
                                             With(Zeros(form, HalfYear(2023, 1)), {{"trn_class_total", impossible}}));
    EXPECT_EQ(Take("training", entry).code(), absl::StatusCode::kDataLoss);
  }
  auto entry = journals_.Submit(form, KeyOf("ha-giang", kSpring), 1, Zeros(form, HalfYear(2023, 1)));
  report::v1::Fact fact;
  ASSERT_TRUE(fact.ParseFromString(entry.body()));
  fact.mutable_time()->set_seconds(std::numeric_limits<int64_t>::max());
  entry.set_body(fact.SerializeAsString());
  ASSERT_TRUE(Take("training", entry).ok());
  const auto coverage = model_.Coverage(kCluster, HalfYear(2023, 1), absl::FromUnixSeconds(199));
  EXPECT_EQ(coverage.blocs(0).reports(1).submit_time().seconds(), 253'402'300'799);
}

TEST_F(ModelTest, AGapIsNotTakenAndARepetitionIsIgnored) {
  const contract::Form& form = FormOf("training");
  const auto first = journals_.Submit(form, KeyOf("ha-giang", kSpring), 1, Zeros(form, HalfYear(2023, 1)));
  const auto second = journals_.Withdraw(form, KeyOf("ha-giang", kSpring), 1);
  EXPECT_EQ(Take("training", second).code(), absl::StatusCode::kOutOfRange);
  EXPECT_TRUE(Take("training", first).ok());
  EXPECT_TRUE(Take("training", first).ok());
  EXPECT_TRUE(Take("training", second).ok());
  EXPECT_TRUE(model_.Includes(About(kSpring), {0, 2, 0}));
  EXPECT_FALSE(model_.Includes(About(kSpring), {0, 3, 0}));
  Question elsewhere = About(kSpring);
  elsewhere.cluster = "elsewhere";
  EXPECT_FALSE(model_.Includes(elsewhere, {1, 0, 0}));
}

// What others hand in moves nothing an office gets, and no position it may wait for.
TEST_F(ModelTest, AnOfficeIsToldThePositionsOfItsOwnEntries) {
  Question question = About(kSpring);
  question.office = "ha-giang";
  const int form = FormOf("training").index;
  EXPECT_EQ(model_.Summarise(question).positions[form], 0);
  const std::string hash = Submit("training", "ha-giang", kSpring, 1, {});
  Submit("training", "cao-bang", kSpring, 1, {});
  const Answer before = model_.Summarise(question);
  EXPECT_EQ(before.positions[form], 1);
  EXPECT_FALSE(model_.Includes(question, {0, 2, 0}));
  EXPECT_TRUE(model_.Includes(About(kSpring), {0, 2, 0}));
  Submit("training", "cao-bang", kSpring, 2, {});
  EXPECT_EQ(model_.Summarise(question).version, before.version);
  ASSERT_TRUE(Decide("training", "ha-giang", kSpring, 1, hash, DECISION_RETURN).ok());
  EXPECT_EQ(model_.Summarise(question).positions[form], 4);
  EXPECT_EQ(model_.Summarise(About(kSpring)).positions[form], 4);
}

TEST_F(ModelTest, AnAmendmentOfThePastShowsInWhatWasBuiltOnIt) {
  const std::map<std::string, int64_t> ten = {{"mem_org_opening", 10}, {"mem_org_total", 10}, {"mem_org_cell", 10},
                                              {"mem_opening", 200},    {"mem_closing", 200},  {"mem_official", 200}};
  std::map<std::string, int64_t> eleven = ten;
  for (const char* code : {"mem_org_total", "mem_org_cell"}) eleven[code] = 11;
  eleven["mem_org_established"] = 1;
  Accept("membership", "ha-giang", kAutumn, 1, ten);
  Accept("membership", "ha-giang", kSpring, 1, ten);
  EXPECT_THAT(Findings(About(kSpring)), IsEmpty());
  const uint64_t version = model_.Summarise(About(kSpring)).version;
  const std::string hash = Submit("membership", "ha-giang", kAutumn, 2, eleven);
  EXPECT_EQ(model_.Summarise(About(kSpring)).version, version);
  ASSERT_TRUE(Decide("membership", "ha-giang", kAutumn, 2, hash).ok());
  EXPECT_THAT(Findings(About(kSpring)), ElementsAre("V03 ha-giang"));
  EXPECT_NE(model_.Summarise(About(kSpring)).version, version);
}

TEST_F(ModelTest, AWarningIsShownWithItsExplanation) {
  Accept("membership", "ha-giang", kSpring, 1,
         {{"mem_opening", 1000}, {"mem_admitted", 49}, {"mem_closing", 1049}, {"mem_official", 1049}},
         {{"V21", "a large new agency"}});
  const Answer answer = model_.Summarise(About(kSpring));
  ASSERT_EQ(answer.summary->findings_size(), 1);
  EXPECT_EQ(answer.summary->findings(0).rule(), "V21");
  EXPECT_EQ(answer.summary->findings(0).bloc(), "ha-giang");
  EXPECT_EQ(answer.summary->findings(0).explanation(), "a large new agency");
}

TEST_F(ModelTest, RulesBetweenKindsNeedBothReports) {
  Accept("inspection", "ha-giang", kSpring, 1, {{"ins_disc_mem_expelled", 1}, {"ins_disc_mem_total", 1}});
  EXPECT_THAT(Findings(About(kSpring)), IsEmpty());
  Accept("membership", "ha-giang", kSpring, 1, {});
  EXPECT_THAT(Findings(About(kSpring)), ElementsAre("V23 ha-giang"));
}

TEST_F(ModelTest, TotalsAreExaminedWhenEverybodyHasReported) {
  Accept("membership", "ha-giang", kSpring, 1,
         {{"mem_admitted", 60}, {"mem_vetted", 61}, {"mem_closing", 60}, {"mem_official", 60}});
  EXPECT_THAT(Findings(About(kSpring)), IsEmpty());
  Accept("membership", "cao-bang", kSpring, 1,
         {{"mem_vetted", 0}, {"mem_admitted", 1}, {"mem_closing", 1}, {"mem_official", 1}});
  EXPECT_THAT(Findings(About(kSpring)), ElementsAre("V20 "));
}

TEST_F(ModelTest, AnExplanationAddsUp) {
  Accept("training", "ha-giang", kSpring, 1, {{"trn_class_total", 3}, {"trn_learner_total", 100}});
  Accept("training", "cao-bang", kSpring, 1, {{"trn_class_total", 4}, {"trn_learner_total", 200}});
  const v1::ExplainFigureResponse learners = Explain("trn_learner_total");
  ASSERT_EQ(learners.contributions_size(), 2);
  EXPECT_EQ(learners.contributions(0).value() + learners.contributions(1).value(), learners.row().total().value());
  EXPECT_EQ(learners.contributions(1).bloc(), "cao-bang");
  EXPECT_EQ(learners.contributions(1).revision(), 1);
  EXPECT_EQ(learners.contributions(1).hash(), "training/dong-bac/3");
  EXPECT_EQ(learners.contributions(1).position(), 3);

  const v1::ExplainFigureResponse average = Explain("trn_avg_class_size");
  std::map<std::string, int64_t> sums;
  for (const v1::Contribution& part : average.contributions()) sums[part.code()] += part.value();
  EXPECT_EQ(sums["trn_learner_total"], average.row().total().ratio().numerator());
  EXPECT_EQ(sums["trn_class_total"], average.row().total().ratio().denominator());
  EXPECT_EQ(average.row().total().ratio().numerator(), 300);
}

TEST_F(ModelTest, AnExplanationNamesWhoIsMissing) {
  Accept("inspection", "ha-giang", kSpring, 1, {});
  Accept("membership", "ha-giang", kSpring, 1, {});
  Accept("inspection", "cao-bang", kSpring, 1, {});
  EXPECT_THAT(Explain("ins_disc_mem_rate").missing(), ElementsAre("cao-bang"));
  EXPECT_THAT(Explain("ins_rounds_total").missing(), IsEmpty());
}

TEST_F(ModelTest, ABlocThatLeftAPartBlankIsListedWithTheBlankOnly) {
  Accept("inspection", "ha-giang", kSpring, 1, {{"ins_plan_rounds", 8}, {"ins_rounds_total", 4}});
  Accept("inspection", "cao-bang", kSpring, 1, {{"ins_rounds_total", 9}});
  const v1::ExplainFigureResponse explained = Explain("ins_plan_completion");
  EXPECT_EQ(explained.row().total().ratio().numerator(), 4);
  ASSERT_EQ(explained.contributions_size(), 3);
  EXPECT_EQ(explained.contributions(2).bloc(), "cao-bang");
  EXPECT_EQ(explained.contributions(2).code(), "ins_plan_rounds");
  EXPECT_FALSE(explained.contributions(2).has_value());
}

TEST_F(ModelTest, CoverageTellsStatesAndWhoIsLate) {
  const std::string hash = Submit("membership", "ha-giang", kSpring, 1, {});
  ASSERT_TRUE(Decide("membership", "ha-giang", kSpring, 1, hash, DECISION_RETURN).ok());
  Accept("training", "ha-giang", kSpring, 1, {});
  const auto before = model_.Coverage(kCluster, HalfYear(2023, 1), absl::FromUnixSeconds(199));
  ASSERT_EQ(before.blocs_size(), 2);
  EXPECT_EQ(before.blocs(0).bloc(), "ha-giang");
  EXPECT_EQ(before.blocs(0).reports(0).state(), report::v1::STATE_RETURNED);
  EXPECT_FALSE(before.blocs(0).reports(0).late());
  EXPECT_EQ(before.blocs(0).reports(1).accepted_revision(), 1);
  EXPECT_EQ(before.blocs(1).reports(0).state(), report::v1::STATE_UNSPECIFIED);
  const auto after = model_.Coverage(kCluster, HalfYear(2023, 1), absl::FromUnixSeconds(200));
  EXPECT_TRUE(after.blocs(0).reports(0).late());
  EXPECT_FALSE(after.blocs(0).reports(1).late());
  EXPECT_TRUE(after.blocs(1).reports(0).late());
}

TEST_F(ModelTest, OpenPeriodsAreCounted) {
  Accept("training", "ha-giang", kSpring, 1, {});
  Accept("training", "ha-giang", kAutumn, 1, {});
  Submit("training", "cao-bang", kSpring, 1, {});
  const std::vector<OpenCoverage> open = model_.CoverageOfOpenPeriods(absl::FromUnixSeconds(250));
  EXPECT_EQ(open[FormOf("training").index].expected, 4);
  EXPECT_EQ(open[FormOf("training").index].accepted, 2);
  EXPECT_EQ(model_.CoverageOfOpenPeriods(absl::FromUnixSeconds(300))[0].expected, 0);
}

TEST_F(ModelTest, ABlocThatJoinsIsExpectedFromThenOn) {
  Accept("training", "ha-giang", kSpring, 1, {{"trn_class_total", 3}});
  Accept("training", "lang-son", kSpring, 1, {{"trn_class_total", 4}});
  EXPECT_EQ(TotalOf("trn_class_total", v1::BASIS_ACCEPTED), 3);
  directory_.Join(kCluster, "lang-son");
  EXPECT_EQ(TotalOf("trn_class_total", v1::BASIS_ACCEPTED), 7);
  EXPECT_EQ(RowOf(About(kSpring), "trn_class_total").expected(), 3);
}

TEST_F(ModelTest, AgencyGradingIsAskedForInSecondHalvesOnly) {
  std::vector<int64_t> positions;
  const contract::Line& line = *catalogue_->FindLine("grd_agency_total");
  EXPECT_FALSE(model_.Explain(About(kSpring), line, &positions).has_value());
  EXPECT_TRUE(model_.Explain(About(kAutumn), line, &positions).has_value());
}

}  // namespace
}  // namespace giaoban::aggregator
