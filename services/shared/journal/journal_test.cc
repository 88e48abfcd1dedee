#include "services/shared/journal/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/journal/journal_fixture.h"

namespace giaoban::journal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using JournalTest = JournalFixture;

std::string Text(const report::v1::FeedPosition& head) { return absl::StrCat(head.cluster(), " ", head.position()); }

std::vector<std::string> Texts(const std::vector<report::v1::FeedPosition>& heads) {
  std::vector<std::string> texts;
  for (const auto& head : heads) texts.push_back(Text(head));
  return texts;
}

std::string Bytes(const Committed& committed) {
  return committed.entry.SerializeAsString() + committed.proof.SerializeAsString();
}

// Goal: the hash is the documented one, position as 8 bytes with the highest first.
TEST(EntryHashTest, IsTheDocumentedOne) {
  const std::string previous(32, '\0');
  const std::string position("\x01\x02\x03\x04\x05\x06\x07\x08", 8);
  EXPECT_EQ(EntryHash(previous, "dong-bac", 0x0102030405060708, "body"),
            Sha256({previous, "dong-bac", absl::string_view("\0", 1), position, "body"}));
}

// Goal: entries come back as they were decided, in order, with chained hashes and right proofs.
TEST_F(JournalTest, EntriesAreReadBack) {
  Open();
  const Committed first = Add("dong-bac", "first");
  const Committed second = Add("dong-bac", "second");
  const auto entries = journal_->Read("dong-bac", 0, 10).value();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].position(), 1);
  EXPECT_EQ(entries[0].body(), "first");
  EXPECT_EQ(entries[0].hash(), EntryHash(std::string(32, '\0'), "dong-bac", 1, "first"));
  EXPECT_EQ(entries[1].hash(), EntryHash(entries[0].hash(), "dong-bac", 2, "second"));
  EXPECT_EQ(Bytes(journal_->Get("dong-bac", 2).value()), Bytes(second));
  const Verifier verifier = Verifier::Load(folder_ / "key.pub").value();
  EXPECT_TRUE(verifier.Check("dong-bac", first.entry.hash(), first.proof).ok());
  EXPECT_FALSE(verifier.Check("dong-bac", first.entry.hash(), second.proof).ok());
}

// Goal: a page of the feed is bounded at both ends; past the end it is empty, not an error.
TEST_F(JournalTest, ReadIsPaged) {
  Open();
  for (int entry = 1; entry <= 5; ++entry) Add("dong-bac", absl::StrCat("entry ", entry));
  const auto page = journal_->Read("dong-bac", 2, 2).value();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].position(), 3);
  EXPECT_EQ(page[1].position(), 4);
  EXPECT_THAT(journal_->Read("dong-bac", 5, 2).value(), IsEmpty());
  EXPECT_THAT(journal_->Read("tay-bac", 0, 2).value(), IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(journal_->Get("dong-bac", 6).status()));
}

// Goal: every cluster has a head, the directory's nameless one too, and an empty journal none.
TEST_F(JournalTest, HeadsNameEveryCluster) {
  Open();
  EXPECT_THAT(journal_->Heads().value(), IsEmpty());
  Add("dong-bac", "a");
  Add("tay-bac", "b");
  Add("dong-bac", "c");
  EXPECT_THAT(Texts(journal_->Heads().value()), ElementsAre("dong-bac 2", "tay-bac 1"));
  Add("", "d");
  EXPECT_THAT(Texts(journal_->Heads().value()), ElementsAre(" 1", "dong-bac 2", "tay-bac 1"));
}

// Goal: a cluster that a program of before the table of clusters began, at work beside this one, is not left out for
// long.
TEST_F(JournalTest, HeadsNameAClusterAnOlderProgramBegan) {
  Open();
  Add("tay-bac", "a");
  ASSERT_TRUE(
      store_->Write("tay-bac", [](storage::Session& session) { return session.Execute("DELETE FROM journal_cluster"); })
          .ok());
  EXPECT_THAT(journal_->Heads().value(), IsEmpty());
  Add("tay-bac", "b");
  EXPECT_THAT(Texts(journal_->Heads().value()), ElementsAre("tay-bac 2"));
}

// Goal: repeating a request gives the first answer byte for byte and decides nothing again.
TEST_F(JournalTest, ReplayReturnsTheSameEntry) {
  Open();
  const Committed first = Append(*journal_, Key("dong-bac", "id"), Record("body")).value();
  EXPECT_FALSE(first.replayed);
  Add("dong-bac", "another");
  bool decided = false;
  const auto decide = [&](storage::Session&, const Slot&) -> absl::StatusOr<std::string> {
    decided = true;
    return "other body";
  };
  const Committed again = Append(*journal_, Key("dong-bac", "id"), decide).value();
  EXPECT_TRUE(again.replayed);
  EXPECT_FALSE(decided);
  EXPECT_EQ(Bytes(again), Bytes(first));
  const std::optional<Committed> found = journal_->FindRequest(Key("dong-bac", "id")).value();
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(found->replayed);
  EXPECT_EQ(Bytes(*found), Bytes(first));
}

// Goal: the same id for something else is refused and leaves no trace; an id is unique for its caller and cluster only.
TEST_F(JournalTest, IdStandsForOneRequest) {
  Open();
  ASSERT_TRUE(Append(*journal_, Key("dong-bac", "id", "this"), Record("body")).ok());
  const absl::Status refused = Append(*journal_, Key("dong-bac", "id", "that"), Record("body")).status();
  EXPECT_TRUE(absl::IsAlreadyExists(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("request id id"));
  EXPECT_EQ(journal_->FindRequest(Key("dong-bac", "id", "that")).status(), refused);
  EXPECT_EQ(journal_->FindRequest(Key("dong-bac", "unknown")).value(), std::nullopt);
  EXPECT_EQ(journal_->Read("dong-bac", 0, 10)->size(), 1u);
  RequestKey other = Key("dong-bac", "id", "that");
  other.scope = "office/lang-son";
  EXPECT_FALSE(Append(*journal_, other, Record("body")).value().replayed);
  EXPECT_FALSE(Append(*journal_, Key("tay-bac", "id", "that"), Record("body")).value().replayed);
}

// Goal: a refusal reaches its caller unchanged, takes no position, and the request may be tried again.
TEST_F(JournalTest, RefusedDecisionLeavesNoGap) {
  Open();
  Add("dong-bac", "first");
  const absl::Status reason = absl::FailedPreconditionError("the period is closed");
  const auto refuse = [&](storage::Session&, const Slot&) -> absl::StatusOr<std::string> { return reason; };
  EXPECT_EQ(Append(*journal_, Key("dong-bac", "id"), refuse).status(), reason);
  const Committed retried = Append(*journal_, Key("dong-bac", "id"), Record("second")).value();
  EXPECT_EQ(retried.entry.position(), 2);
  EXPECT_FALSE(retried.replayed);
}

// Goal: views written by a decision commit with its entry and show to the next decision.
TEST_F(JournalTest, ViewsCommitWithTheirEntry) {
  Open();
  ASSERT_TRUE(
      store_
          ->Write("", [](storage::Session& session) { return session.Execute("CREATE TABLE view (position BIGINT)"); })
          .ok());
  const auto decide = [](storage::Session& session, const Slot& slot) -> absl::StatusOr<std::string> {
    int64_t before = 0;
    absl::Status status =
        session.Query("SELECT count(*) FROM view", {}, [&](const storage::Row& row) { before = row.Integer(0); });
    if (status.ok()) status = session.Execute("INSERT INTO view (position) VALUES ($1)", {slot.position});
    if (!status.ok()) return status;
    return absl::StrCat(before, " before");
  };
  EXPECT_EQ(Append(*journal_, Key("dong-bac", "a"), decide).value().entry.body(), "0 before");
  EXPECT_EQ(Append(*journal_, Key("dong-bac", "b"), decide).value().entry.body(), "1 before");
}

// Goal: 16 threads on three clusters get dense positions, each its own, and the whole verifies.
TEST_F(JournalTest, PositionsAreDenseUnderConcurrency) {
  Open();
  constexpr int kThreads = 16;
  constexpr int kEach = 30;
  const std::vector<std::string> clusters = {"dong-bac", "tay-bac", ""};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < kEach; ++round) {
        const std::string& cluster = clusters[static_cast<size_t>(thread + round) % clusters.size()];
        const Committed committed = Add(cluster, absl::StrCat(thread, " ", round));
        const Committed stored = journal_->Get(cluster, committed.entry.position()).value();
        EXPECT_EQ(Bytes(stored), Bytes(committed));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Texts(journal_->Heads().value()), ElementsAre(" 160", "dong-bac 160", "tay-bac 160"));
  const VerifyReport report = VerifyAll();
  EXPECT_EQ(report.fault, "");
  EXPECT_EQ(report.entries, kThreads * kEach);
}

// Goal: a follower that listens and then reads gets every entry once and in order, whatever comes in meanwhile.
TEST_F(JournalTest, FollowerMissesAndDoublesNothing) {
  Open();
  constexpr int kThreads = 4;
  constexpr int kEach = 100;
  absl::Mutex mutex;
  int64_t told = 0;
  std::atomic<bool> told_too_early = false;
  Add("dong-bac", "the past");
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kThreads; ++writer) {
    writers.emplace_back([&, writer] {
      for (int round = 0; round < kEach; ++round) Add("dong-bac", absl::StrCat(writer, " ", round));
    });
  }
  const auto handle = journal_->Listen([&](const std::string& cluster, int64_t position) {
    if (!journal_->Get(cluster, position).ok()) told_too_early = true;
    absl::MutexLock lock(&mutex);
    told = position;
  });
  int64_t seen = 0;
  while (seen < 1 + kThreads * kEach) {
    const auto page = journal_->Read("dong-bac", seen, 7).value();
    for (const auto& entry : page) ASSERT_EQ(entry.position(), ++seen);
    if (page.empty()) {
      absl::MutexLock lock(&mutex);
      const auto more = [&] { return told > seen; };
      mutex.Await(absl::Condition(&more));
    }
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_THAT(journal_->Read("dong-bac", seen, 1).value(), IsEmpty());
  EXPECT_FALSE(told_too_early);
}

// Goal: refusals and replays tell listeners nothing; a dropped listener is told nothing; one that drops itself does not
// hang; a handle may outlive the journal.
TEST_F(JournalTest, ListenersHearOfNewEntriesOnly) {
  Open();
  std::vector<std::string> heard;
  auto handle = journal_->Listen(
      [&](const std::string& cluster, int64_t position) { heard.push_back(absl::StrCat(cluster, " ", position)); });
  int once = 0;
  std::shared_ptr<void> dropping;
  dropping = journal_->Listen([&](const std::string&, int64_t) {
    ++once;
    dropping.reset();
  });
  Add("dong-bac", "first");
  Add("dong-bac", "first");
  Append(*journal_, Key("dong-bac", "refused"), [](storage::Session&, const Slot&) -> absl::StatusOr<std::string> {
    return absl::AbortedError("no");
  }).IgnoreError();
  Add("tay-bac", "second");
  const auto outlives = journal_->Listen([](const std::string&, int64_t) {});
  handle.reset();
  Add("tay-bac", "third");
  EXPECT_THAT(heard, ElementsAre("dong-bac 1", "tay-bac 1"));
  EXPECT_EQ(once, 1);
  Close();
}

// Goal: a journal opened again continues its chain and remembers its requests.
TEST_F(JournalTest, ReopeningContinues) {
  Open();
  const Committed first = Add("dong-bac", "first");
  Open();
  EXPECT_TRUE(Add("dong-bac", "first").replayed);
  const Committed second = Add("dong-bac", "second");
  EXPECT_EQ(second.entry.position(), 2);
  EXPECT_EQ(second.entry.hash(), EntryHash(first.entry.hash(), "dong-bac", 2, "second"));
  EXPECT_EQ(VerifyAll().fault, "");
}

// Goal: times follow the clock but never run backwards within a cluster; other clusters are not held up.
TEST_F(JournalTest, TimesNeverRunBackwards) {
  std::vector<int> clock = {100, 90, 95, 101, 50};
  size_t next = 0;
  Options options;
  options.clock = [&] { return absl::FromUnixSeconds(clock[next++]); };
  Open(options);
  const auto time = [](storage::Session&, const Slot& slot) -> absl::StatusOr<std::string> {
    return absl::StrCat(absl::ToUnixSeconds(slot.time));
  };
  std::vector<std::string> times;
  for (const std::string cluster : {"dong-bac", "dong-bac", "dong-bac", "dong-bac", "tay-bac"}) {
    times.push_back(Append(*journal_, Key(cluster, absl::StrCat(next)), time).value().entry.body());
  }
  EXPECT_THAT(times, ElementsAre("100", "100", "100", "101", "50"));
}

}  // namespace
}  // namespace giaoban::journal
