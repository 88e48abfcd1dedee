// Goal: a wait ends exactly once, for the right reason, and a watcher that is gone
// is never called.
#include "services/aggregator/changes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace giaoban::aggregator {
namespace {

using Outcome = Changes::Outcome;

// Patience that ends when the test says so.
class Clock {
 public:
  Changes::Patience patience() {
    return [this](std::function<void()> call) {
      absl::MutexLock lock(&mutex_);
      const int64_t id = ++last_;
      calls_.emplace(id, std::move(call));
      return std::shared_ptr<void>(nullptr, [this, id](void*) { Forget(id); });
    };
  }

  void End() {
    std::map<int64_t, std::function<void()>> due;
    {
      absl::MutexLock lock(&mutex_);
      due.swap(calls_);
    }
    for (const auto& [id, call] : due) call();
  }

 private:
  void Forget(int64_t id) {
    absl::MutexLock lock(&mutex_);
    calls_.erase(id);
  }

  absl::Mutex mutex_;
  int64_t last_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<int64_t, std::function<void()>> calls_ ABSL_GUARDED_BY(mutex_);
};

class ChangesTest : public testing::Test {
 protected:
  Clock clock_;
  Changes changes_{clock_.patience()};
};

TEST_F(ChangesTest, AWaitEndsAtOnceWhenThereIsNothingToWaitFor) {
  int ended = 0;
  changes_.Wait(
      "dong-bac", [] { return true; }, [&](Outcome outcome) { ended += outcome == Outcome::kReached; });
  EXPECT_EQ(ended, 1);
}

TEST_F(ChangesTest, AWaitEndsWithTheChangeItWaitsFor) {
  bool reached = false;
  int ended = 0;
  changes_.Wait(
      "dong-bac", [&] { return reached; }, [&](Outcome outcome) { ended += outcome == Outcome::kReached; });
  changes_.Notify("dong-bac");
  EXPECT_EQ(ended, 0);
  reached = true;
  changes_.Notify("elsewhere");
  EXPECT_EQ(ended, 0);
  changes_.Notify("dong-bac");
  EXPECT_EQ(ended, 1);
  changes_.Notify("");
  clock_.End();
  EXPECT_EQ(ended, 1);
}

TEST_F(ChangesTest, PatienceEnds) {
  int timed_out = 0;
  changes_.Wait(
      "dong-bac", [] { return false; }, [&](Outcome outcome) { timed_out += outcome == Outcome::kTimedOut; });
  EXPECT_EQ(timed_out, 0);
  clock_.End();
  clock_.End();
  EXPECT_EQ(timed_out, 1);
}

TEST_F(ChangesTest, StoppingEndsWaitsAndLaterOnes) {
  int stopped = 0;
  const auto count = [&](Outcome outcome) { stopped += outcome == Outcome::kStopped; };
  changes_.Wait(
      "dong-bac", [] { return false; }, count);
  changes_.Stop();
  EXPECT_EQ(stopped, 1);
  changes_.Wait(
      "dong-bac", [] { return false; }, count);
  EXPECT_EQ(stopped, 2);
}

TEST_F(ChangesTest, AWatcherIsWokenUntilItsHandleIsGone) {
  int woken = 0;
  std::shared_ptr<void> handle = changes_.Watch("dong-bac", [&] { ++woken; });
  changes_.Notify("dong-bac");
  changes_.Notify("elsewhere");
  changes_.Notify("");
  EXPECT_EQ(woken, 2);
  handle.reset();
  changes_.Notify("dong-bac");
  EXPECT_EQ(woken, 2);
}

// Waits that begin, are reached, lose patience and are stopped all at once end once each, and no watcher is called
// after its handle is gone.
TEST_F(ChangesTest, EveryWaitEndsOnceWhateverComesTogether) {
  constexpr int kThreads = 3;
  constexpr int kWaits = 500;
  std::atomic<int64_t> position = 0;
  std::vector<std::atomic<int>> ended(kThreads * kWaits);
  std::atomic<bool> over = false;
  std::vector<std::thread> waiting, changing;
  for (int thread = 0; thread < kThreads; ++thread) {
    waiting.emplace_back([&, thread] {
      for (int wait = 0; wait < kWaits; ++wait) {
        const int64_t goal = position + wait % 3;
        changes_.Wait(
            "dong-bac", [&position, goal] { return position >= goal; },
            [&end = ended[thread * kWaits + wait]](Outcome) { ++end; });
        int woken = 0;  // written by whoever notifies, until the handle is gone
        const auto handle = changes_.Watch("dong-bac", [&woken] { ++woken; });
      }
    });
  }
  changing.emplace_back([&] {
    for (; !over; ++position) changes_.Notify(position % 2 == 0 ? "dong-bac" : "");
  });
  changing.emplace_back([&] {
    while (!over) clock_.End();
  });
  for (std::thread& thread : waiting) thread.join();
  changes_.Stop();
  over = true;
  for (std::thread& thread : changing) thread.join();
  for (const std::atomic<int>& end : ended) ASSERT_EQ(end, 1);
}

}  // namespace
}  // namespace giaoban::aggregator
