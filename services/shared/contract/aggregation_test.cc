#include "services/shared/contract/aggregation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "services/shared/contract/parsed_form.h"

namespace giaoban::contract {
namespace {

// One form with every way of adding over blocs, and a ratio.
class TotalsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto built = Catalogue::Build({parsed_.descriptor()}, nullptr);
    ASSERT_TRUE(built.ok()) << built.status();
    catalogue_ = *built;
    totals_ = std::make_unique<Totals>(catalogue_);
  }

  static BlocCells Bloc(Cells cells) { return {std::make_shared<const Cells>(std::move(cells))}; }
  const Line& At(const std::string& code) const { return *catalogue_->FindLine(code); }

  ParsedForm parsed_{ParsedForm::Head() +
                         "derived: {code: \"ratio\" after: \"part\" unit: UNIT_PERCENT label: {vi: \"x\" en: \"x\"} "
                         "numerator: \"part\" denominator: \"whole\"}",
                     ParsedForm::Field("part", 1) + ParsedForm::Field("whole", 2) +
                         ParsedForm::Field("low", 3, "over_blocs: OVER_BLOCS_MINIMUM") +
                         ParsedForm::Field("high", 4, "over_blocs: OVER_BLOCS_MAXIMUM") +
                         ParsedForm::Field("apart", 5, "over_blocs: OVER_BLOCS_NONE")};
  std::shared_ptr<const Catalogue> catalogue_;
  std::unique_ptr<Totals> totals_;
};

// Where nobody reported there is no total, not a zero.
TEST_F(TotalsTest, AreEmptyWithoutReports) {
  totals_->Add({nullptr});
  for (const Line& line : catalogue_->forms()[0].lines) {
    EXPECT_TRUE(totals_->Total(line).empty()) << line.code;
    EXPECT_EQ(totals_->Reported(line), 0) << line.code;
  }
  EXPECT_EQ(totals_->TotalCells(catalogue_->forms()[0]), Cells(5, kBlank));
}

// Each line adds in its own way; a zero counts, a blank does not.
TEST_F(TotalsTest, AddAsTheContractSays) {
  totals_->Add(Bloc({0, 10, 5, 5, 5}));
  totals_->Add(Bloc({3, 20, 7, 7, 7}));
  totals_->Add(Bloc({kBlank, kBlank, kBlank, kBlank, kBlank}));
  EXPECT_EQ(totals_->Total(At("part")), Figure{3});
  EXPECT_EQ(totals_->Reported(At("part")), 2);
  EXPECT_EQ(totals_->Total(At("low")), Figure{5});
  EXPECT_EQ(totals_->Total(At("high")), Figure{7});
  EXPECT_TRUE(totals_->Total(At("apart")).empty());
  EXPECT_EQ(totals_->TotalCells(catalogue_->forms()[0]), (Cells{3, 30, 5, 7, kBlank}));
}

// Numerator and denominator speak of the same blocs: one with half of a ratio is not in it.
TEST_F(TotalsTest, RatiosCountOnlyBlocsWithAllParts) {
  totals_->Add(Bloc({1, 4, kBlank, kBlank, kBlank}));
  totals_->Add(Bloc({100, kBlank, kBlank, kBlank, kBlank}));
  totals_->Add(Bloc({kBlank, 100, kBlank, kBlank, kBlank}));
  EXPECT_EQ(totals_->Total(At("ratio")), (Figure{std::nullopt, 1, 4}));
  EXPECT_EQ(totals_->Reported(At("ratio")), 1);
  EXPECT_EQ(totals_->Total(At("part")), Figure{101});
}

// A ratio over nothing is no figure, of a bloc as of the cluster.
TEST_F(TotalsTest, RatiosOverZeroAreEmpty) {
  const BlocCells bloc = Bloc({0, 0, kBlank, kBlank, kBlank});
  totals_->Add(bloc);
  EXPECT_TRUE(totals_->Total(At("ratio")).empty());
  EXPECT_EQ(FigureOf(At("ratio"), bloc), Figure{});
  EXPECT_EQ(FigureOf(At("part"), bloc), Figure{0});
  EXPECT_EQ(FigureOf(At("low"), bloc), Figure{});
  EXPECT_EQ(FigureOf(At("low"), {nullptr}), Figure{});
}

// The totals of blocs, computed afresh.
Figure Naive(const Line& line, const std::vector<BlocCells>& blocs, int* reported) {
  Figure total;
  *reported = 0;
  for (const BlocCells& bloc : blocs) {
    const auto value = [&](CellId id) { return bloc[0] == nullptr ? kBlank : (*bloc[0])[id.cell]; };
    if (line.derived()) {
      if (value(line.numerator[0]) == kBlank || value(line.denominator[0]) == kBlank) continue;
      total.numerator += value(line.numerator[0]);
      total.denominator += value(line.denominator[0]);
    } else {
      if (value(line.id) == kBlank) continue;
      const int64_t before = total.value.value_or(line.over_blocs == v1::OVER_BLOCS_SUM ? 0 : value(line.id));
      total.value = line.over_blocs == v1::OVER_BLOCS_SUM       ? before + value(line.id)
                    : line.over_blocs == v1::OVER_BLOCS_MINIMUM ? std::min(before, value(line.id))
                                                                : std::max(before, value(line.id));
    }
    ++*reported;
  }
  if (line.over_blocs == v1::OVER_BLOCS_NONE) total.value.reset();
  return total.denominator == 0 && line.derived() ? Figure{} : total;
}

// Whatever is added and taken out, in any order, the totals equal those computed afresh.
TEST_F(TotalsTest, EqualANaiveSumAfterAnySequence) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  std::vector<BlocCells> present;
  for (int step = 0; step < 3000; ++step) {
    if (!present.empty() && random() % 2 == 0) {
      const size_t index = random() % present.size();
      totals_->Remove(present[index]);
      present.erase(present.begin() + static_cast<long>(index));
    } else {
      Cells cells(5);
      for (int64_t& cell : cells) cell = random() % 3 == 0 ? kBlank : static_cast<int64_t>(random() % 4);
      present.push_back(random() % 10 == 0 ? BlocCells{nullptr} : Bloc(cells));
      totals_->Add(present.back());
    }
    for (const Line& line : catalogue_->forms()[0].lines) {
      int reported = 0;
      ASSERT_EQ(totals_->Total(line), Naive(line, present, &reported)) << line.code << " at step " << step;
      ASSERT_EQ(totals_->Reported(line), reported) << line.code << " at step " << step;
    }
  }
}

}  // namespace
}  // namespace giaoban::contract
