// FeedFollower against a real service that goes and comes back.
#include "services/shared/runtime/feed.h"

#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <random>
#include <sstream>

#include "absl/synchronization/mutex.h"
#include "services/shared/runtime/test_support.h"

namespace giaoban::runtime {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

// Follows the counting directory and checks that every entry comes once and in order.
class Taker {
 public:
  FeedFollower::Options Options(std::shared_ptr<const Credentials> credentials) {
    FeedFollower::Options options;
    options.service = "aggregator";
    options.feed = "directory";
    options.method = "/giaoban.directory.v1.DirectoryService/Watch";
    options.credentials = std::move(credentials);
    options.request = [this] {
      absl::MutexLock lock(&mutex_);
      ++requests_;
      directory::v1::WatchRequest request;
      request.set_after(position_);
      return request.SerializeAsString();
    };
    options.take = [this](const report::v1::Entry& entry) { return Take(entry); };
    options.clock = [] { return absl::FromUnixSeconds(107); };
    options.ended = [this](const absl::Status& status) {
      absl::MutexLock lock(&mutex_);
      ends_.push_back(status.code());
    };
    return options;
  }

  // The next this many entries are not taken.
  void Refuse(int times) {
    absl::MutexLock lock(&mutex_);
    refusals_ = times;
  }

  bool Reaches(int64_t position) {
    absl::MutexLock lock(&mutex_);
    auto reached = [this, position]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return position_ >= position; };
    return mutex_.AwaitWithTimeout(absl::Condition(&reached), kPatience);
  }

  bool Requests(int times) {
    absl::MutexLock lock(&mutex_);
    auto asked = [this, times]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return requests_ >= times; };
    return mutex_.AwaitWithTimeout(absl::Condition(&asked), kPatience);
  }

  std::vector<std::string> wrong() const {
    absl::MutexLock lock(&mutex_);
    return wrong_;
  }
  std::vector<absl::StatusCode> ends() const {
    absl::MutexLock lock(&mutex_);
    return ends_;
  }
  int64_t position() const {
    absl::MutexLock lock(&mutex_);
    return position_;
  }

 private:
  absl::StatusOr<absl::Time> Take(const report::v1::Entry& entry) {
    absl::MutexLock lock(&mutex_);
    if (entry.position() != position_ + 1 || entry.body() != absl::StrCat(entry.position())) {
      wrong_.push_back(absl::StrCat(entry.position(), " after ", position_));
    }
    if (refusals_-- > 0) return absl::InternalError("not now");
    position_ = entry.position();
    return absl::FromUnixSeconds(100);
  }

  mutable absl::Mutex mutex_;
  int64_t position_ ABSL_GUARDED_BY(mutex_) = 0;
  int requests_ ABSL_GUARDED_BY(mutex_) = 0;
  int refusals_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::string> wrong_ ABSL_GUARDED_BY(mutex_);
  std::vector<absl::StatusCode> ends_ ABSL_GUARDED_BY(mutex_);
};

class FeedTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { authority_ = new TestAuthority; }
  static void TearDownTestSuite() {
    delete authority_;
    authority_ = nullptr;
  }

  void StartServer(const std::string& listen = "127.0.0.1:0") {
    directory_ = std::make_unique<CountingDirectory>(environment_);
    server_ = Serve(environment_, *directory_, listen);
    address_ = server_->address();
  }

  void StopServer() {
    directory_->streams.Drain();
    server_.reset();
    directory_.reset();
  }

  // A follower's, which knows where the directory is.
  std::shared_ptr<Credentials> Follower() { return authority_->Load("aggregator", address_); }

  std::string Scrape() const {
    std::ostringstream text;
    prometheus::TextSerializer().Serialize(text, process_.metrics.registry->Collect());
    return text.str();
  }

  static TestAuthority* authority_;
  TestEnvironment process_;
  const Environment environment_ = process_.Get("", absl::Now, authority_->Load("directory"));
  std::unique_ptr<CountingDirectory> directory_;
  std::unique_ptr<Server> server_;
  std::string address_;
  Taker taker_;
};

TestAuthority* FeedTest::authority_ = nullptr;

// Goal: past and live entries are taken in, and the metrics say so.
TEST_F(FeedTest, TakesIn) {
  StartServer();
  directory_->Grow(100);
  {
    FeedFollower follower(taker_.Options(Follower()), process_.metrics);
    follower.Start();
    ASSERT_TRUE(taker_.Reaches(100));
    directory_->Grow(101);
    ASSERT_TRUE(taker_.Reaches(101));
    EXPECT_NE(Scrape().find("giaoban_feed_connected{feed=\"directory\",service=\"aggregator\"} 1"), std::string::npos);
  }
  EXPECT_TRUE(taker_.wrong().empty());
  const std::string metrics = Scrape();
  EXPECT_NE(metrics.find("giaoban_feed_entries_total{feed=\"directory\",service=\"aggregator\"} 101"),
            std::string::npos);
  EXPECT_NE(metrics.find("giaoban_feed_lag_seconds{feed=\"directory\",service=\"aggregator\"} 7"), std::string::npos);
  EXPECT_NE(metrics.find("giaoban_feed_connected{feed=\"directory\",service=\"aggregator\"} 0"), std::string::npos);
  EXPECT_TRUE(taker_.ends().empty());
}

// Goal: the service may go at any moment and come back: no gap, nothing twice.
TEST_F(FeedTest, ResumesAfterRestarts) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  StartServer();
  FeedFollower follower(taker_.Options(Follower()), process_.metrics);
  follower.Start();
  int64_t last = 0;
  for (int restart = 0; restart < 5; ++restart) {
    const int64_t before = last;
    last += 1 + static_cast<int64_t>(random() % 3000);
    directory_->Grow(last);
    // Somewhere in the middle of what was just added.
    ASSERT_TRUE(taker_.Reaches(before + static_cast<int64_t>(random() % (last - before + 1))));
    StopServer();
    StartServer(address_);
  }
  directory_->Grow(last);
  ASSERT_TRUE(taker_.Reaches(last));
  EXPECT_TRUE(taker_.wrong().empty()) << taker_.wrong().front();
  EXPECT_EQ(taker_.position(), last);
}

// Goal: an entry that was not taken comes again, and nothing behind it comes before it.
TEST_F(FeedTest, RefusedEntriesComeAgain) {
  StartServer();
  directory_->Grow(10);
  taker_.Refuse(3);
  FeedFollower follower(taker_.Options(Follower()), process_.metrics);
  follower.Start();
  ASSERT_TRUE(taker_.Reaches(10));
  EXPECT_TRUE(taker_.wrong().empty());
  EXPECT_EQ(taker_.ends(), std::vector<absl::StatusCode>(3, absl::StatusCode::kInternal));
}

// Goal: it starts before the service does, keeps trying, and can be stopped while it waits.
TEST_F(FeedTest, WaitsForTheService) {
  StartServer();
  StopServer();
  {
    FeedFollower waiting(taker_.Options(Follower()), process_.metrics);
    waiting.Start();
    ASSERT_TRUE(taker_.Requests(3));
  }
  FeedFollower follower(taker_.Options(Follower()), process_.metrics);
  follower.Start();
  StartServer(address_);
  directory_->Grow(3);
  EXPECT_TRUE(taker_.Reaches(3));
}

// Goal: after the destructor nothing is called any more, whatever was under way.
TEST_F(FeedTest, DestructorEndsIt) {
  StartServer();
  directory_->Grow(100'000'000);
  for (int i = 0; i < 20; ++i) {
    int64_t position;
    {
      FeedFollower follower(taker_.Options(Follower()), process_.metrics);
      follower.Start();
      if (i % 2 == 0) {
        ASSERT_TRUE(taker_.Reaches(taker_.position() + 10));
      }
    }
    position = taker_.position();
    std::this_thread::yield();
    EXPECT_EQ(taker_.position(), position);
  }
  FeedFollower never_started(taker_.Options(Follower()), process_.metrics);
}

// Goal: nothing is taken from a service whose certificate was revoked, though it was connected to before; with the
// service's new certificate it goes on by itself, without a gap.
TEST_F(FeedTest, LeavesWhoWasRevoked) {
  StartServer();
  directory_->Grow(10);
  const auto credentials = Follower();
  FeedFollower follower(taker_.Options(credentials), process_.metrics);
  follower.Start();
  ASSERT_TRUE(taker_.Reaches(10));
  authority_->Certs("revoke", "service/directory");
  ASSERT_TRUE(credentials->Refresh().ok());
  directory_->Grow(20);
  ASSERT_TRUE(taker_.Requests(4));
  EXPECT_EQ(taker_.position(), 10);
  EXPECT_EQ(taker_.ends().front(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(taker_.ends().back(), absl::StatusCode::kUnavailable);
  authority_->Certs("issue", "service/directory");
  ASSERT_TRUE(environment_.credentials->Refresh().ok());
  EXPECT_TRUE(taker_.Reaches(20));
  EXPECT_TRUE(taker_.wrong().empty());
}

// Goal: stopping at the very moment a call ends by itself cancels nothing that is gone already.
TEST_F(FeedTest, StoppingMeetsTheEndOfACall) {
  StartServer();
  const auto credentials = Follower();
  const auto connection = Connect(*credentials, "directory");  // one for all
  directory_->streams.Drain();                                 // from here on every call ends at once
  for (int i = 1; i <= 1000; ++i) {
    FeedFollower follower(taker_.Options(credentials), process_.metrics);
    follower.Start();
    ASSERT_TRUE(taker_.Requests(i));
    for (int turn = 0; turn < i % 50; ++turn) std::this_thread::yield();
  }
  EXPECT_EQ(taker_.position(), 0);
}

}  // namespace
}  // namespace giaoban::runtime
