// Goal: an indicator is added by one edit in one .proto file. The test makes that edit in
// the text of the membership report, reads the result at run time, and finds the new
// indicator everywhere the suite shows or uses one, with nothing else changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "giaoban/membership/v1/report.pb.h"
#include "google/protobuf/dynamic_message.h"
#include "services/shared/contract/aggregation.h"
#include "services/shared/contract/sheet.h"
#include "services/shared/contract/validation.h"
#include "tests/contract/golden.h"
#include "tests/contract/parsed_protos.h"

namespace giaoban::contract {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kFile[] = "giaoban/membership/v1/report.proto";
constexpr char kEdit[] = R"(
  // Members younger than thirty-one.
  optional int64 mem_young = 999 [(giaoban.contract.v1.indicator) = {section: "B" required: true maximum: 5000
    label: {vi: "Đảng viên trẻ" en: "Young members"}
    unit: UNIT_MEMBER measure: MEASURE_STOCK over_blocs: OVER_BLOCS_SUM over_time: OVER_TIME_LAST}];
)";

std::map<std::string, std::string> Edited() {
  std::string text = ReadFile(absl::StrCat("proto/", kFile));
  text.insert(text.rfind('}'), kEdit);
  return {{kFile, text}};
}

class AddingAnIndicatorTest : public testing::Test {
 protected:
  void SetUp() override {
    const google::protobuf::FileDescriptor* file = protos_.File(kFile);
    ASSERT_NE(file, nullptr);
    const auto built = Catalogue::Build({file->FindMessageTypeByName("Report")}, nullptr);
    ASSERT_TRUE(built.ok()) << built.status();
    catalogue_ = *built;
  }

  const Form& form() const { return catalogue_->forms()[0]; }
  const Line& young() const { return *catalogue_->FindLine("mem_young"); }
  std::unique_ptr<google::protobuf::Message> Empty() {
    return std::unique_ptr<google::protobuf::Message>(factory_.GetPrototype(form().descriptor)->New());
  }
  // The rules that find fault with the new indicator in a report with this value of it.
  std::vector<std::string> FaultsOf(int64_t value) {
    Cells cells(form().fields.size(), kBlank);
    cells[young().id.cell] = value;
    const auto report = Empty();
    form().Write(cells, report.get());
    std::vector<std::string> rules;
    for (const auto& finding : ValidateReport(*catalogue_, form(), HalfYear(2023, 1), *report, nullptr)) {
      if (finding.codes_size() == 1 && finding.codes(0) == "mem_young") rules.push_back(finding.rule());
    }
    return rules;
  }

  ParsedProtos protos_{Edited()};
  google::protobuf::DynamicMessageFactory factory_;
  std::shared_ptr<const Catalogue> catalogue_;
};

// The edit is what adds it: the compiled form does not have it, and all else is the same.
TEST_F(AddingAnIndicatorTest, ChangesNothingElse) {
  EXPECT_EQ(membership::v1::Report::descriptor()->FindFieldByName("mem_young"), nullptr);
  const auto suite = *SuiteCatalogue();
  const Form& before = *suite->FindForm("membership");
  ASSERT_EQ(form().lines.size(), before.lines.size() + 1);
  for (const Line& line : before.lines) EXPECT_NE(catalogue_->FindLine(line.code), nullptr) << line.code;
  EXPECT_NE(form().fingerprint, before.fingerprint);
}

TEST_F(AddingAnIndicatorTest, IsValidated) {
  EXPECT_THAT(FaultsOf(kBlank), ElementsAre("REQUIRED"));
  EXPECT_THAT(FaultsOf(5001), ElementsAre("V18"));
  EXPECT_THAT(FaultsOf(5000), ElementsAre());
}

TEST_F(AddingAnIndicatorTest, IsSummed) {
  Totals totals(catalogue_);
  for (const int64_t value : {int64_t{400}, int64_t{31}, kBlank}) {
    Cells cells(form().fields.size(), kBlank);
    cells[young().id.cell] = value;
    totals.Add({std::make_shared<const Cells>(cells)});
  }
  EXPECT_EQ(totals.Total(young()), Figure{431});
  EXPECT_EQ(totals.Reported(young()), 2);
}

TEST_F(AddingAnIndicatorTest, IsReadFromASheet) {
  const auto sheet = ReadSheet(*catalogue_,
                               "code,value,explanation\nkind,membership,\ncluster,dong-bac,\nperiod,2023-H1,\n"
                               "bloc,quang-ninh,\nmem_young,1.234,\n");
  ASSERT_TRUE(sheet.ok()) << sheet.status();
  EXPECT_TRUE(sheet->findings.empty());
  EXPECT_EQ(sheet->cells[young().id.cell], 1234);
}

TEST_F(AddingAnIndicatorTest, IsWrittenToATemplate) {
  report::v1::ReportKey key;
  key.set_period("2023-H1");
  const Cells blank(form().fields.size(), kBlank);
  EXPECT_THAT(WriteSheet(*catalogue_, form(), key, blank, {}, SheetFormat::kCsv, Language::kVietnamese),
              HasSubstr("\nmem_young,,,Đảng viên trẻ,đảng viên\n"));
  EXPECT_THAT(WriteSheet(*catalogue_, form(), key, blank, {}, SheetFormat::kJson, Language::kVietnamese),
              HasSubstr("\"mem_young\": null"));
}

TEST_F(AddingAnIndicatorTest, IsListed) {
  EXPECT_THAT(Describe(*catalogue_), HasSubstr(R"({"indicator":"mem_young","form":"membership","section":"B",)"
                                               R"("vi":"Đảng viên trẻ","en":"Young members","unit":"MEMBER")"));
}

}  // namespace
}  // namespace giaoban::contract
