#include "services/shared/audit/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <future>
#include <limits>
#include <thread>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "services/shared/journal/journal.h"
#include "services/shared/runtime/page_token.h"
#include "services/shared/runtime/status.h"
#include "services/shared/runtime/test_environment.h"

namespace giaoban::audit {
namespace {

using google::protobuf::util::TimeUtil;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

v1::Event Make(v1::EventKind kind, const std::string& actor, const std::string& person, const std::string& method) {
  v1::Event event;
  event.set_kind(kind);
  event.set_actor(actor);
  event.mutable_origin()->set_person(person);
  event.set_method(method);
  event.set_reason("ROLE");
  return event;
}

v1::Event Denial(const std::string& actor, const std::string& method) {
  return Make(v1::EVENT_KIND_DENIED, actor, "", method);
}

std::string Show(const v1::Event& event) {
  return absl::StrCat(TimeUtil::TimestampToSeconds(event.time()), " ", event.actor(), event.method(), " ",
                      event.count());
}

// The largest file anybody may write: stands for a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(size_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = signal(SIGXFSZ, SIG_IGN);
    const rlimit small{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  sighandler_t handler_;
};

class LogTest : public testing::Test {
 protected:
  LogTest() {
    std::string pattern = testing::TempDir() + "audit-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
    folder_ = pattern;
    Open();
  }
  ~LogTest() override {
    log_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Open() {
    log_.reset();
    log_ = Log::Open(process_.Get(folder_, [this] { return now_; })).value();
  }

  // Takes an event at a second and waits until it is recorded, counted or lost.
  absl::Status Take(int second, v1::Event event) {
    now_ = absl::FromUnixSeconds(second);
    std::promise<absl::Status> outcome;
    log_->Take(std::move(event), [&](absl::Status status) { outcome.set_value(std::move(status)); });
    return outcome.get_future().get();
  }

  void TickAt(int second) {
    now_ = absl::FromUnixSeconds(second);
    log_->Tick();
  }

  v1::ListEventsResponse Ask(const v1::ListEventsRequest& request = {}) const { return log_->List(request).value(); }

  std::vector<std::string> List(const v1::ListEventsRequest& request = {}) const {
    std::vector<std::string> shown;
    const v1::ListEventsResponse response = Ask(request);
    for (const v1::Event& event : response.events()) shown.push_back(Show(event));
    return shown;
  }

  double Metric(prometheus::Family<prometheus::Counter>& family, const prometheus::Labels& labels = {}) {
    return family.Add(labels).Value();
  }

  std::string folder_;
  absl::Time now_ = absl::FromUnixSeconds(0);
  runtime::TestEnvironment process_;
  std::unique_ptr<Log> log_;
};

// Goal: a denial is there at once, repetitions when their minute ends, each with its time, number and everything else.
TEST_F(LogTest, DenialsAreRecordedAndRepetitionsCounted) {
  v1::Event event = Denial("office/a", "/get");
  event.mutable_origin()->set_address("192.0.2.7");
  for (int second = 10; second < 20; ++second) EXPECT_TRUE(Take(second, event).ok());
  EXPECT_THAT(List(), ElementsAre("10 office/a/get 1"));
  TickAt(69);
  TickAt(70);
  ASSERT_TRUE(Take(71, Denial("office/b", "/get")).ok());  // Behind it in the queue.
  EXPECT_THAT(List(), ElementsAre("71 office/b/get 1", "11 office/a/get 9", "10 office/a/get 1"));
  const v1::Event kept = Ask().events(1);
  EXPECT_EQ(kept.origin().address(), "192.0.2.7");
  EXPECT_EQ(kept.reason(), "ROLE");
  EXPECT_EQ(Metric(process_.metrics.audit_events, {{"kind", "denied"}}), 11);
  EXPECT_EQ(Metric(process_.metrics.audit_lost), 0);
}

// Goal: each log-in is an entry of its own, durable when its caller is told.
TEST_F(LogTest, EachLogInIsRecorded) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Take(5, Make(v1::EVENT_KIND_LOGGED_IN, "portal/web", "lan", "/log-in")).ok());
    EXPECT_EQ(List().size(), i + 1);
  }
}

// Goal: everything recorded is there after a restart, what was only counted included, and the chain verifies. The
// clock stands still, so nothing can depend on it for being different.
TEST_F(LogTest, SurvivesARestart) {
  std::vector<std::string> expected;
  for (int start = 0; start < 3; ++start) {
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(Take(7, Denial("office/a", "/get")).ok());
    expected.insert(expected.begin(), {"7 office/a/get 3", "7 office/a/get 1"});
    Open();
    EXPECT_EQ(List(), expected);
  }
  log_.reset();
  const auto store = storage::OpenSqliteReadOnly(folder_ + "/audit.db").value();
  const auto verifier = journal::Verifier::Load(folder_ + "/audit.key.pub").value();
  const journal::VerifyReport report = journal::Verify(*store, verifier, [](int64_t) {}).value();
  EXPECT_EQ(report.fault, "");
  EXPECT_EQ(report.entries, 6);
}

// Goal: with a full disk events are lost, counted with all they stood for, and said once a minute; a log-in is refused
// with a reason; reading goes on. With room again everything is recorded again.
TEST_F(LogTest, AFullDiskIsToldAndCounted) {
  ASSERT_TRUE(Take(0, Denial("office/a", "/before")).ok());
  testing::internal::CaptureStderr();
  {
    const FullDisk full(std::filesystem::file_size(folder_ + "/audit.db-wal"));
    const absl::Status refused = Take(1, Make(v1::EVENT_KIND_LOGGED_IN, "portal/web", "lan", "/log-in"));
    EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
    EXPECT_EQ(runtime::DetailOf(refused).reason, "AUDIT_LOG");
    EXPECT_TRUE(absl::IsUnavailable(Take(1, Denial("office/a", "/get"))));
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(Take(2, Denial("office/a", "/get")).ok());
    TickAt(3);
    EXPECT_TRUE(absl::IsUnavailable(Take(4, Denial("office/a", "/other"))));
    TickAt(5);
    TickAt(61);
    EXPECT_TRUE(absl::IsUnavailable(Take(62, Denial("office/b", "/get"))));  // Behind it in the queue.
    EXPECT_EQ(Ask().lost(), 9);
    TickAt(63);
    EXPECT_THAT(List(), ElementsAre("0 office/a/before 1"));
  }
  EXPECT_TRUE(Take(200, Denial("office/c", "/get")).ok());
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("\"lost\":\"2\""));
  EXPECT_THAT(said, Not(HasSubstr("\"lost\":\"3\"")));
  EXPECT_THAT(said, HasSubstr("\"lost\":\"9\""));
  EXPECT_THAT(List(), ElementsAre("200 office/c/get 1", "0 office/a/before 1"));
  EXPECT_EQ(Metric(process_.metrics.audit_lost), 9);
}

// Goal: every condition holds alone and with the others.
TEST_F(LogTest, ListsWhatIsAskedFor) {
  ASSERT_TRUE(Take(10, Denial("office/a", "/1")).ok());
  ASSERT_TRUE(Take(20, Make(v1::EVENT_KIND_LOGGED_IN, "portal/web", "lan", "/2")).ok());
  ASSERT_TRUE(Take(30, Make(v1::EVENT_KIND_LOG_IN_REFUSED, "portal/web", "minh", "/3")).ok());
  ASSERT_TRUE(Take(40, Make(v1::EVENT_KIND_DENIED, "office/a", "lan", "/4")).ok());
  const auto with = [&](auto&& set) {
    v1::ListEventsRequest request;
    set(request);
    std::string methods;
    const v1::ListEventsResponse response = Ask(request);
    for (const v1::Event& event : response.events()) methods += event.method();
    return methods;
  };
  const auto at = [](int second) { return TimeUtil::SecondsToTimestamp(second); };
  EXPECT_EQ(with([](auto&) {}), "/4/3/2/1");
  EXPECT_EQ(with([&](auto& request) { *request.mutable_since() = at(20); }), "/4/3/2");
  EXPECT_EQ(with([&](auto& request) { *request.mutable_until() = at(30); }), "/2/1");
  EXPECT_EQ(with([](auto& request) { request.set_kind(v1::EVENT_KIND_DENIED); }), "/4/1");
  EXPECT_EQ(with([](auto& request) { request.set_actor("portal/web"); }), "/3/2");
  EXPECT_EQ(with([](auto& request) { request.set_person("lan"); }), "/4/2");
  EXPECT_EQ(with([](auto& request) { request.set_person("' OR 1=1 --"); }), "");
  EXPECT_EQ(with([&](auto& request) {
              *request.mutable_since() = at(10);
              *request.mutable_until() = at(41);
              request.set_kind(v1::EVENT_KIND_DENIED);
              request.set_actor("office/a");
              request.set_person("lan");
            }),
            "/4");
}

// Goal: pages together are the whole list, newest first also where repetitions were recorded after what came later and
// where times are equal; the page limit holds and tokens that were not given out are refused.
TEST_F(LogTest, PagesFollowEachOther) {
  std::vector<std::string> all;
  for (int i = 0; i < 23; ++i) {
    ASSERT_TRUE(Take(i / 5, Denial("office/a", absl::StrCat("/", i))).ok());
    all.insert(all.begin(), absl::StrCat(i / 5, " office/a/", i, " 1"));
  }
  ASSERT_TRUE(Take(1, Denial("office/a", "/0")).ok());
  ASSERT_TRUE(Take(1, Denial("office/a", "/1")).ok());
  TickAt(60);
  ASSERT_TRUE(Take(61, Denial("office/b", "/get")).ok());  // Behind them in the queue.
  // Before the five of second 1, which are before the five of second 0.
  all.insert(all.end() - 10, {"1 office/a/1 1", "1 office/a/0 1"});
  all.insert(all.begin(), "61 office/b/get 1");
  for (const int size : {1, 4, 25, 26, 27, 0}) {
    v1::ListEventsRequest request;
    request.set_page_size(size);
    std::vector<std::string> seen;
    do {
      const v1::ListEventsResponse response = Ask(request);
      EXPECT_LE(response.events_size(), size == 0 ? 100 : size);
      for (const v1::Event& event : response.events()) seen.push_back(Show(event));
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    EXPECT_EQ(seen, all) << size;
  }
  v1::ListEventsRequest request;
  request.set_page_size(501);
  EXPECT_TRUE(absl::IsResourceExhausted(log_->List(request).status()));
  request.set_page_size(-1);
  EXPECT_TRUE(absl::IsInvalidArgument(log_->List(request).status()));
  request.set_page_size(5);
  for (const std::string& token :
       {std::string("26"), runtime::PageToken("events", 27), runtime::PageToken("blocs", 26)}) {
    request.set_page_token(token);
    EXPECT_TRUE(absl::IsInvalidArgument(log_->List(request).status())) << token;
  }
}

// Goal: 100,000 denials from 8 threads, half of them under ever new names, take no more entries than the bounds allow,
// lose nothing and are all counted.
TEST_F(LogTest, AFloodIsBounded) {
  constexpr int kThreads = 8, kEach = 12'500;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        log_->Take(Denial(absl::StrCat("office/", thread), absl::StrCat("/", i % 2 == 0 ? 0 : i)), nullptr);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Open();
  EXPECT_EQ(Metric(process_.metrics.audit_lost), 0);
  v1::ListEventsRequest request;
  request.set_page_size(500);
  int64_t entries = 0, counted = 0, of_one_kind = 0;
  do {
    const v1::ListEventsResponse response = Ask(request);
    entries += response.events_size();
    for (const v1::Event& event : response.events()) {
      counted += event.count();
      if (event.actor() == "office/3" && event.method() == "/0") of_one_kind += event.count();
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(counted, kThreads * kEach);
  EXPECT_EQ(of_one_kind, kEach / 2);
  EXPECT_LE(entries, 2 * (kKinds + kThreads + 1));
}

// Goal: a question no event can answer is refused, and so is one that cannot be reckoned with.
TEST_F(LogTest, QuestionsAreChecked) {
  std::vector<v1::ListEventsRequest> wrong(5);
  wrong[0].mutable_since()->set_seconds(std::numeric_limits<int64_t>::max());
  wrong[1].mutable_until()->set_nanos(-1);
  wrong[2].set_kind(static_cast<v1::EventKind>(77));
  wrong[3].set_actor(std::string(101, 'x'));
  wrong[4].set_person(std::string(101, 'x'));
  for (const v1::ListEventsRequest& request : wrong) {
    EXPECT_EQ(log_->List(request).status().code(), absl::StatusCode::kInvalidArgument) << request.ShortDebugString();
  }
}

}  // namespace
}  // namespace giaoban::audit
