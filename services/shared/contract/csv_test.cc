#include "services/shared/contract/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"

namespace giaoban::contract {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::vector<std::string>> Read(absl::string_view content, char separator = ',') {
  std::vector<std::vector<std::string>> all;
  const auto records = ReadCsv(content, separator);
  for (const CsvRecord& record : *records) all.push_back(record.fields);
  return all;
}

// Quotes protect separators, line ends and quotes; empty lines do not count.
TEST(CsvTest, ReadsRecords) {
  EXPECT_THAT(Read("a,b\r\n\n\"x,\"\"y\"\"\",\"1\n2\"\nlast,"),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("x,\"y\"", "1\n2"), ElementsAre("last", "")));
  EXPECT_THAT(Read("a;1,5\n", ';'), ElementsAre(ElementsAre("a", "1,5")));
  EXPECT_TRUE(Read("").empty());
}

// Lines are counted as an editor counts them, line ends inside quotes included.
TEST(CsvTest, KnowsItsLines) {
  const auto records = ReadCsv("a\n\"1\n2\"\r\nb\n", ',');
  EXPECT_EQ((*records)[1].line, 2);
  EXPECT_EQ((*records)[2].line, 4);
}

// Broken quoting is refused with the line where it begins.
TEST(CsvTest, RefusesBrokenQuoting) {
  EXPECT_THAT(std::string(ReadCsv("a\n\"b", ',').status().message()), HasSubstr("line 2"));
  EXPECT_THAT(std::string(ReadCsv("a\nb\n\"b\"c", ',').status().message()), HasSubstr("line 3"));
  EXPECT_THAT(std::string(ReadCsv("a\"b", ',').status().message()), HasSubstr("line 1"));
}

// Whatever text is written, the same is read.
TEST(CsvTest, ReadsBackWhatIsWritten) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const std::string alphabet = "ab,;\"\n\r ";
  for (int i = 0; i < 2000; ++i) {
    std::string text = "x";
    for (size_t length = random() % 8; length > 0; --length) text += alphabet[random() % alphabet.size()];
    ASSERT_THAT(Read(absl::StrCat(CsvField(text), ",", CsvField(text), "\n")), ElementsAre(ElementsAre(text, text)));
  }
}

}  // namespace
}  // namespace giaoban::contract
