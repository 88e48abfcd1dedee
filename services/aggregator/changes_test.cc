// Goal: a wait ends exactly once, for the right reason, and a watcher that is gone
// is never called.
#include "services/aggregator/changes.h"

#include <gtest/gtest.h>

#include <atomic>

#include "absl/synchronization/notification.h"

namespace giaoban::aggregator {
namespace {

using Outcome = Changes::Outcome;

TEST(Changes, AWaitEndsAtOnceWhenThereIsNothingToWaitFor) {
  Changes changes(absl::Hours(1));
  int ended = 0;
  changes.Wait(
      "dong-bac", [] { return true; }, [&](Outcome outcome) { ended += outcome == Outcome::kReached; });
  EXPECT_EQ(ended, 1);
}

TEST(Changes, AWaitEndsWithTheChangeItWaitsFor) {
  Changes changes(absl::Hours(1));
  bool reached = false;
  int ended = 0;
  changes.Wait(
      "dong-bac", [&] { return reached; }, [&](Outcome outcome) { ended += outcome == Outcome::kReached; });
  changes.Notify("dong-bac");
  EXPECT_EQ(ended, 0);
  reached = true;
  changes.Notify("elsewhere");
  EXPECT_EQ(ended, 0);
  changes.Notify("dong-bac");
  EXPECT_EQ(ended, 1);
  changes.Notify("");
  EXPECT_EQ(ended, 1);
}

TEST(Changes, PatienceEnds) {
  Changes changes(absl::Milliseconds(20));
  absl::Notification ended;
  std::atomic<bool> timed_out = false;
  changes.Wait(
      "dong-bac", [] { return false; },
      [&](Outcome outcome) {
        timed_out = outcome == Outcome::kTimedOut;
        ended.Notify();
      });
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(absl::Seconds(10)));
  EXPECT_TRUE(timed_out);
}

TEST(Changes, StoppingEndsWaitsAndLaterOnes) {
  Changes changes(absl::Hours(1));
  int stopped = 0;
  const auto count = [&](Outcome outcome) { stopped += outcome == Outcome::kStopped; };
  changes.Wait(
      "dong-bac", [] { return false; }, count);
  changes.Stop();
  EXPECT_EQ(stopped, 1);
  changes.Wait(
      "dong-bac", [] { return false; }, count);
  EXPECT_EQ(stopped, 2);
}

TEST(Changes, AWatcherIsWokenUntilItsHandleIsGone) {
  Changes changes(absl::Hours(1));
  int woken = 0;
  std::shared_ptr<void> handle = changes.Watch("dong-bac", [&] { ++woken; });
  changes.Notify("dong-bac");
  changes.Notify("elsewhere");
  changes.Notify("");
  EXPECT_EQ(woken, 2);
  handle.reset();
  changes.Notify("dong-bac");
  EXPECT_EQ(woken, 2);
}

}  // namespace
}  // namespace giaoban::aggregator
