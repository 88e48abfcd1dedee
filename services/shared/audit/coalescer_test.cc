#include "services/shared/audit/coalescer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"

namespace giaoban::audit {
namespace {

using google::protobuf::util::TimeUtil;
using testing::ElementsAre;
using testing::IsEmpty;

v1::Event Denial(const std::string& actor, const std::string& method, const std::string& reason = "ROLE") {
  v1::Event event;
  event.set_kind(v1::EVENT_KIND_DENIED);
  event.set_actor(actor);
  event.set_method(method);
  event.set_reason(reason);
  return event;
}

std::string Show(const v1::Event& event) {
  return absl::StrCat(TimeUtil::TimestampToSeconds(event.time()), " ", event.actor(), " ", event.method(), " ",
                      event.reason(), " ", event.count());
}

class CoalescerTest : public testing::Test {
 protected:
  // What is recorded at once; empty when it is counted.
  std::string Add(const v1::Event& event, int second) {
    const auto first = coalescer_.Add(event, absl::FromUnixSeconds(second));
    return first.has_value() ? Show(*first) : "";
  }
  std::vector<std::string> Ended(int second) {
    std::vector<std::string> ended;
    for (const v1::Event& event : coalescer_.TakeEnded(absl::FromUnixSeconds(second))) ended.push_back(Show(event));
    return ended;
  }

  Coalescer coalescer_;
};

// Goal: the first of a kind is let through at once; those after it become one event when the minute ends.
TEST_F(CoalescerTest, RepetitionsAreCounted) {
  const v1::Event event = Denial("office/a", "/get");
  EXPECT_EQ(Add(event, 100), "100 office/a /get ROLE 1");
  EXPECT_EQ(Add(event, 110), "");
  EXPECT_EQ(Add(event, 120), "");
  EXPECT_THAT(Ended(159), IsEmpty());
  EXPECT_THAT(Ended(160), ElementsAre("110 office/a /get ROLE 2"));
  EXPECT_THAT(Ended(160), IsEmpty());
}

// Goal: what goes on costs one event a minute, and a minute without any ends it.
TEST_F(CoalescerTest, AFloodCostsOneEventAMinute) {
  const v1::Event event = Denial("office/a", "/get");
  std::vector<std::string> recorded = {Add(event, 0)};
  for (int second = 1; second < 180; ++second) {
    for (const std::string& ended : Ended(second)) recorded.push_back(ended);
    EXPECT_EQ(Add(event, second), "");
  }
  EXPECT_THAT(recorded, ElementsAre("0 office/a /get ROLE 1", "1 office/a /get ROLE 59", "60 office/a /get ROLE 60"));
  EXPECT_THAT(Ended(180), ElementsAre("120 office/a /get ROLE 60"));
  EXPECT_THAT(Ended(240), IsEmpty());
  EXPECT_EQ(Add(event, 241), "241 office/a /get ROLE 1");
}

// Goal: events are alike only when all but time and count is.
TEST_F(CoalescerTest, DifferentEventsAreToldApart) {
  std::vector<v1::Event> events(8, Denial("office/a", "/get"));
  events[1].set_kind(v1::EVENT_KIND_LOG_IN_REFUSED);
  events[2].set_actor("office/b");
  events[3].set_method("/set");
  events[4].set_reason("SCOPE");
  events[5].mutable_origin()->set_address("192.0.2.7");
  events[6].mutable_origin()->set_person("lan");
  events[7].mutable_origin()->set_carrier("portal/web");
  for (const v1::Event& event : events) EXPECT_NE(Add(event, 0), "") << event.ShortDebugString();
  events[0].set_count(7);
  *events[0].mutable_time() = TimeUtil::SecondsToTimestamp(9);
  EXPECT_EQ(Add(events[0], 1), "");
}

// Goal: whoever makes up ever new names is told apart for so many, then by reason only; nobody else is touched.
TEST_F(CoalescerTest, OneActorHasABound) {
  for (size_t kind = 0; kind < kKindsOfActor; ++kind) {
    EXPECT_NE(Add(Denial("office/a", absl::StrCat("/", kind)), 0), "");
  }
  EXPECT_EQ(Add(Denial("office/a", "/made/up"), 1), "1 office/a  ROLE 1");
  EXPECT_EQ(Add(Denial("office/a", "/made/up/2"), 2), "");
  EXPECT_EQ(Add(Denial("office/a", "/made/up/3", "METHOD"), 3), "3 office/a  METHOD 1");
  EXPECT_EQ(Add(Denial("office/a", "/0"), 4), "") << "what is known already is counted as it is";
  EXPECT_EQ(Add(Denial("office/b", "/made/up"), 5), "5 office/b /made/up ROLE 1");
  EXPECT_THAT(Ended(65), ElementsAre("4 office/a /0 ROLE 1", "2 office/a  ROLE 1"));
  EXPECT_EQ(Add(Denial("office/a", "/made/up"), 65), "65 office/a /made/up ROLE 1") << "what is forgotten makes room";
}

// Goal: all together have a bound too, past which only the reason is told.
TEST_F(CoalescerTest, AllTogetherHaveABound) {
  for (size_t kind = 0; kind < kKinds; ++kind) {
    EXPECT_NE(Add(Denial(absl::StrCat("office/", kind / 8), absl::StrCat("/", kind)), 0), "");
  }
  EXPECT_EQ(Add(Denial("office/0", "/made/up"), 1), "1 others  ROLE 1");
  EXPECT_EQ(Add(Denial("office/new", "/0"), 2), "");
  EXPECT_EQ(Add(Denial("office/new", "/0", "METHOD"), 3), "3 others  METHOD 1");
  EXPECT_EQ(Add(Denial("office/0", "/0"), 4), "");
  EXPECT_THAT(Ended(63), ElementsAre("4 office/0 /0 ROLE 1", "2 others  ROLE 1"));
  EXPECT_EQ(Add(Denial("office/0", "/made/up"), 63), "63 office/0 /made/up ROLE 1") << "what is forgotten makes room";
}

// Goal: a clock that is set back neither loses a count nor keeps it for as long as that.
TEST_F(CoalescerTest, AClockSetBackEndsTheWindow) {
  const v1::Event event = Denial("office/a", "/get");
  Add(event, 1000);
  Add(event, 1001);
  EXPECT_THAT(Ended(400), ElementsAre("1001 office/a /get ROLE 1"));
}

// Goal: with many threads every event is counted exactly once, and a flood of ever new names stays within the bounds.
TEST_F(CoalescerTest, AFloodFromManyThreadsIsBounded) {
  constexpr int kThreads = 8, kEach = 12'500;
  std::vector<std::vector<v1::Event>> recorded(kThreads + 1);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        const v1::Event event = Denial(absl::StrCat("office/", thread), absl::StrCat("/", i % 2 == 0 ? 0 : i));
        auto first = coalescer_.Add(event, absl::FromUnixSeconds(i / 1000));
        if (first.has_value()) recorded[thread].push_back(*std::move(first));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  recorded.back() = coalescer_.TakeEnded(absl::FromUnixSeconds(100));
  std::map<std::string, int64_t> counts;
  size_t entries = 0;
  for (const auto& some : recorded) {
    entries += some.size();
    for (const v1::Event& event : some) counts[absl::StrCat(event.actor(), event.method())] += event.count();
  }
  int64_t total = 0;
  for (const auto& [kind, count] : counts) total += count;
  EXPECT_EQ(total, kThreads * kEach);
  for (int thread = 0; thread < kThreads; ++thread) EXPECT_EQ(counts[absl::StrCat("office/", thread, "/0")], kEach / 2);
  EXPECT_LE(entries, 2 * (kKinds + kThreads + 1));
}

}  // namespace
}  // namespace giaoban::audit
