// Goal: figures come out as they went in, whatever their size.
#include "services/aggregator/figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace giaoban::aggregator {
namespace {

using contract::Cells;
using contract::kBlank;
using ::testing::ElementsAreArray;

TEST(FiguresTest, KeepsEverySizeOfFigure) {
  for (const int64_t largest : {int64_t{0}, int64_t{254}, int64_t{255}, int64_t{65534}, int64_t{65535},
                                int64_t{4294967294}, int64_t{4294967295}, contract::kLargestMaximum}) {
    const Cells cells = {kBlank, 0, largest, 1, kBlank};
    const Figures figures(cells);
    EXPECT_THAT(figures.cells(), ElementsAreArray(cells)) << largest;
    for (size_t cell = 0; cell < cells.size(); ++cell) {
      EXPECT_EQ(figures[static_cast<int>(cell)], cells[cell]) << largest << " " << cell;
    }
  }
}

TEST(FiguresTest, KeepsReportsWithoutFigures) {
  EXPECT_THAT(Figures(Cells()).cells(), testing::IsEmpty());
  EXPECT_THAT(Figures(Cells(2, kBlank)).cells(), testing::ElementsAre(kBlank, kBlank));
}

}  // namespace
}  // namespace giaoban::aggregator
