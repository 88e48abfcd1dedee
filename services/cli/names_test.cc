#include "services/cli/names.h"

#include <gtest/gtest.h>

#include <sstream>

namespace giaoban::cli {
namespace {

std::string Rfc3339(const absl::StatusOr<absl::Time>& time) {
  return time.ok() ? absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", *time, absl::UTCTimeZone()) : "refused";
}

// Days and clock times are Vietnam's, seven hours ahead of UTC; a due day lasts until its last second.
TEST(ParseMoment, ReadsDaysAndTimes) {
  EXPECT_EQ(Rfc3339(ParseMoment("open", "2023-07-05", DayEdge::kStart)), "2023-07-04T17:00:00Z");
  EXPECT_EQ(Rfc3339(ParseMoment("due", "2023-07-05", DayEdge::kEnd)), "2023-07-05T16:59:59Z");
  EXPECT_EQ(Rfc3339(ParseMoment("due", "2023-07-05 14:30", DayEdge::kEnd)), "2023-07-05T07:30:00Z");
  EXPECT_EQ(Rfc3339(ParseMoment("due", "2023-07-05T14:30:00Z", DayEdge::kEnd)), "2023-07-05T14:30:00Z");
}

// What is no moment is refused, never guessed.
TEST(ParseMoment, RefusesEverythingElse) {
  for (const char* text : {"", "5/7/2023", "2023-02-30", "2023-07-05 25:00", "tomorrow"}) {
    EXPECT_EQ(Rfc3339(ParseMoment("due", text, DayEdge::kEnd)), "refused") << text;
  }
}

// A period is written out in both languages; what is none stays as it is.
TEST(PeriodInWords, BothLanguages) {
  std::ostringstream out;
  const Console vietnamese{out, out};
  const Console english{out, out, Format::kText, contract::Language::kEnglish};
  EXPECT_EQ(PeriodInWords("2023-H1", vietnamese), "6 tháng đầu năm 2023");
  EXPECT_EQ(PeriodInWords("2022-H2", vietnamese), "6 tháng cuối năm 2022");
  EXPECT_EQ(PeriodInWords("2023-H1", english), "first half of 2023");
  EXPECT_EQ(PeriodInWords("2023-H3", english), "2023-H3");
}

// Times go to the wire and come back unchanged, fractions too.
TEST(ToTimestamp, RoundTrip) {
  const absl::Time time = absl::FromUnixNanos(1688542200123456789);
  EXPECT_EQ(ToTime(ToTimestamp(time)), time);
}

}  // namespace
}  // namespace giaoban::cli
