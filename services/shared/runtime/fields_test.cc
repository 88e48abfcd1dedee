#include "services/shared/runtime/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "google/protobuf/util/time_util.h"
#include "services/shared/runtime/error.h"

namespace giaoban::runtime {
namespace {

using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;

void ExpectMalformed(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(DetailOf(status).reason, "REQUEST_MALFORMED");
  EXPECT_FALSE(DetailOf(status).vietnamese.empty());
}

std::string Times(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

Timestamp At(int64_t seconds, int nanos) {
  Timestamp time;
  time.set_seconds(seconds);
  time.set_nanos(nanos);
  return time;
}

// Goal: limits are in characters as people count them, not in bytes.
TEST(Fields, TextsAreCountedInCharacters) {
  EXPECT_FALSE(LongerThan("ệểứ", 3));
  EXPECT_TRUE(LongerThan("ệểứ", 2));
  EXPECT_FALSE(LongerThan("", 0));
  EXPECT_TRUE(CheckReason(Times("ệ", 2000)).ok());
  ExpectMalformed(CheckReason(Times("ệ", 2001)));
}

// Goal: a request id is 8 to 64 characters that can be seen and typed.
TEST(Fields, RequestIdsCanBeSeen) {
  for (const std::string& id : {std::string("request1"), Times("x", 64), std::string("!\"#$%&~^")}) {
    EXPECT_TRUE(CheckRequestId(id).ok()) << id;
  }
  for (const std::string& id : {std::string(), std::string("request"), Times("x", 65), std::string("request 1"),
                                std::string("request\n1"), std::string("yêu-cầu-1"), std::string(8, '\0')}) {
    ExpectMalformed(CheckRequestId(id));
  }
}

// Goal: only moments that can be turned into microseconds are times.
TEST(Fields, TimesCanBeReckonedWith) {
  for (const Timestamp& time :
       {At(0, 0), At(TimeUtil::kTimestampMinSeconds, 0), At(TimeUtil::kTimestampMaxSeconds, 999'999'999)}) {
    EXPECT_TRUE(CheckTime(time).ok()) << time.ShortDebugString();
  }
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min(), kMost = std::numeric_limits<int64_t>::max();
  for (const Timestamp& time : {At(kLeast, 0), At(kMost, 0), At(TimeUtil::kTimestampMinSeconds - 1, 0),
                                At(TimeUtil::kTimestampMaxSeconds + 1, 0), At(0, -1), At(0, 1'000'000'000)}) {
    ExpectMalformed(CheckTime(time));
  }
}

// Goal: a day is written in one way only.
TEST(Fields, DaysAreWrittenInOneWay) {
  EXPECT_EQ(ParseDay("2023-06-30").value(), absl::CivilDay(2023, 6, 30));
  for (const char* text : {"", "2023", "2023-06", "2023-6-30", "2023-06-31", "2023-02-29", "30-06-2023", "2023-06-30 ",
                           "2023/06/30", "2023-06-3x", "          ", "2023-06-30T10:00", " 2023-6-30", "2023-6-30 ",
                           "-123-06-30", "+999-06-30", "12023-6-30", "0999-06-30", "0000-01-01"}) {
    ExpectMalformed(ParseDay(text).status());
  }
}

}  // namespace
}  // namespace giaoban::runtime
