// Goal: whoever guesses waits longer each time, wherever the guesses come from; whoever logged in at an address before
// and did not fail there passes whatever others do; memory is bounded.
#include "services/directory/throttle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace giaoban::directory {
namespace {

using ::testing::ElementsAre;

class ThrottleTest : public ::testing::Test {
 protected:
  // Fails as often as it may, waiting as long as it must; returns the waits.
  std::vector<int64_t> Fail(const Attempt& attempt, int times) {
    std::vector<int64_t> waits;
    for (int i = 0; i < times; ++i) {
      const absl::Duration wait = throttle_.Try(attempt, now_);
      waits.push_back(absl::ToInt64Seconds(wait));
      if (wait == absl::ZeroDuration()) continue;
      now_ += wait;
      EXPECT_EQ(throttle_.Try(attempt, now_), absl::ZeroDuration()) << "what it said has passed";
    }
    return waits;
  }
  bool Passes(const Attempt& attempt) { return throttle_.Try(attempt, now_) == absl::ZeroDuration(); }
  static std::string Network(int number) { return absl::StrCat("198.51.", number / 256, ".", number % 256); }

  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  Throttle throttle_;
  const Attempt lan_{"lan", "192.0.2.1", false};
  const Attempt owner_{"lan", "192.0.2.1", true};
};

TEST_F(ThrottleTest, EachFailureDoublesTheWait) {
  EXPECT_THAT(Fail(lan_, 10), ElementsAre(0, 1, 2, 4, 8, 16, 32, 60, 60, 60));
  const absl::Duration wait = throttle_.Try(lan_, now_ + absl::Seconds(59));
  EXPECT_EQ(wait, absl::Seconds(1)) << "what is left of it";
  now_ += absl::Hours(1);
  EXPECT_THAT(Fail(lan_, 3), ElementsAre(0, 1, 2)) << "forgotten after an hour";
}

TEST_F(ThrottleTest, ARefusedTryDoesNotCount) {
  Fail(lan_, 2);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(Passes(lan_));
  now_ += absl::Seconds(2);
  EXPECT_TRUE(Passes(lan_));
}

TEST_F(ThrottleTest, GuessesAtTheSameTimeDoNotPassTogether) {
  EXPECT_TRUE(Passes(lan_));
  EXPECT_FALSE(Passes(lan_)) << "the first is still being looked at";
  throttle_.Succeeded(lan_);
  EXPECT_TRUE(Passes(lan_));
}

TEST_F(ThrottleTest, SuccessForgetsTheFailuresOfThatPairOnly) {
  Fail(lan_, 5);
  now_ += absl::Minutes(1);
  ASSERT_TRUE(Passes(lan_));
  throttle_.Succeeded(lan_);
  EXPECT_THAT(Fail(lan_, 3), ElementsAre(0, 1, 2));
  // With an account of one's own one cannot wipe out what an address failed at others.
  for (int i = 0; i < 20; ++i) {
    Fail({absl::StrCat("user", i), "192.0.2.9"}, 1);
    now_ += absl::Minutes(1);
    const Attempt own{"own", "192.0.2.9", true};
    ASSERT_TRUE(Passes(own));
    throttle_.Succeeded(own);
  }
  now_ += absl::Minutes(1);
  EXPECT_TRUE(Passes({"another", "192.0.2.9"}));
  EXPECT_FALSE(Passes({"yet.another", "192.0.2.9"}));
}

TEST_F(ThrottleTest, WhatWasNotLookedAtDoesNotCount) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(Passes(lan_));
    throttle_.TakeBack(lan_);
  }
  EXPECT_EQ(throttle_.counts(), 0U);
}

TEST_F(ThrottleTest, AnAddressThatTriesManyAccountsWaits) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Passes({absl::StrCat("user", i), "192.0.2.9"})) << i;
  EXPECT_FALSE(Passes({"user10", "192.0.2.9"}));
  EXPECT_TRUE(Passes({"user10", "192.0.2.10"}));
  now_ += absl::Seconds(1);
  EXPECT_TRUE(Passes({"user11", "192.0.2.9"}));
  now_ += absl::Seconds(1);
  EXPECT_EQ(throttle_.Try({"user12", "192.0.2.9"}, now_), absl::Seconds(1)) << "two seconds after the eleventh";
}

TEST_F(ThrottleTest, AnAccountThatManyAddressesTryWaits) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Passes({"lan", Network(i)})) << i;
  EXPECT_FALSE(Passes({"lan", Network(10)}));
  EXPECT_TRUE(Passes({"mai", Network(10)}));
}

// Also for names that nobody can have, so that they cannot be told from others, at no cost of memory.
TEST_F(ThrottleTest, NamesTooLongForAnAccountAreOne) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Passes({std::string(100 + i, 'x'), Network(i)})) << i;
  EXPECT_FALSE(Passes({std::string(1000, 'y'), Network(10)}));
}

TEST_F(ThrottleTest, StrangersCannotHoldUpTheOwner) {
  for (int i = 0; i < 2000; ++i) Passes({"lan", Network(i)});
  EXPECT_FALSE(Passes({"lan", Network(2000)}));
  EXPECT_TRUE(Passes(owner_));
  throttle_.Succeeded(owner_);
  // Nor can colleagues behind the same address, who fail at their own accounts.
  for (int i = 0; i < 100; ++i) Passes({absl::StrCat("user", i), owner_.network});
  EXPECT_FALSE(Passes({"mai", owner_.network}));
  EXPECT_TRUE(Passes(owner_));
}

TEST_F(ThrottleTest, TheOwnerWhoFailsWaitsLikeAnybody) { EXPECT_THAT(Fail(owner_, 5), ElementsAre(0, 1, 2, 4, 8)); }

TEST_F(ThrottleTest, AClockPutBackHoldsNobodyUpForLonger) {
  Fail(lan_, 3);
  now_ -= absl::Hours(24);
  EXPECT_EQ(throttle_.Try(lan_, now_), absl::Seconds(4));
}

TEST_F(ThrottleTest, MemoryIsBoundedAndTheOldestGo) {
  Throttle throttle(30);
  for (int i = 0; i < 1000; ++i) throttle.Try({absl::StrCat("user", i), Network(i)}, now_);
  EXPECT_EQ(throttle.counts(), 30U);
  EXPECT_EQ(throttle.Try({"user0", Network(0)}, now_), absl::ZeroDuration());
  EXPECT_EQ(throttle.Try({"user999", Network(999)}, now_), absl::Seconds(1));
  Throttle full;
  for (int i = 0; i < 100'000; ++i) full.Try({absl::StrCat("user", i), Network(i)}, now_);
  EXPECT_EQ(full.counts(), Throttle::kCounts);
}

}  // namespace
}  // namespace giaoban::directory
