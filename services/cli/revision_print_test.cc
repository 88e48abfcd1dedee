#include "services/cli/revision_print.h"

#include <gtest/gtest.h>

#include <sstream>

namespace giaoban::cli {
namespace {

using contract::kBlank;

class DiffTest : public testing::Test {
 protected:
  void SetUp() override {
    auto catalogue = contract::SuiteCatalogue();
    ASSERT_TRUE(catalogue.ok()) << catalogue.status();
    catalogue_ = *catalogue;
    form_ = catalogue_->FindForm("training");
    from_ = contract::Cells(form_->fields.size(), kBlank);
    to_ = from_;
  }
  int CellOf(const std::string& code) const { return catalogue_->FindLine(code)->id.cell; }
  std::string Csv(Format format = Format::kCsv) const {
    std::ostringstream out;
    std::ostringstream err;
    const Console console{out, err, format, contract::Language::kEnglish};
    console.Print(DiffTable(*form_, from_, to_, console));
    return out.str();
  }

  std::shared_ptr<const contract::Catalogue> catalogue_;
  const contract::Form* form_ = nullptr;
  contract::Cells from_, to_;
};

// Equal cells are left out, blank ones included.
TEST_F(DiffTest, NothingChangedIsEmpty) {
  from_[CellOf("trn_class_awareness")] = 3;
  to_ = from_;
  EXPECT_EQ(Csv(), "code,label,old,new,difference\n");
}

// A changed cell shows both values and their difference, in form order.
TEST_F(DiffTest, ChangedCellsWithDifference) {
  from_[CellOf("trn_class_awareness")] = 3;
  to_[CellOf("trn_class_awareness")] = 1;
  from_[CellOf("trn_learner_awareness")] = 100;
  to_[CellOf("trn_learner_awareness")] = 160;
  const std::string csv = Csv();
  EXPECT_NE(csv.find(",3,1,-2\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",100,160,60\n"), std::string::npos) << csv;
  EXPECT_LT(csv.find("trn_class_awareness"), csv.find("trn_learner_awareness"));
}

// From not reported to zero is a change, and has no difference: blank is not zero.
TEST_F(DiffTest, BlankIsNotZero) {
  to_[CellOf("trn_class_other")] = 0;
  const std::string csv = Csv();
  EXPECT_NE(csv.find(",,0,\n"), std::string::npos) << csv;
}

// People see the sign of a growth.
TEST_F(DiffTest, TextShowsTheSign) {
  from_[CellOf("trn_learner_awareness")] = 100;
  to_[CellOf("trn_learner_awareness")] = 1747;
  EXPECT_NE(Csv(Format::kText).find("+1,647"), std::string::npos) << Csv(Format::kText);
}

}  // namespace
}  // namespace giaoban::cli
