#include "services/shared/contract/format.h"

#include <gtest/gtest.h>

#include <random>

namespace giaoban::contract {
namespace {

constexpr Language kVi = Language::kVietnamese;
constexpr Language kEn = Language::kEnglish;

Line CountLine() { return Line{}; }

Line PercentLine(int decimals = 0) {
  Line line;
  line.unit = v1::UNIT_PERCENT;
  line.decimals = decimals;
  return line;
}

// Thousands are separated as each language does.
TEST(FormatTest, WritesCounts) {
  EXPECT_EQ(FormatCount(0, kVi), "0");
  EXPECT_EQ(FormatCount(999, kVi), "999");
  EXPECT_EQ(FormatCount(1647, kVi), "1.647");
  EXPECT_EQ(FormatCount(1647, kEn), "1,647");
  EXPECT_EQ(FormatCount(1234567, kEn), "1,234,567");
  EXPECT_EQ(FormatCount(-100, kVi), "-100");
  EXPECT_EQ(FormatCount(-1647, kVi), "-1.647");
}

// A blank is nothing, a zero is 0; percentages show the decimals they have.
TEST(FormatTest, WritesEnteredFigures) {
  EXPECT_EQ(FormatFigure(CountLine(), Figure{}, kVi), "");
  EXPECT_EQ(FormatFigure(CountLine(), Figure{0}, kVi), "0");
  EXPECT_EQ(FormatFigure(CountLine(), Figure{38742}, kVi), "38.742");
  EXPECT_EQ(FormatFigure(PercentLine(), Figure{9800}, kVi), "98\u00a0%");
  EXPECT_EQ(FormatFigure(PercentLine(), Figure{9820}, kVi), "98,2\u00a0%");
  EXPECT_EQ(FormatFigure(PercentLine(), Figure{9825}, kVi), "98,25\u00a0%");
  EXPECT_EQ(FormatFigure(PercentLine(), Figure{9825}, kEn), "98.25%");
  EXPECT_EQ(FormatFigure(PercentLine(), Figure{5}, kEn), "0.05%");
  EXPECT_EQ(FormatFigure(PercentLine(), Figure{-50}, kEn), "-0.5%");
  EXPECT_EQ(PlainFigure(CountLine(), Figure{1647}), "1647");
  EXPECT_EQ(PlainFigure(PercentLine(), Figure{9825}), "98.25");
  EXPECT_EQ(PlainFigure(PercentLine(), Figure{}), "");
}

// Ratios are rounded half away from zero, from exact parts of any size, to fixed decimals.
TEST(FormatTest, WritesRatios) {
  const Figure nghe_an{std::nullopt, 5164, 7000};
  EXPECT_EQ(FormatFigure(PercentLine(1), nghe_an, kVi), "73,8\u00a0%");
  EXPECT_EQ(FormatFigure(PercentLine(1), nghe_an, kEn), "73.8%");
  Line average;
  average.decimals = 1;
  EXPECT_EQ(FormatFigure(average, Figure{std::nullopt, 1647, 27}, kVi), "61,0");
  EXPECT_EQ(FormatFigure(average, Figure{std::nullopt, 5, 100}, kVi), "0,1");
  EXPECT_EQ(FormatFigure(average, Figure{std::nullopt, 4999, 100000}, kVi), "0,0");
  EXPECT_EQ(FormatFigure(average, Figure{std::nullopt, -5, 100}, kVi), "-0,1");
  const int64_t huge = 900'000'000'000'000'000;
  EXPECT_EQ(FormatFigure(PercentLine(2), Figure{std::nullopt, huge, huge}, kEn), "100.00%");
  EXPECT_EQ(PlainFigure(PercentLine(1), nghe_an), "73.771429");
  EXPECT_EQ(PlainFigure(average, Figure{std::nullopt, 61, 2}), "30.5");
}

// Days below 10 and months 1 and 2 are padded in Vietnamese, other months are not.
TEST(FormatTest, WritesTimesOfVietnam) {
  const auto at = [](int month, int day) {
    return absl::FromCivil(absl::CivilSecond(2023, month, day, 7, 30, 0), absl::UTCTimeZone());
  };
  EXPECT_EQ(FormatTime(at(7, 5), kVi), "05/7/2023 14:30");
  EXPECT_EQ(FormatTime(at(2, 15), kVi), "15/02/2023 14:30");
  EXPECT_EQ(FormatTime(at(12, 31), kVi), "31/12/2023 14:30");
  EXPECT_EQ(FormatTime(at(7, 5), kEn), "2023-07-05 14:30");
}

// What can mean one thing only is read.
TEST(ParseEntryTest, ReadsWhatIsPlain) {
  EXPECT_EQ(ParseEntry(CountLine(), "1647").value(), 1647);
  EXPECT_EQ(ParseEntry(CountLine(), " 1.647 ").value(), 1647);
  EXPECT_EQ(ParseEntry(CountLine(), "1.234.567").value(), 1234567);
  EXPECT_EQ(ParseEntry(CountLine(), "08").value(), 8);
  EXPECT_EQ(ParseEntry(CountLine(), "0").value(), 0);
  EXPECT_EQ(ParseEntry(CountLine(), "-3").value(), -3);
  EXPECT_EQ(ParseEntry(PercentLine(), "98").value(), 9800);
  EXPECT_EQ(ParseEntry(PercentLine(), "98,2").value(), 9820);
  EXPECT_EQ(ParseEntry(PercentLine(), "98,25 %").value(), 9825);
  EXPECT_EQ(ParseEntry(PercentLine(), "98,25\u00a0%").value(), 9825);
  EXPECT_EQ(ParseEntry(PercentLine(), "98%").value(), 9800);
  EXPECT_EQ(ParseEntry(PercentLine(), "-0,5").value(), -50);
}

// What could mean two things, or nothing, is refused and never guessed.
TEST(ParseEntryTest, RefusesWhatIsNot) {
  for (const char* text :
       {"",       "-",    "--3",    "1,647",    "1 647", "12a", "98.5", "1.64", "0.123",   "1.6470",
        "1..647", ".647", "1.647.", "1647.000", "+3",    "1e3", "0x10", "١",    "1.647,5", "9999999999999999"}) {
    EXPECT_FALSE(ParseEntry(CountLine(), text).ok()) << text;
  }
  for (const char* text :
       {"", "%", "98.5", "98,255", "98,", ",5", "1.098", "98 % %", "98  %", "98,2,5", "9 8", "98,-5"}) {
    EXPECT_FALSE(ParseEntry(PercentLine(), text).ok()) << text;
  }
}

// What is written for an office, or shown in Vietnamese, reads back as the same value.
TEST(ParseEntryTest, ReadsBackWhatIsWritten) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 2000; ++i) {
    const int64_t value = std::uniform_int_distribution<int64_t>(-1'000'000, 1'000'000'000)(random) >> random() % 30;
    for (const Line& line : {CountLine(), PercentLine()}) {
      EXPECT_EQ(ParseEntry(line, EntryText(line, value)).value(), value);
    }
    EXPECT_EQ(ParseEntry(CountLine(), FormatCount(value, kVi)).value(), value);
  }
}

// Enum values are named for people from the contract.
TEST(TextOfTest, ReadsTheTextOption) {
  EXPECT_EQ(In(TextOf(v1::UNIT_MEMBER), kVi), "đảng viên");
  EXPECT_EQ(In(TextOf(v1::UNIT_MEMBER), kEn), "members");
}

}  // namespace
}  // namespace giaoban::contract
