#include "services/cli/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace giaoban::cli {
namespace {

Table Sample() {
  Table table({{"label", "Chỉ tiêu"}, {"value", "Số", true}});
  table.AddHeading("A. Đảng viên");
  table.Add({Text("Đảng viên, đầu kỳ"), Number("1.647", "1647")});
  table.Add({Text("\"Khác\""), Number("", "")});
  return table;
}

// Columns line up by code points: an accented letter is several bytes and one column.
TEST(Table, TextIsAlignedByDisplayWidth) {
  std::ostringstream out;
  Sample().PrintText(out);
  EXPECT_EQ(out.str(),
            "Chỉ tiêu              Số\n"
            "-----------------  -----\n"
            "A. Đảng viên\n"
            "Đảng viên, đầu kỳ  1.647\n"
            "\"Khác\"\n");
}

// RFC 4180: fields with separators or quotes are quoted, headings are for people only.
TEST(Table, CsvQuotesWhatItMust) {
  std::ostringstream out;
  Sample().PrintCsv(out);
  EXPECT_EQ(out.str(), "label,value\n\"Đảng viên, đầu kỳ\",1647\n\"\"\"Khác\"\"\",\n");
}

// Numbers are numbers in JSON, and a missing one is null, never 0.
TEST(Table, JsonKeepsBlankApartFromZero) {
  EXPECT_EQ(Sample().ToJson().dump(),
            R"([{"label":"Đảng viên, đầu kỳ","value":1647},{"label":"\"Khác\"","value":null}])");
}

}  // namespace
}  // namespace giaoban::cli
