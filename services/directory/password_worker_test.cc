// Goal: one thing at a time, those who are known first, and no more than a few wait.
#include "services/directory/password_worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "services/shared/runtime/status.h"

namespace giaoban::directory {
namespace {

using ::testing::ElementsAre;
using Line = PasswordWorker::Line;

class PasswordWorkerTest : public ::testing::Test {
 protected:
  // Keeps the worker busy until Release.
  void Hold() {
    absl::Notification held;
    ASSERT_TRUE(worker_
                    ->Do(Line::kStrangers,
                         [&] {
                           held.Notify();
                           release_.WaitForNotification();
                         })
                    .ok());
    held.WaitForNotification();
  }
  absl::Status Note(Line line, const std::string& what) {
    return worker_->Do(line, [this, what] { done_.push_back(what); });
  }
  // Ends the worker, which does what waits.
  void Release() {
    release_.Notify();
    worker_.reset();
  }

  runtime::Metrics metrics_;
  const runtime::Limits limits_;
  std::unique_ptr<PasswordWorker> worker_ = std::make_unique<PasswordWorker>(limits_, metrics_);
  absl::Notification release_;
  // Touched by the worker, and after its end.
  std::vector<std::string> done_;
};

TEST_F(PasswordWorkerTest, TheKnownGoFirst) {
  Hold();
  ASSERT_TRUE(Note(Line::kStrangers, "stranger 1").ok());
  ASSERT_TRUE(Note(Line::kStrangers, "stranger 2").ok());
  ASSERT_TRUE(Note(Line::kKnown, "owner").ok());
  Release();
  EXPECT_THAT(done_, ElementsAre("owner", "stranger 1", "stranger 2"));
}

TEST_F(PasswordWorkerTest, StrangersFillTheirOwnLineOnly) {
  Hold();
  for (int64_t i = 0; i < limits_.waiting_passwords; ++i) ASSERT_TRUE(Note(Line::kStrangers, "stranger").ok());
  const absl::Status refused = Note(Line::kStrangers, "one too many");
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(runtime::DetailOf(refused).reason, "LIMIT");
  EXPECT_EQ(metrics_.limit_reached.Add({{"limit", "max_waiting_passwords"}}).Value(), 1);
  EXPECT_TRUE(Note(Line::kKnown, "owner").ok());
  Release();
  ASSERT_EQ(done_.size(), static_cast<size_t>(limits_.waiting_passwords) + 1);
  EXPECT_EQ(done_.front(), "owner");
}

}  // namespace
}  // namespace giaoban::directory
