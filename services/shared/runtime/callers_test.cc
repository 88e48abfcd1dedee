#include "services/shared/runtime/callers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/shared/runtime/status.h"

namespace giaoban::runtime {
namespace {

using contract::v1::ROLE_OFFICE;

Caller Office(const std::string& name, const std::string& person = "") {
  Caller caller{Identity{ROLE_OFFICE, name}};
  caller.person = person;
  if (!person.empty()) caller.carrier = "portal/web";
  return caller;
}

// Callers with small limits and a clock of their own.
class CallersTest : public testing::Test {
 protected:
  CallersTest() {
    limits_.calls = 6;
    limits_.calls_per_caller = 4;
    limits_.streams_per_caller = 2;
    limits_.calls_per_second = 10;
    limits_.call_burst = 5;
    limits_.connection_age_seconds = 30;
    limits_.connection_grace_seconds = 10;
  }

  // How many calls of a caller are admitted at once.
  int Admitted(const Caller& caller) {
    int admitted = 0;
    while (callers_.Admit(caller, now_).ok()) ++admitted;
    return admitted;
  }

  // How many calls of a caller are let through at once.
  int Expected(const Caller& caller) {
    int expected = 0;
    while (callers_.Expect(caller, now_).ok()) ++expected;
    return expected;
  }

  double Reached(const std::string& limit) { return metrics_.limit_reached.Add({{"limit", limit}}).Value(); }

  Limits limits_;
  Metrics metrics_;
  Callers callers_{limits_, metrics_};
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  const Caller office_ = Office("quang-ninh");
};

// Goal: after a rest a caller may make a burst of calls, and then as many as the rate gives back, never more than a
// burst.
TEST_F(CallersTest, CallsComeAtTheRate) {
  EXPECT_EQ(Admitted(office_), 5);
  now_ += absl::Milliseconds(99);
  EXPECT_EQ(Admitted(office_), 0);
  now_ += absl::Milliseconds(2);
  EXPECT_EQ(Admitted(office_), 1);
  now_ += absl::Milliseconds(300);
  EXPECT_EQ(Admitted(office_), 3);
  now_ += absl::Hours(24);
  EXPECT_EQ(Admitted(office_), 5);
}

// Goal: what is refused names its limit for programs and people, and is counted under that name.
TEST_F(CallersTest, RefusalsSayWhichLimit) {
  EXPECT_EQ(Admitted(office_), 5);
  EXPECT_EQ(Reached("max_calls_per_second"), 1);
  const absl::Status refused = callers_.Admit(office_, now_);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  const Detail detail = DetailOf(refused);
  EXPECT_EQ(detail.reason, "LIMIT");
  EXPECT_THAT(detail.metadata, testing::UnorderedElementsAre(testing::Pair("limit", "max_calls_per_second"),
                                                             testing::Pair("value", "10")));
  EXPECT_THAT(detail.vietnamese, testing::HasSubstr("max_calls_per_second"));
  EXPECT_EQ(Reached("max_calls_per_second"), 2);
}

// Goal: a clock that runs backwards gives nothing, takes nothing, and does not give twice when it comes back.
TEST_F(CallersTest, AClockThatRunsBackwardsGivesNothing) {
  EXPECT_EQ(Admitted(office_), 5);
  now_ -= absl::Hours(1);
  EXPECT_EQ(Admitted(office_), 0);
  now_ += absl::Hours(1);
  EXPECT_EQ(Admitted(office_), 0);
  now_ += absl::Milliseconds(101);
  EXPECT_EQ(Admitted(office_), 1);
}

// Goal: a caller has so many calls in progress and no more, until one ends.
TEST_F(CallersTest, CallsInProgressAreLimited) {
  std::vector<std::shared_ptr<void>> running;
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(callers_.Expect(office_, now_).ok());
    running.push_back(callers_.Begin(office_, now_));
  }
  EXPECT_EQ(Expected(office_), 0);
  EXPECT_EQ(Reached("max_calls_per_caller"), 1);
  running.pop_back();
  EXPECT_EQ(Expected(office_), 1);
}

// Goal: calls whose request never arrives count as in progress, until their connection must have ended.
TEST_F(CallersTest, CallsThatNeverBeginCount) {
  EXPECT_EQ(Expected(office_), 4);
  now_ += absl::Seconds(9.9);
  EXPECT_EQ(Expected(office_), 0);
  now_ += absl::Seconds(0.2);
  EXPECT_EQ(Expected(office_), 1);
  now_ += absl::Seconds(40);
  EXPECT_EQ(Expected(office_), 4);
  now_ -= absl::Hours(1);
  EXPECT_EQ(Expected(office_), 0);
}

// Goal: a call counts once, not once as expected and once as running.
TEST_F(CallersTest, ACallThatBeganIsNotExpectedAnyMore) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(callers_.Expect(office_, now_).ok()) << i;
    callers_.Begin(office_, now_);
  }
  EXPECT_EQ(Expected(office_), 4);
}

// Goal: all callers together have so many calls in progress, and whoever has few gets a share of eight beyond that.
TEST_F(CallersTest, CallsOfTheProcessAreLimited) {
  limits_.calls_per_caller = 20;
  std::vector<std::shared_ptr<void>> running;
  for (int i = 0; i < 9; ++i) running.push_back(callers_.Begin(office_, now_));
  EXPECT_FALSE(callers_.Expect(office_, now_).ok());
  EXPECT_EQ(Reached("max_calls"), 1);
  const Caller other = Office("lang-son");
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(callers_.Expect(other, now_).ok()) << i;
    running.push_back(callers_.Begin(other, now_));
  }
  EXPECT_FALSE(callers_.Expect(other, now_).ok());
  running.clear();
  EXPECT_TRUE(callers_.Expect(office_, now_).ok());
}

// Goal: streams are counted of their own, exactly, and free their place when they close.
TEST_F(CallersTest, StreamsAreLimited) {
  auto first = callers_.OpenStream(office_, now_);
  auto second = callers_.OpenStream(office_, now_);
  EXPECT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(callers_.OpenStream(office_, now_).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Reached("max_streams_per_caller"), 1);
  first->reset();
  EXPECT_TRUE(callers_.OpenStream(office_, now_).ok());
}

// Goal: a caller past every limit takes nothing from another, nor a person of the portal's from the next or from the
// certificate of the same office.
TEST_F(CallersTest, CallersTakeNothingFromEachOther) {
  const std::vector<Caller> callers = {office_, Office("lang-son"), Office("quang-ninh", "lan"),
                                       Office("quang-ninh", "minh")};
  for (const Caller& caller : callers) {
    EXPECT_EQ(Admitted(caller), 5) << caller.Account();
    EXPECT_EQ(Expected(caller), 4) << caller.Account();
    EXPECT_TRUE(callers_.OpenStream(caller, now_).ok()) << caller.Account();
  }
}

// Goal: however many callers come, those with something in use are remembered, and a caller past its limit is not given
// a new burst by being forgotten.
TEST_F(CallersTest, ManyCallersDoNotUndoALimit) {
  constexpr int kMany = 40'000;
  const auto running = callers_.Begin(Office("running"), now_);
  const auto stream = callers_.OpenStream(Office("streaming"), now_);
  const auto more = callers_.OpenStream(Office("streaming"), now_);
  EXPECT_EQ(Expected(Office("waiting")), 4);
  for (int i = 0; i < kMany; ++i) {
    if (i % 4'000 == 0) now_ += absl::Milliseconds(500);
    if (i == kMany - 10) {
      EXPECT_EQ(Admitted(office_), 5);
    }
    EXPECT_TRUE(callers_.Admit(Office(absl::StrCat("bloc-", i)), now_).ok());
  }
  EXPECT_EQ(Admitted(office_), 0);
  EXPECT_EQ(Expected(Office("running")), 3);
  EXPECT_EQ(Expected(Office("waiting")), 0);
  EXPECT_FALSE(callers_.OpenStream(Office("streaming"), now_).ok());
}

// Goal: with many threads at once the limits hold exactly, and everything is given back.
TEST_F(CallersTest, ManyThreadsShareTheLimitsExactly) {
  constexpr int kThreads = 8, kRounds = 2'000;
  limits_.call_burst = kThreads * kRounds / 2;
  std::atomic<int> admitted = 0, most = 0, open = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        if (!callers_.Admit(office_, now_).ok()) continue;
        ++admitted;
        const auto stream = callers_.OpenStream(office_, now_);
        if (!stream.ok()) continue;
        const int now_open = ++open;
        int before = most;
        while (before < now_open && !most.compare_exchange_weak(before, now_open)) {
        }
        const auto call = callers_.Begin(office_, now_);
        --open;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(admitted, kThreads * kRounds / 2);
  EXPECT_LE(most, 2);
  EXPECT_EQ(Expected(office_), 4);
  EXPECT_TRUE(callers_.OpenStream(office_, now_).ok());
}

}  // namespace
}  // namespace giaoban::runtime
