// Goal: every reader of a feed gets each entry once and in order, however many append, read, come and go at once.
#include "services/shared/journal/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/journal/journal_fixture.h"

namespace giaoban::journal {
namespace {

using FeedTest = JournalFixture;

// A reader that sleeps until its feed wakes it, as a stream does.
class Reader {
 public:
  Reader(Journal& journal, std::map<std::string, int64_t> after, bool every_cluster)
      : feed_(journal, after, every_cluster), positions_(std::move(after)) {
    feed_.OnMore([this] {
      absl::MutexLock lock(&mutex_);
      more_ = true;
    });
  }

  // Reads so many entries; each follows the one before it in its cluster.
  void Read(int count) {
    while (count > 0) {
      auto entry = feed_.Next();
      ASSERT_TRUE(entry.ok()) << entry.status();
      if (entry->has_value()) {
        ASSERT_EQ((*entry)->position(), ++positions_[(*entry)->cluster()]);
        --count;
        continue;
      }
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&more_));
      more_ = false;
    }
  }

  bool AtEnd() { return !feed_.Next().value().has_value(); }
  const std::map<std::string, int64_t>& positions() const { return positions_; }

 private:
  absl::Mutex mutex_;
  bool more_ ABSL_GUARDED_BY(mutex_) = false;
  Feed feed_;
  std::map<std::string, int64_t> positions_;
};

TEST_F(FeedTest, EveryReaderGetsEachEntryOnce) {
  constexpr int kAppenders = 4;
  constexpr int kEach = 120;
  const std::vector<std::string> clusters = {"dong-bac", "tay-bac", ""};
  Open();
  Add("dong-bac", "the past");
  std::vector<std::thread> threads;
  for (int appender = 0; appender < kAppenders; ++appender) {
    threads.emplace_back([&, appender] {
      for (int round = 0; round < kEach; ++round) {
        Add(clusters[static_cast<size_t>(appender + round) % clusters.size()], absl::StrCat(appender, " ", round));
      }
    });
  }
  const std::map<std::string, int64_t> all = {{"", 160}, {"dong-bac", 161}, {"tay-bac", 160}};
  for (int reader = 0; reader < 3; ++reader) {
    threads.emplace_back([&] {
      Reader every(*journal_, {}, /*every_cluster=*/true);
      every.Read(1 + kAppenders * kEach);
      EXPECT_EQ(every.positions(), all);
      EXPECT_TRUE(every.AtEnd());
    });
  }
  threads.emplace_back([&] {
    Reader one(*journal_, {{"dong-bac", 1}}, /*every_cluster=*/false);
    one.Read(160);
    EXPECT_EQ(one.positions(), (std::map<std::string, int64_t>{{"dong-bac", 161}}));
    EXPECT_TRUE(one.AtEnd());
  });
  for (std::thread& thread : threads) thread.join();
}

// What a listener writes belongs to whoever holds its handle, once that is gone; ending it waits for a call.
TEST_F(FeedTest, ListenersComeAndGoWhileEntriesCome) {
  constexpr int kEntries = 200;
  Open();
  std::atomic<bool> over = false;
  std::vector<std::thread> threads;
  for (int listener = 0; listener < 3; ++listener) {
    threads.emplace_back([&] {
      while (!over) {
        int64_t last = 0;
        const auto listen = [&](const std::string&, int64_t position) { last = position; };
        journal_->Listen(listen).reset();
        auto handle = journal_->Listen(listen);
        journal_->Read("dong-bac", 0, 1).IgnoreError();
        handle.reset();
        EXPECT_LE(last, kEntries);
      }
    });
    threads.emplace_back([&] {
      while (!over) Feed(*journal_, {}, /*every_cluster=*/true).Next().IgnoreError();
    });
  }
  for (int entry = 0; entry < kEntries; ++entry) Add("dong-bac", absl::StrCat(entry));
  over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(VerifyAll().entries, kEntries);
}

}  // namespace
}  // namespace giaoban::journal
