// Goal: a secret counts only when a code of the one given last comes in time.
#include "services/directory/pending_codes.h"

#include <gtest/gtest.h>

#include "services/directory/one_time_code.h"

namespace giaoban::directory {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

std::string CodeAt(absl::string_view secret, absl::Time time) { return CodeOf(secret, StepOf(time)); }

TEST(PendingCodesTest, OnlyTheSecretGivenLastCounts) {
  PendingCodes codes;
  EXPECT_EQ(codes.Confirm("lan", "123456", kNow).status().code(), absl::StatusCode::kFailedPrecondition);
  codes.Begin("lan", "the first secret....", kNow);
  codes.Begin("lan", "the second secret...", kNow);
  EXPECT_EQ(codes.Confirm("lan", CodeAt("the first secret....", kNow), kNow).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(codes.Confirm("mai", CodeAt("the second secret...", kNow), kNow).status().code(),
            absl::StatusCode::kFailedPrecondition);
  const auto confirmed = codes.Confirm("lan", CodeAt("the second secret...", kNow), kNow);
  ASSERT_TRUE(confirmed.ok()) << confirmed.status();
  EXPECT_EQ(confirmed->secret, "the second secret...");
  EXPECT_EQ(confirmed->step, StepOf(kNow));
  codes.End("lan");
  EXPECT_FALSE(codes.Confirm("lan", CodeAt("the second secret...", kNow), kNow).ok());
}

TEST(PendingCodesTest, TenMinutesAndNoMore) {
  PendingCodes codes;
  codes.Begin("lan", "the secret of Lan...", kNow);
  const absl::Time late = kNow + PendingCodes::kLife;
  EXPECT_TRUE(codes.Confirm("lan", CodeAt("the secret of Lan...", late), late - absl::Seconds(1)).ok());
  EXPECT_EQ(codes.Confirm("lan", CodeAt("the secret of Lan...", late), late).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace giaoban::directory
