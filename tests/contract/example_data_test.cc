// Goal: the example reports in tests/data are good reports by the forms of today, the
// totals of 2023-H1 are the published ones, and what is doubtful in them is found.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include "services/shared/contract/aggregation.h"
#include "services/shared/contract/format.h"
#include "services/shared/contract/sheet.h"
#include "services/shared/contract/validation.h"
#include "tests/contract/golden.h"

namespace giaoban::contract {
namespace {

using testing::Contains;
using testing::HasSubstr;

// Reports by period, then bloc.
using Reports = std::map<std::string, std::map<std::string, BlocCells>>;

class ExampleDataTest : public testing::Test {
 protected:
  // Every file under a folder, in order of their paths, and so of their periods.
  std::vector<Sheet> ReadAll(const std::string& folder, const std::string& extension) {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.path().extension() == extension) paths.push_back(entry.path().string());
    }
    std::sort(paths.begin(), paths.end());
    std::vector<Sheet> sheets;
    for (const std::string& path : paths) {
      const std::string content = ReadFile(path);
      if (content.find("\"kind\"") == std::string::npos && extension == ".json") continue;  // not a report
      auto sheet = ReadSheet(*catalogue_, content);
      EXPECT_TRUE(sheet.ok()) << path << ": " << sheet.status();
      if (sheet.ok()) sheets.push_back(*std::move(sheet));
    }
    return sheets;
  }

  // Takes a report in as an intake would, and returns its findings.
  Findings Submit(const Sheet& sheet) {
    const HalfYear half = *HalfYear::Parse(sheet.key.period());
    const BlocCells& before = CellsOf(half.Before(1).ToString(), sheet.key.bloc());
    const std::unique_ptr<google::protobuf::Message> report(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(sheet.form->descriptor)->New());
    sheet.form->Write(sheet.cells, report.get());
    Findings findings = MergeFindings(
        sheet.findings, ValidateReport(*catalogue_, *sheet.form, half, *report, before[sheet.form->index].get()));
    AttachExplanations({sheet.explanations.begin(), sheet.explanations.end()}, findings);
    CellsOf(sheet.key.period(), sheet.key.bloc())[sheet.form->index] = std::make_shared<const Cells>(sheet.cells);
    return findings;
  }

  void SubmitAll(const std::vector<Sheet>& sheets) {
    for (const Sheet& sheet : sheets) {
      const Findings findings = Submit(sheet);
      EXPECT_FALSE(IsRefused(findings)) << sheet.key.ShortDebugString() << ": "
                                        << testing::PrintToString(findings.empty() ? "" : findings[0].text().en());
      for (const auto& [rule, explanation] : sheet.explanations) {
        EXPECT_THAT(findings, Contains(testing::Property(&report::v1::Finding::rule, rule)))
            << sheet.key.ShortDebugString() << " explains " << rule << ", which holds";
      }
    }
  }

  BlocCells& CellsOf(const std::string& period, const std::string& bloc) {
    BlocCells& cells = reports_[period][bloc];
    cells.resize(catalogue_->forms().size());
    return cells;
  }

  Totals TotalsOf(const std::string& period) {
    Totals totals(catalogue_);
    for (const auto& [bloc, cells] : reports_[period]) totals.Add(cells);
    return totals;
  }

  const Line& At(const std::string& code) { return *catalogue_->FindLine(code); }

  const std::shared_ptr<const Catalogue> catalogue_ = *SuiteCatalogue();
  Reports reports_;
};

// Every report of the cluster passes with the report before it, and every explanation has its warning.
TEST_F(ExampleDataTest, ReportsOfTheClusterAreTaken) {
  const std::vector<Sheet> sheets = ReadAll("tests/data/dong-bac", ".csv");
  EXPECT_EQ(sheets.size(), 48u);
  SubmitAll(sheets);
}

// So do those of the other documented blocs.
TEST_F(ExampleDataTest, ReportsOfOtherBlocsAreTaken) {
  const std::vector<Sheet> sheets = ReadAll("tests/data/other", ".json");
  EXPECT_EQ(sheets.size(), 3u);
  SubmitAll(sheets);
}

// The totals of the first half of 2023 are the published ones, over all eight blocs.
TEST_F(ExampleDataTest, TotalsAreThePublishedOnes) {
  SubmitAll(ReadAll("tests/data/dong-bac", ".csv"));
  const Totals totals = TotalsOf("2023-H1");
  const std::map<std::string, int64_t> published = {{"mem_org_total", 652},     {"mem_committee_consolidated", 121},
                                                    {"mem_vetted", 2391},       {"mem_admitted", 2391},
                                                    {"trn_class_total", 27},    {"trn_learner_total", 1647},
                                                    {"ins_rounds_total", 22},   {"ins_disc_org_total", 9},
                                                    {"ins_disc_mem_total", 72}, {"trn_dissem_rate_min", 9800}};
  for (const auto& [code, value] : published) {
    EXPECT_EQ(totals.Total(At(code)), Figure{value}) << code;
    EXPECT_EQ(totals.Reported(At(code)), 8) << code;
  }
  EXPECT_GT(totals.Total(At("mem_closing")).value, 38'700);
  const BlocCells& quang_ninh = CellsOf("2023-H1", "quang-ninh");
  EXPECT_EQ(FigureOf(At("mem_org_total"), quang_ninh), Figure{82});
  EXPECT_GT(FigureOf(At("mem_closing"), quang_ninh).value, 7'000);
}

// Vetted and admitted are equal in the cluster's total and in no bloc: only the totals show it.
TEST_F(ExampleDataTest, TheEqualTotalsAreRemarkedOn) {
  SubmitAll(ReadAll("tests/data/dong-bac", ".csv"));
  const Form& form = *catalogue_->FindForm("membership");
  const Totals totals[] = {TotalsOf("2023-H1"), TotalsOf("2022-H2")};
  const Findings findings =
      ValidateTotals(*catalogue_, form, HalfYear(2023, 1), [&](CellId id, int back) -> std::optional<int64_t> {
        const Line& line = catalogue_->entered(id);
        // Six or seven blocs told their staff: a total that compares with nothing.
        if (back > 1 || totals[back].Reported(line) < 8) return std::nullopt;
        return totals[back].Total(line).value;
      });
  std::map<std::string, std::string> texts;
  for (const auto& finding : findings) texts[finding.rule()] = finding.text().vi();
  EXPECT_THAT(texts["V20"], HasSubstr("mem_admitted (2.391) = mem_vetted (2.391)"));
  EXPECT_THAT(texts["V21"], HasSubstr("mem_admitted (2.391) ÷ mem_opening"));
  EXPECT_EQ(texts.size(), 2u) << testing::PrintToString(texts);
}

// The one disagreement between two reports of a bloc is found, at Lạng Sơn and nowhere else.
TEST_F(ExampleDataTest, ReportsDisagreeAtOneBloc) {
  SubmitAll(ReadAll("tests/data/dong-bac", ".csv"));
  std::vector<std::string> found;
  for (const auto& [bloc, cells] : reports_["2023-H1"]) {
    const auto past = [&](CellId id, int back) -> std::optional<int64_t> {
      const std::string period = HalfYear(2023, 1).Before(back).ToString();
      const std::shared_ptr<const Cells>& report = CellsOf(period, bloc)[id.form];
      return report == nullptr ? std::nullopt : std::optional((*report)[id.cell]);
    };
    for (const auto& finding : ValidateCrossing(*catalogue_, HalfYear(2023, 1), past)) {
      found.push_back(bloc + " " + finding.rule());
    }
  }
  EXPECT_THAT(found, testing::ElementsAre("lang-son V23"));
}

// Shares are computed from the counts and rounded, as the sources print them or should have.
TEST_F(ExampleDataTest, SharesOfNgheAnAreAsComputed) {
  SubmitAll(ReadAll("tests/data/other", ".json"));
  const BlocCells& nghe_an = CellsOf("2021-H1", "nghe-an");
  EXPECT_EQ(FormatFigure(At("mem_share_of_staff"), FigureOf(At("mem_share_of_staff"), nghe_an), Language::kVietnamese),
            "73,8\u00a0%");
  const auto share = [&](const std::string& code) {
    const Figure ratio{std::nullopt, *FigureOf(At(code), nghe_an).value, *FigureOf(At("mem_closing"), nghe_an).value};
    return FormatFigure(At("mem_share_of_staff"), ratio, Language::kVietnamese);
  };
  EXPECT_EQ(share("mem_theory_high"), "25,7\u00a0%");
  EXPECT_EQ(share("mem_theory_mid"), "44,7\u00a0%");
}

}  // namespace
}  // namespace giaoban::contract
