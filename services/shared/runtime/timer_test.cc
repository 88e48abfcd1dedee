// Goal: what was ordered is called once, and not at all when it was called off.
#include "services/shared/runtime/timer.h"

#include <gtest/gtest.h>

#include "absl/synchronization/notification.h"

namespace giaoban::runtime {
namespace {

TEST(Timer, Calls) {
  absl::Notification called;
  const std::shared_ptr<void> timer = After(absl::Milliseconds(1), [&] { called.Notify(); });
  EXPECT_TRUE(called.WaitForNotificationWithTimeout(absl::Seconds(10)));
}

TEST(Timer, CallsNoMoreWhenItIsGone) {
  bool wrong = false;
  After(absl::Hours(1), [&] { wrong = true; }).reset();
  absl::Notification later;
  const std::shared_ptr<void> timer = After(absl::Milliseconds(20), [&] { later.Notify(); });
  EXPECT_TRUE(later.WaitForNotificationWithTimeout(absl::Seconds(10)));
  EXPECT_FALSE(wrong);
}

// A call may let go of its own handle: nothing waits for itself.
TEST(Timer, ACallMayEndItsOwnTimer) {
  absl::Notification called;
  std::shared_ptr<void> timer;
  absl::Notification set;
  timer = After(absl::Milliseconds(1), [&] {
    set.WaitForNotification();
    timer.reset();
    called.Notify();
  });
  set.Notify();
  EXPECT_TRUE(called.WaitForNotificationWithTimeout(absl::Seconds(10)));
}

}  // namespace
}  // namespace giaoban::runtime
