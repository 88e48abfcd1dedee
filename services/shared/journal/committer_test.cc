// How requests share commits, and what happens when a commit fails or the process is killed.
#include "services/shared/journal/committer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "services/shared/journal/journal_fixture.h"

namespace giaoban::journal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// A store whose next commits can be made to fail as on a full disk, or to be lost after the database has them.
class FailingStore final : public storage::Store {
 public:
  explicit FailingStore(storage::Store& store) : store_(store) {}
  absl::Status Write(absl::string_view cluster, absl::FunctionRef<absl::Status(storage::Session&)> work) override {
    absl::Status written = store_.Write(cluster, [&](storage::Session& session) {
      absl::Status status = work(session);
      return status.ok() && failures > 0 && failures-- > 0 ? absl::ResourceExhaustedError("disk full") : status;
    });
    return written.ok() && lost > 0 && lost-- > 0 ? absl::UnavailableError("connection lost") : written;
  }
  void Announce(absl::string_view message) override { store_.Announce(message); }
  std::shared_ptr<void> Listen(Heard heard) override { return store_.Listen(std::move(heard)); }
  absl::Duration recovery() const override { return absl::Hours(1); }
  bool interrupted() const override { return store_.interrupted(); }
  absl::Status Read(absl::FunctionRef<absl::Status(storage::Session&)> work) const override {
    return store_.Read(work);
  }
  absl::string_view engine() const override { return store_.engine(); }

  std::atomic<int> failures = 0;
  std::atomic<int> lost = 0;

 private:
  storage::Store& store_;
};

class CommitterTest : public JournalFixture {
 protected:
  using Outcome = std::future<absl::StatusOr<Committed>>;

  Options Observed() {
    Options options;
    options.observer.committed = [this](int entries, absl::Duration took, const absl::Status& outcome) {
      EXPECT_GE(took, absl::ZeroDuration());
      commits_.push_back(absl::StrCat(entries, outcome.ok() ? "" : " failed: ", outcome.message()));
    };
    return options;
  }

  // Occupies the committer until `release_` is notified.
  Outcome Block(const std::string& cluster) {
    absl::Notification started;
    Outcome outcome =
        Start(*journal_, Key(cluster, "blocking"), [&](storage::Session&, const Slot&) -> absl::StatusOr<std::string> {
          started.Notify();
          release_.WaitForNotification();
          return "blocking";
        });
    started.WaitForNotification();
    return outcome;
  }

  Outcome Later(const std::string& cluster, const std::string& body) {
    return Start(*journal_, Key(cluster, body, body), Record(body));
  }

  absl::Notification release_;
  // Appended to by the committer; read when it is idle.
  std::vector<std::string> commits_;
};

// Goal: requests that wait together share one commit and one signature; each gets its own place.
TEST_F(CommitterTest, WaitingRequestsShareOneCommit) {
  Open(Observed());
  Outcome blocking = Block("dong-bac");
  std::vector<Outcome> outcomes;
  for (int request = 0; request < 10; ++request) outcomes.push_back(Later("dong-bac", absl::StrCat(request)));
  release_.Notify();
  std::set<std::string> signatures;
  for (int request = 0; request < 10; ++request) {
    const Committed committed = outcomes[static_cast<size_t>(request)].get().value();
    EXPECT_EQ(committed.entry.position(), request + 2);
    EXPECT_EQ(committed.proof.leaf(), request);
    EXPECT_EQ(committed.proof.leaves(), 10);
    signatures.insert(committed.proof.signature());
  }
  EXPECT_EQ(signatures.size(), 1u);
  Close();
  EXPECT_THAT(commits_, ElementsAre("1", "10"));
}

// Goal: a commit is of one cluster, the one that waits longest, and holds no more than the limit.
TEST_F(CommitterTest, CommitsAreOfOneClusterAndBounded) {
  Options options = Observed();
  options.group_limit = 2;
  std::vector<std::string> decided;
  Open(options);
  std::vector<Outcome> outcomes;
  outcomes.push_back(Block("c"));
  for (const std::string body : {"a1", "b1", "a2", "a3", "b2"}) {
    outcomes.push_back(Start(*journal_, Key(body.substr(0, 1), body, body),
                             [&decided, body](storage::Session&, const Slot&) -> absl::StatusOr<std::string> {
                               decided.push_back(body);
                               return body;
                             }));
  }
  release_.Notify();
  for (Outcome& outcome : outcomes) EXPECT_TRUE(outcome.get().ok());
  Close();
  EXPECT_THAT(decided, ElementsAre("a1", "a2", "b1", "b2", "a3"));
  EXPECT_THAT(commits_, ElementsAre("1", "2", "2", "1"));
}

// Goal: of requests with one subject each has a commit of its own, in their order; others do not wait for that.
TEST_F(CommitterTest, ASubjectIsInACommitOnce) {
  Open(Observed());
  Outcome blocking = Block("c");
  std::vector<Outcome> outcomes;
  for (const std::string body : {"x1", "x2", "y1", "x3", "1"}) {
    RequestKey key = Key("c", body, body);
    if (body.size() > 1) key.subject = body.substr(0, 1);
    outcomes.push_back(Start(*journal_, std::move(key), Record(body)));
  }
  release_.Notify();
  std::vector<int64_t> positions;
  for (Outcome& outcome : outcomes) positions.push_back(outcome.get()->entry.position());
  EXPECT_THAT(positions, ElementsAre(2, 5, 3, 6, 4));
  Close();
  EXPECT_THAT(commits_, ElementsAre("1", "3", "1", "1"));
}

// Goal: in one group a repetition is the replay of the first, another content under its id is refused, a
// refusal takes no position, and later decisions see the views of earlier ones.
TEST_F(CommitterTest, GroupMembersSeeEachOther) {
  Open(Observed());
  ASSERT_TRUE(
      store_
          ->Write("", [](storage::Session& session) { return session.Execute("CREATE TABLE view (position BIGINT)"); })
          .ok());
  Outcome blocking = Block("dong-bac");
  const auto count = [](storage::Session& session, const Slot& slot) -> absl::StatusOr<std::string> {
    int64_t before = 0;
    absl::Status status =
        session.Query("SELECT count(*) FROM view", {}, [&](const storage::Row& row) { before = row.Integer(0); });
    if (status.ok()) status = session.Execute("INSERT INTO view (position) VALUES ($1)", {slot.position});
    if (!status.ok()) return status;
    return absl::StrCat(before);
  };
  Outcome first = Start(*journal_, Key("dong-bac", "id"), count);
  Outcome refused = Start(
      *journal_, Key("dong-bac", "refused"),
      [](storage::Session&, const Slot&) -> absl::StatusOr<std::string> { return absl::AbortedError("not this one"); });
  Outcome again = Start(*journal_, Key("dong-bac", "id"), count);
  Outcome other = Start(*journal_, Key("dong-bac", "id", "other content"), count);
  Outcome second = Start(*journal_, Key("dong-bac", "id 2"), count);
  release_.Notify();
  const Committed made = first.get().value();
  const Committed replay = again.get().value();
  EXPECT_EQ(made.entry.body(), "0");
  EXPECT_TRUE(replay.replayed);
  EXPECT_EQ(replay.entry.SerializeAsString(), made.entry.SerializeAsString());
  EXPECT_EQ(replay.proof.SerializeAsString(), made.proof.SerializeAsString());
  EXPECT_EQ(refused.get().status(), absl::AbortedError("not this one"));
  EXPECT_TRUE(absl::IsAlreadyExists(other.get().status()));
  const Committed last = second.get().value();
  EXPECT_EQ(last.entry.position(), 3);
  EXPECT_EQ(last.entry.body(), "1");
  EXPECT_EQ(VerifyAll().fault, "");
  Close();
  EXPECT_THAT(commits_, ElementsAre("1", "2"));
}

// Goal: past the limit a request is refused at once with what the journal was told to say, and what waited before is
// committed. The number that waits is told at each change and once more at the end.
TEST_F(CommitterTest, FullQueueRefuses) {
  Options options;
  options.queue_limit = 2;
  options.full = [] { return absl::ResourceExhaustedError("full"); };
  std::vector<int> waiting;
  options.observer.waiting = [&](int requests) { waiting.push_back(requests); };
  Open(options);
  Outcome blocking = Block("dong-bac");
  Outcome first = Later("dong-bac", "first");
  Outcome second = Later("tay-bac", "second");
  EXPECT_EQ(Later("dong-bac", "third").get().status(), absl::ResourceExhaustedError("full"));
  release_.Notify();
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(second.get().ok());
  EXPECT_TRUE(Later("dong-bac", "third").get().ok());
  Close();
  EXPECT_THAT(waiting, ElementsAre(1, 0, 1, 2, 1, 0, 1, 0, 0));
}

// Goal: closing commits what waits; a request made meanwhile is UNAVAILABLE.
TEST_F(CommitterTest, ClosingCommitsWhatWaits) {
  Open();
  int late = 0;
  Journal* closing = journal_.get();
  Outcome blocking = Block("dong-bac");
  Outcome waiting = Later("dong-bac", "waiting");
  std::thread closer([&] { journal_.reset(); });
  // Requests join the queue until the journal begins to close; it cannot end before the release.
  for (bool refused = false; !refused; std::this_thread::yield()) {
    auto code = std::make_shared<std::atomic<absl::StatusCode>>(absl::StatusCode::kOk);
    closing->Append(Key("dong-bac", absl::StrCat("late ", ++late)), Record("late"),
                    [code](absl::StatusOr<Committed> committed) { *code = committed.status().code(); });
    refused = *code == absl::StatusCode::kUnavailable;
  }
  release_.Notify();
  closer.join();
  EXPECT_TRUE(blocking.get().ok());
  EXPECT_EQ(waiting.get().value().entry.position(), 2);
  EXPECT_EQ(VerifyAll().fault, "");
}

// Goal: no commit waits for the answers to the one before it, and these come in the order of commits.
TEST_F(CommitterTest, AnswersHoldUpNoCommit) {
  Open();
  absl::Notification decided;
  std::vector<std::string> answers;
  std::promise<void> second;
  journal_->Append(Key("dong-bac", "first"), Record("first"), [&](absl::StatusOr<Committed> committed) {
    EXPECT_TRUE(committed.ok());
    EXPECT_TRUE(decided.WaitForNotificationWithTimeout(absl::Minutes(1)));
    answers.emplace_back("first");
  });
  journal_->Append(
      Key("bac-trung-bo", "second"),
      [&](storage::Session&, const Slot&) -> absl::StatusOr<std::string> {
        decided.Notify();
        return "second";
      },
      [&](absl::StatusOr<Committed> committed) {
        EXPECT_TRUE(committed.ok());
        answers.emplace_back("second");
        second.set_value();
      });
  second.get_future().wait();
  EXPECT_THAT(answers, ElementsAre("first", "second"));
}

// Goal: when a commit finds no room every member is told RESOURCE_EXHAUSTED, refusals included (they may rest on what
// was not committed), nothing is left of it, listeners hear nothing, and the next group takes the same positions.
TEST_F(CommitterTest, FailedCommitIsForgotten) {
  OpenStore();
  FailingStore failing(*store_);
  auto journal = Journal::Open(failing, *Signer::LoadOrCreate(folder_ / "key"), Observed()).value();
  int told = 0;
  const auto handle = journal->Listen([&](const std::string&, int64_t) { ++told; });
  ASSERT_TRUE(Append(*journal, Key("dong-bac", "a"), Record("a")).ok());
  failing.failures = 1;
  const absl::Status failed = Append(*journal, Key("dong-bac", "b"), Record("b")).status();
  EXPECT_TRUE(absl::IsResourceExhausted(failed)) << failed;
  EXPECT_THAT(std::string(failed.message()), Not(HasSubstr("disk full"))) << "the cause is for operators only";
  EXPECT_EQ(journal->FindRequest(Key("dong-bac", "b")).value(), std::nullopt);
  failing.failures = 1;
  const auto refuse = [](storage::Session&, const Slot&) -> absl::StatusOr<std::string> {
    return absl::AbortedError("revision 2 came first");
  };
  EXPECT_TRUE(absl::IsResourceExhausted(Append(*journal, Key("dong-bac", "c"), refuse).status()));
  const Committed retried = Append(*journal, Key("dong-bac", "b"), Record("b")).value();
  EXPECT_EQ(retried.entry.position(), 2);
  EXPECT_FALSE(retried.replayed);
  journal.reset();
  EXPECT_EQ(told, 2);
  EXPECT_EQ(VerifyAll().fault, "");
  EXPECT_THAT(commits_, ElementsAre("1", "1 failed: disk full", "0 failed: disk full", "1"));
}

// Goal: a commit that was lost on its way is tried again and found: the caller waits, gets its entry, and there is one.
TEST_F(CommitterTest, LostCommitIsFound) {
  OpenStore();
  FailingStore failing(*store_);
  auto journal = Journal::Open(failing, *Signer::LoadOrCreate(folder_ / "key"), Observed()).value();
  failing.lost = 2;
  const auto committed = Append(*journal, Key("dong-bac", "a"), Record("a"));
  ASSERT_TRUE(committed.ok()) << committed.status();
  EXPECT_EQ(committed->entry.position(), 1);
  EXPECT_FALSE(committed->replayed);
  EXPECT_EQ(Append(*journal, Key("dong-bac", "b"), Record("b")).value().entry.position(), 2);
  journal.reset();
  EXPECT_EQ(VerifyAll().entries, 2);
}

// Goal: a process that is about to end does not wait for a store that is away: whoever waits is told at once.
TEST_F(CommitterTest, RetriesEnd) {
  OpenStore();
  FailingStore failing(*store_);
  absl::Notification failed;
  Options options;
  options.observer.committed = [&](int, absl::Duration, const absl::Status& outcome) {
    if (!outcome.ok() && !failed.HasBeenNotified()) failed.Notify();
  };
  auto journal = Journal::Open(failing, *Signer::LoadOrCreate(folder_ / "key"), options).value();
  failing.lost = 1'000'000;
  Outcome outcome = Start(*journal, Key("dong-bac", "a"), Record("a"));
  failed.WaitForNotification();
  journal->EndRetries();
  EXPECT_TRUE(absl::IsUnavailable(outcome.get().status()));
}

// Goal: a decision whose statement fails gets that failure; the others of its group are recorded all the same.
TEST_F(CommitterTest, FailedStatementIsItsCallersOwn) {
  Open();
  Outcome blocking = Block("dong-bac");
  Outcome before = Later("dong-bac", "before");
  Outcome broken = Start(*journal_, Key("dong-bac", "broken"),
                         [](storage::Session& session, const Slot&) -> absl::StatusOr<std::string> {
                           absl::Status status = session.Execute("INSERT INTO nowhere (id) VALUES (1)");
                           if (!status.ok()) return status;
                           return "broken";
                         });
  Outcome after = Later("dong-bac", "after");
  release_.Notify();
  EXPECT_EQ(before.get().value().entry.position(), 2);
  EXPECT_TRUE(absl::IsInternal(broken.get().status()));
  EXPECT_EQ(after.get().value().entry.position(), 3);
  EXPECT_EQ(VerifyAll().fault, "");
}

// The child of the test below: appends from several threads for ever and writes each position it was
// promised, with the byte before it that stands for its cluster, to `acknowledgements`.
[[noreturn]] void AppendUntilKilled(const TemporaryFolder& folder, int acknowledgements) {
  auto store = storage::Open(storage::TestDatabase(folder / ""), folder / "", "journal").value();
  auto journal = Journal::Open(*store, *Signer::LoadOrCreate(folder / "key"), {}).value();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      const char cluster = thread % 2 == 0 ? 'a' : 'b';
      for (int round = 0;; ++round) {
        const std::string body = absl::StrCat(getpid(), " ", thread, " ", round);
        const Committed committed = Append(*journal, Key(std::string(1, cluster), body), Record(body)).value();
        const std::string line = absl::StrCat(std::string(1, cluster), " ", committed.entry.position(), " ", body);
        std::string record(64, ' ');  // of one size and small: pipes keep each whole
        record.replace(0, line.size(), line);
        if (write(acknowledgements, record.data(), record.size()) < 0) _exit(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  _exit(1);
}

// Reads `count` acknowledgements from a child, kills it in the middle of its work, and returns all it had given.
std::vector<std::string> KillAfter(int count, const TemporaryFolder& folder) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) AppendUntilKilled(folder, ends[1]);
  close(ends[1]);
  std::vector<std::string> acknowledged;
  std::string record(64, ' ');
  while (read(ends[0], record.data(), record.size()) == static_cast<ssize_t>(record.size())) {
    acknowledged.push_back(record.substr(0, record.find_last_not_of(' ') + 1));
    if (static_cast<int>(acknowledged.size()) == count) kill(child, SIGKILL);
  }
  close(ends[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  return acknowledged;
}

// Goal: whatever was acknowledged before SIGKILL is in the journal afterwards, in its place, three times
// over the same journal; the journal verifies and goes on.
TEST_F(CommitterTest, AcknowledgedEntriesSurviveAKill) {
  for (int count : {1, 50, 300}) {
    const std::vector<std::string> acknowledged = KillAfter(count, folder_);
    ASSERT_GE(static_cast<int>(acknowledged.size()), count);
    Open();
    for (const std::string& line : acknowledged) {
      const std::string cluster = line.substr(0, 1);
      const std::string body = line.substr(line.find(' ', 2) + 1);
      const auto committed = journal_->Get(cluster, std::stoll(line.substr(2)));
      ASSERT_TRUE(committed.ok()) << line << ": " << committed.status();
      EXPECT_EQ(committed->entry.body(), body);
    }
    EXPECT_EQ(VerifyAll().fault, "");
    Add("a", absl::StrCat("after ", count));
    Close();
  }
}

}  // namespace
}  // namespace giaoban::journal
