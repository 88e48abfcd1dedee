#include "services/shared/contract/period.h"

#include <gtest/gtest.h>

#include <limits>

#include "google/protobuf/util/time_util.h"

namespace giaoban::contract {
namespace {

// Only the exact form is a period: what looks like one is never guessed at.
TEST(HalfYearTest, ReadsOnlyTheExactForm) {
  EXPECT_EQ(HalfYear::Parse("2023-H1")->ToString(), "2023-H1");
  EXPECT_EQ(HalfYear::Parse("2999-H2")->ToString(), "2999-H2");
  for (const char* text : {"", "2023", "2023-H3", "2023-H0", "2023-h1", "2023-H12", "1899-H1", "3000-H1", "+023-H1",
                           " 2023-H1", "2023-Q1"}) {
    EXPECT_FALSE(HalfYear::Parse(text).ok()) << text;
  }
}

// The calendar of half-years, over the turn of the year.
TEST(HalfYearTest, KnowsItsDaysAndPredecessors) {
  const HalfYear first(2023, 1);
  EXPECT_EQ(first.first_day(), absl::CivilDay(2023, 1, 1));
  EXPECT_EQ(first.last_day(), absl::CivilDay(2023, 6, 30));
  const HalfYear second(2023, 2);
  EXPECT_EQ(second.first_day(), absl::CivilDay(2023, 7, 1));
  EXPECT_EQ(second.last_day(), absl::CivilDay(2023, 12, 31));
  EXPECT_EQ(first.Before(1).ToString(), "2022-H2");
  EXPECT_EQ(first.Before(4).ToString(), "2021-H1");
  EXPECT_EQ(second.Before(1), first);
  EXPECT_LT(first, second);
}

// Text order is time order, as the protocol promises.
TEST(HalfYearTest, TextOrderIsTimeOrder) {
  for (HalfYear half(2030, 2); half > HalfYear(1995, 1); half = half.Before(1)) {
    EXPECT_LT(half.Before(1).ToString(), half.ToString());
  }
}

// Any time a message can hold can be written again; those of the calendar stay what they are.
TEST(TimeOfTest, ReadsTimesThatCanBeWritten) {
  using google::protobuf::util::TimeUtil;
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(1'688'541'000);
  timestamp.set_nanos(250'000'000);
  EXPECT_EQ(TimeOf(timestamp), absl::FromUnixMillis(1'688'541'000'250));
  for (const int64_t seconds : {std::numeric_limits<int64_t>::min(), TimeUtil::kTimestampMinSeconds,
                                TimeUtil::kTimestampMaxSeconds, std::numeric_limits<int64_t>::max()}) {
    for (const int32_t nanos : {std::numeric_limits<int32_t>::min(), 0, std::numeric_limits<int32_t>::max()}) {
      timestamp.set_seconds(seconds);
      timestamp.set_nanos(nanos);
      const auto written = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(TimeOf(timestamp)));
      EXPECT_EQ(written.seconds() < 0, seconds < 0);
    }
  }
}

// Midnight in Vietnam is 17:00 UTC of the day before, in any season.
TEST(VietnamTimeTest, IsSevenHoursAhead) {
  const absl::Time time = absl::FromCivil(absl::CivilSecond(2023, 6, 30, 17, 0, 0), absl::UTCTimeZone());
  EXPECT_EQ(absl::ToCivilSecond(time, VietnamTime()), absl::CivilSecond(2023, 7, 1, 0, 0, 0));
}

}  // namespace
}  // namespace giaoban::contract
