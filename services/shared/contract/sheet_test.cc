#include "services/shared/contract/sheet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "services/shared/contract/parsed_form.h"

namespace giaoban::contract {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr char kHead[] = "code,value,explanation\nkind,test,\ncluster,dong-bac,\nperiod,2023-H1,\nbloc,quang-ninh,\n";

class SheetTest : public testing::Test {
 protected:
  void SetUp() override {
    auto built = Catalogue::Build({parsed_.descriptor()}, nullptr);
    ASSERT_TRUE(built.ok()) << built.status();
    catalogue_ = *built;
  }

  Sheet Read(const std::string& content) {
    auto sheet = ReadSheet(*catalogue_, content);
    EXPECT_TRUE(sheet.ok()) << sheet.status();
    return sheet.ok() ? *sheet : Sheet();
  }
  std::string Refusal(const std::string& content) {
    return std::string(ReadSheet(*catalogue_, content).status().message());
  }
  static std::string Json(const std::string& values, const std::string& explanations = "{}") {
    return absl::StrCat(
        R"({"kind": "test", "cluster": "dong-bac", "period": "2023-H1", "bloc": "quang-ninh", "values": )", values,
        R"(, "explanations": )", explanations, "}");
  }

  ParsedForm parsed_{
      ParsedForm::Head() + "sections: {id: \"D\" title: {vi: \"D\" en: \"D\"} asked: ASKED_SECOND_HALF} " +
          ParsedForm::Rule("V21", "linear: {left: {plus: \"a\"} relation: RELATION_AT_MOST right: {plus: \"b\"}}",
                           "SEVERITY_WARNING"),
      ParsedForm::Field("a", 1, "required: true") + ParsedForm::Field("b", 2) +
          ParsedForm::Field("rate", 3,
                            "unit: UNIT_PERCENT measure: MEASURE_RATIO over_blocs: OVER_BLOCS_MINIMUM "
                            "over_time: OVER_TIME_MINIMUM") +
          ParsedForm::Field("graded", 4, "section: \"D\"")};
  std::shared_ptr<const Catalogue> catalogue_;
};

MATCHER_P(RuleIs, id, "") { return arg.rule() == id; }

// Both forms of a file say the same.
TEST_F(SheetTest, ReadsCsvAndJson) {
  const std::string csv = absl::StrCat(kHead, "a,1.647,tại sao\nb,,\nrate,\"98,25\",\nV21,,giải trình\n");
  const std::string json =
      Json(R"({"a": 1647, "b": null, "rate": "98,25"})", R"({"a": "tại sao", "V21": "giải trình"})");
  for (const std::string& content : {csv, "\xEF\xBB\xBF" + csv, absl::StrReplaceAll(csv, {{"\n", "\r\n"}}), json}) {
    const Sheet sheet = Read(content);
    EXPECT_EQ(sheet.form->kind, "test");
    EXPECT_EQ(sheet.key.ShortDebugString(), "cluster: \"dong-bac\" period: \"2023-H1\" bloc: \"quang-ninh\"");
    EXPECT_EQ(sheet.cells, (Cells{1647, kBlank, 9825, kBlank}));
    EXPECT_THAT(sheet.explanations, ElementsAre(Pair("V21", "giải trình"), Pair("a", "tại sao")));
    EXPECT_THAT(sheet.findings, IsEmpty());
  }
}

// A spreadsheet set to Vietnamese writes semicolons, and people's columns may stand anywhere.
TEST_F(SheetTest, ReadsSemicolonsAndOtherColumns) {
  const Sheet sheet = Read(
      "label;Value;explanation;code\nLoại;test;;kind\n;dong-bac;;cluster\n;2023-H1;;period\n;x;;bloc\nDòng;98,2;;"
      "rate\n");
  EXPECT_THAT(sheet.findings, IsEmpty());
  EXPECT_EQ(sheet.cells[2], 9820);
}

// Space around what was typed is not part of it, in either form.
TEST_F(SheetTest, LeavesOutSpaceAroundTexts) {
  const std::string csv = absl::StrCat(kHead, "a, 1.647 ,\" tại sao\n\"\nV21,,\" \"\n");
  const std::string json = Json(R"({"a": " 1.647 "})", R"({"a": " tại sao\n", "V21": " "})");
  for (const std::string& content : {csv, json}) {
    const Sheet sheet = Read(content);
    EXPECT_EQ(sheet.cells[0], 1647);
    EXPECT_THAT(sheet.explanations, ElementsAre(Pair("a", "tại sao")));
    EXPECT_THAT(sheet.findings, IsEmpty());
  }
}

// In JSON the point of a number separates decimals: right for a percentage, refused for a count.
TEST_F(SheetTest, ReadsJsonNumbersAsJson) {
  EXPECT_EQ(Read(Json(R"({"rate": 98})")).cells[2], 9800);
  EXPECT_EQ(Read(Json(R"({"rate": 98.5})")).cells[2], 9850);
  EXPECT_EQ(Read(Json(R"({"a": "1.647"})")).cells[0], 1647);
  for (const char* value : {"1.647", "1e3", "true", "\"1,647\"", "99999999999999999999"}) {
    const Sheet sheet = Read(Json(absl::StrCat("{\"a\": ", value, "}")));
    EXPECT_THAT(sheet.findings, ElementsAre(RuleIs("NOT_A_NUMBER"))) << value;
    EXPECT_EQ(sheet.cells[0], kBlank) << value;
  }
  EXPECT_THAT(Read(Json(R"({"rate": 98.125})")).findings, ElementsAre(RuleIs("NOT_A_NUMBER")));
}

// What cannot be read says what was typed, where, and what is expected.
TEST_F(SheetTest, ExplainsWhatIsNoNumber) {
  const Sheet sheet = Read(absl::StrCat(kHead, "a,\"1,647\",\nrate,98.5,\n"));
  ASSERT_THAT(sheet.findings, ElementsAre(RuleIs("NOT_A_NUMBER"), RuleIs("NOT_A_NUMBER")));
  EXPECT_THAT(
      sheet.findings[0].text().vi(),
      HasSubstr("Dòng a (a), gõ “1,647” (dòng 6): số đếm chỉ gồm chữ số, có thể có dấu chấm hàng nghìn, ví dụ 1647 "
                "hoặc 1.647"));
  EXPECT_THAT(sheet.findings[0].codes(), ElementsAre("a"));
  EXPECT_THAT(sheet.findings[1].text().en(), HasSubstr("typed “98.5” (line 7): a percentage"));
}

// Unknown codes, codes that cannot be filled, and codes that stand twice are each found.
TEST_F(SheetTest, FindsWrongCodes) {
  const Sheet sheet = Read(absl::StrCat(kHead, "a,1,\na,2,\nx,3,\nV21,5,giải trình\nV99,,x\nbloc,other,\n"));
  EXPECT_THAT(sheet.findings, ElementsAre(RuleIs("DUPLICATE_CODE"), RuleIs("UNKNOWN_CODE"), RuleIs("UNKNOWN_CODE"),
                                          RuleIs("UNKNOWN_CODE"), RuleIs("DUPLICATE_CODE")));
  EXPECT_EQ(sheet.cells[0], 1);
  EXPECT_EQ(sheet.key.bloc(), "quang-ninh");
  EXPECT_THAT(sheet.explanations, IsEmpty());
}

// JSON parsers take the last of two equal keys; here they are found, wherever they stand.
TEST_F(SheetTest, FindsDuplicateJsonKeys) {
  EXPECT_THAT(Read(Json(R"({"a": 1, "a": 2})")).findings, ElementsAre(RuleIs("DUPLICATE_CODE")));
  EXPECT_THAT(Read(Json("{}", R"({"V21": "x", "V21": "y"})")).findings, ElementsAre(RuleIs("DUPLICATE_CODE")));
  EXPECT_THAT(Read(absl::StrReplaceAll(Json("{}"), {{"\"kind\"", "\"bloc\": \"x\", \"kind\""}})).findings,
              ElementsAre(RuleIs("DUPLICATE_CODE")));
  EXPECT_THAT(Refusal(R"({"kind": "test", "values": {}, "values": {"a": 1}})"), HasSubstr("not of the form"));
}

// A key that is missing or malformed is a finding, so that the figures can be checked all the same.
TEST_F(SheetTest, ChecksTheKey) {
  const Sheet sheet = Read("code,value,explanation\nkind,test,\ncluster,Đông Bắc,\nperiod,2023,\na,5,\n");
  EXPECT_THAT(sheet.findings, ElementsAre(RuleIs("KEY"), RuleIs("KEY"), RuleIs("KEY")));
  EXPECT_THAT(sheet.findings[0].text().vi(), HasSubstr("cluster “Đông Bắc” không hợp lệ"));
  EXPECT_THAT(sheet.findings[1].text().en(), HasSubstr("period “2023” is malformed"));
  EXPECT_THAT(sheet.findings[2].text().en(), HasSubstr("bloc is missing"));
  EXPECT_EQ(sheet.cells[0], 5);
}

// A comma without quotes splits a value: the row is named and nothing of it is taken, the others are read.
TEST_F(SheetTest, NamesRowsWithTooManyFields) {
  const Sheet sheet = Read(absl::StrCat(kHead, "rate,98,25,\na,5,\nV05,,one, two\n"));
  EXPECT_THAT(sheet.findings, ElementsAre(RuleIs("NOT_A_NUMBER"), RuleIs("FILE")));
  EXPECT_THAT(sheet.findings[0].codes(), ElementsAre("rate"));
  EXPECT_THAT(sheet.findings[0].text().en(), HasSubstr("Line 6 (rate) has 1 fields more than the header"));
  EXPECT_THAT(sheet.findings[0].text().vi(), HasSubstr("Dòng 6 (rate) thừa 1 ô"));
  EXPECT_EQ(sheet.cells[0], 5);
  EXPECT_THAT(sheet.explanations, IsEmpty());
}

// A file that cannot be read at all is refused with the line.
TEST_F(SheetTest, RefusesUnreadableFiles) {
  EXPECT_THAT(Refusal(""), HasSubstr("must name the columns"));
  EXPECT_THAT(Refusal("code,value\nkind,test\n"), HasSubstr("must name the columns"));
  EXPECT_THAT(Refusal("code,value,explanation\na,1,\n"), HasSubstr("the report kind is missing"));
  EXPECT_THAT(Refusal("code,value,explanation\nkind,tests,\n"), HasSubstr("line 2: there is no report kind “tests”"));
  EXPECT_THAT(Refusal(absl::StrCat(kHead, "a,\"1,\n")), HasSubstr("line 6: a quote that is never closed"));
  EXPECT_THAT(Refusal(absl::StrCat(kHead, "a,\xD0,\n")), HasSubstr("line 6: not UTF-8"));
  EXPECT_THAT(Refusal(std::string((1 << 20) + 1, 'x')), HasSubstr("larger than 1 MiB"));
  EXPECT_THAT(Refusal("{\n\"kind\": \"test\",\n}"), HasSubstr("line 3"));
  EXPECT_THAT(Refusal("{\"kind\": \"test\"} x"), HasSubstr("line 1"));
  for (const char* json : {"{\"kind\": \"test\", \"values\": [1]}", "{\"kind\": \"test\", \"values\": 1}",
                           "{\"kind\": {\"a\": 1}}", "{\"kind\": \"test\", \"values\": {\"a\": {\"b\": 1}}}"}) {
    EXPECT_THAT(Refusal(json), HasSubstr("not of the form")) << json;
  }
}

// What is written, in either form and language, reads back the same.
TEST_F(SheetTest, ReadsBackWhatIsWritten) {
  report::v1::ReportKey key;
  key.set_cluster("dong-bac");
  key.set_period("2023-H2");
  key.set_bloc("quang-ninh");
  const Cells cells = {1647, kBlank, 9825, 0};
  const std::map<std::string, std::string> explanations = {{"V21", "vì \"đợt\", kết nạp\nlớn"}, {"b", "x; y"}};
  for (const SheetFormat format : {SheetFormat::kCsv, SheetFormat::kJson}) {
    for (const Language language : {Language::kVietnamese, Language::kEnglish}) {
      const Sheet sheet =
          Read(WriteSheet(*catalogue_, catalogue_->forms()[0], key, cells, explanations, format, language));
      EXPECT_EQ(sheet.key.SerializeAsString(), key.SerializeAsString());
      EXPECT_EQ(sheet.cells, cells);
      EXPECT_EQ(sheet.explanations, explanations);
      EXPECT_THAT(sheet.findings, IsEmpty());
    }
  }
}

// A file to fill in lists what is asked for in its period, with labels for its reader.
TEST_F(SheetTest, WritesTemplates) {
  report::v1::ReportKey key;
  key.set_period("2023-H1");
  const Form& form = catalogue_->forms()[0];
  const Cells blank(form.fields.size(), kBlank);
  const std::string first = WriteSheet(*catalogue_, form, key, blank, {}, SheetFormat::kCsv, Language::kVietnamese);
  EXPECT_THAT(first, HasSubstr("\na,,,Dòng a,đảng viên\n"));
  EXPECT_THAT(first, Not(HasSubstr("graded")));
  key.set_period("2023-H2");
  EXPECT_THAT(WriteSheet(*catalogue_, form, key, blank, {}, SheetFormat::kCsv, Language::kEnglish),
              HasSubstr("\ngraded,,,Line graded,members\n"));
  EXPECT_THAT(WriteSheet(*catalogue_, form, key, blank, {}, SheetFormat::kJson, Language::kEnglish),
              HasSubstr("\"graded\": null"));
}

// A cell that could not be read is not also blank, nor wrong in a relation; other faults stay.
TEST_F(SheetTest, MergesFindings) {
  const Sheet sheet = Read(absl::StrCat(kHead, "a,x,\nb,-1,\n"));
  const auto report = parsed_.Report({});
  sheet.form->Write(sheet.cells, report.get());
  const Findings rules = ValidateReport(*catalogue_, *sheet.form, HalfYear(2023, 1), *report, nullptr);
  EXPECT_THAT(rules, ElementsAre(RuleIs("REQUIRED"), RuleIs("V18")));
  EXPECT_THAT(MergeFindings(sheet.findings, rules), ElementsAre(RuleIs("NOT_A_NUMBER"), RuleIs("V18")));
}

}  // namespace
}  // namespace giaoban::contract
