#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "services/shared/journal/journal_fixture.h"

namespace giaoban::journal {
namespace {

using storage::Bytes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A journal of two clusters: "bac" has entry 1 alone, 2 to 6 in one commit and 7 alone; "nam" has entry 1.
class VerifyTest : public JournalFixture {
 protected:
  void SetUp() override {
    Open();
    absl::Notification started;
    absl::Notification release;
    auto first = Start(*journal_, Key("bac", "1"), [&](storage::Session&, const Slot&) -> absl::StatusOr<std::string> {
      started.Notify();
      release.WaitForNotification();
      return "body 1";
    });
    started.WaitForNotification();
    std::vector<std::future<absl::StatusOr<Committed>>> group;
    for (int entry = 2; entry <= 6; ++entry) {
      group.push_back(Start(*journal_, Key("bac", absl::StrCat(entry)), Record(absl::StrCat("body ", entry))));
    }
    release.Notify();
    for (auto& outcome : group) ASSERT_EQ(outcome.get().value().proof.leaves(), 5);
    Add("bac", "body 7");
    Add("nam", "body 1");
    OpenStore();
    ASSERT_EQ(VerifyAll().fault, "");
  }

  // Runs a statement that nothing in the program would, and returns the fault found then.
  std::string FaultAfter(absl::string_view sql, absl::Span<const storage::Value> parameters = {}) {
    absl::Status status =
        store_->Write("", [&](storage::Session& session) { return session.Execute(sql, parameters); });
    EXPECT_TRUE(status.ok()) << status;
    return VerifyAll().fault;
  }

  // A column of entry `position` of "bac".
  std::string Stored(const std::string& column, int64_t position) {
    std::string value;
    absl::Status status = store_->Read([&](storage::Session& session) {
      return session.Query(absl::StrCat("SELECT ", column, " FROM journal WHERE cluster = 'bac' AND position = $1"),
                           {position}, [&](const storage::Row& row) { value = std::string(row.Blob(0)); });
    });
    EXPECT_TRUE(status.ok()) << status;
    return value;
  }
};

// Goal: a whole journal is counted and `progress` ends at the number of entries.
TEST_F(VerifyTest, WholeJournalIsCounted) {
  int64_t progress = 0;
  const VerifyReport report = Verify(*store_, Verifier::Load(folder_ / "key.pub").value(), [&](int64_t entries) {
                                progress = entries;
                              }).value();
  EXPECT_EQ(report.clusters, 2);
  EXPECT_EQ(report.entries, 8);
  EXPECT_EQ(report.proofs, 8);
  EXPECT_EQ(progress, 8);
}

// Goal: every single byte of a body, a hash and a proof is guarded: changing any of them, at the start, inside and
// at the end of a commit, is found and the entry named.
TEST_F(VerifyTest, EveryChangedByteIsFound) {
  for (int64_t position : {1, 4, 6}) {
    for (const std::string column : {"body", "hash", "proof"}) {
      const std::string stored = Stored(column, position);
      const std::string update =
          absl::StrCat("UPDATE journal SET ", column, " = $1 WHERE cluster = 'bac' AND position = $2");
      for (size_t byte = 0; byte < stored.size(); ++byte) {
        std::string changed = stored;
        changed[byte] = static_cast<char>(changed[byte] ^ (1 << byte % 7));
        ASSERT_THAT(FaultAfter(update, {Bytes{changed}, position}), StartsWith(absl::StrCat("bac ", position, ": ")))
            << column << " byte " << byte;
      }
      ASSERT_EQ(FaultAfter(update, {Bytes{stored}, position}), "");
    }
  }
}

// Goal: a proof that claims another size of its commit is found even where its path fits both sizes: by the
// entry before it, and for the first of a commit by the entry after it, which then contradicts it.
TEST_F(VerifyTest, OtherSizeOfCommitIsFound) {
  for (const auto& [changed, named] : {std::pair(5, 5), std::pair(2, 3)}) {
    const std::string stored = Stored("proof", changed);
    report::v1::Proof proof;
    ASSERT_TRUE(proof.ParseFromString(stored));
    proof.set_leaves(6);
    const std::string larger = proof.SerializeAsString();
    const absl::string_view update = "UPDATE journal SET proof = $1 WHERE cluster = 'bac' AND position = $2";
    EXPECT_EQ(FaultAfter(update, {Bytes{larger}, changed}),
              absl::StrCat("bac ", named, ": the proof is of another commit than the one before it"));
    ASSERT_EQ(FaultAfter(update, {Bytes{stored}, changed}), "");
  }
}

// Goal: an entry taken out is named, wherever it stood.
TEST_F(VerifyTest, MissingEntryIsNamed) {
  EXPECT_THAT(FaultAfter("DELETE FROM journal WHERE cluster = 'bac' AND position = 4"),
              StartsWith("bac 4: is missing; 5 comes next"));
}

// Goal: entries moved up over a gap are found by the hash of the first that moved.
TEST_F(VerifyTest, ClosedGapIsFound) {
  FaultAfter("DELETE FROM journal WHERE cluster = 'bac' AND position = 4");
  EXPECT_THAT(FaultAfter("UPDATE journal SET position = position - 1 WHERE cluster = 'bac' AND position > 4"),
              StartsWith("bac 4: the hash"));
}

// Goal: an entry put in is found: one that pushes the others on, one before the first, and one copied from elsewhere.
TEST_F(VerifyTest, InsertedEntryIsFound) {
  const absl::string_view copy =
      "INSERT INTO journal (cluster, position, body, hash, proof) "
      "SELECT 'bac', $1, body, hash, proof FROM journal WHERE cluster = 'nam'";
  EXPECT_THAT(FaultAfter(copy, {8}), StartsWith("bac 8: the hash"));
  FaultAfter("DELETE FROM journal WHERE cluster = 'bac' AND position = 8");
  EXPECT_THAT(FaultAfter(copy, {0}), StartsWith("bac 0: positions begin at 1"));
  FaultAfter("DELETE FROM journal WHERE cluster = 'bac' AND position = 0");
  FaultAfter("UPDATE journal SET position = -position WHERE cluster = 'bac' AND position > 3");
  FaultAfter("UPDATE journal SET position = 1 - position WHERE cluster = 'bac' AND position < 0");
  EXPECT_THAT(FaultAfter(copy, {4}), StartsWith("bac 4: the hash"));
}

// Goal: an entry that was added with a right hash but no signature of ours is found.
TEST_F(VerifyTest, UnsignedEntryIsFound) {
  const std::string hash = EntryHash(Stored("hash", 7), "bac", 8, "forged");
  const std::string proof = Stored("proof", 7);
  EXPECT_THAT(FaultAfter("INSERT INTO journal (cluster, position, body, hash, proof) VALUES ('bac', 8, $1, $2, $3)",
                         {Bytes{"forged"}, Bytes{hash}, Bytes{proof}}),
              StartsWith("bac 8: the signature does not fit"));
}

// Goal: a tail cut off is found where a request still points into it, and inside a commit even without that.
TEST_F(VerifyTest, CutTailIsFound) {
  EXPECT_THAT(FaultAfter("DELETE FROM journal WHERE cluster = 'bac' AND position > 6"),
              StartsWith("bac 7: is missing; a request made entry 7"));
  EXPECT_EQ(FaultAfter("DELETE FROM request WHERE cluster = 'bac' AND position > 6"), "");
  FaultAfter("DELETE FROM request");
  EXPECT_THAT(FaultAfter("DELETE FROM journal WHERE cluster = 'bac' AND position > 4"),
              StartsWith("bac 5: is missing; the commit of the entry before it had more"));
}

// Goal: a cluster taken out whole, or given another name, is found.
TEST_F(VerifyTest, MissingClusterIsFound) {
  EXPECT_THAT(FaultAfter("DELETE FROM journal WHERE cluster = 'nam'"), StartsWith("nam 1: is missing"));
  EXPECT_THAT(FaultAfter("UPDATE journal SET cluster = 'a' WHERE cluster = 'bac'"), StartsWith("a 1: the hash"));
}

// Goal: a journal signed with another key does not verify.
TEST_F(VerifyTest, OtherKeyDoesNotVerify) {
  ASSERT_TRUE(Signer::LoadOrCreate(folder_ / "other").ok());
  const VerifyReport report = Verify(*store_, Verifier::Load(folder_ / "other.pub").value(), [](int64_t) {}).value();
  EXPECT_THAT(report.fault, HasSubstr("bac 1: no public key"));
  EXPECT_EQ(report.entries, 0);
}

// Goal: a journal longer than a page that grows while it is checked verifies, read-only and beside its owner.
TEST_F(VerifyTest, GrowingJournalVerifies) {
  Open();
  std::vector<std::future<absl::StatusOr<Committed>>> outcomes;
  for (int entry = 0; entry < 1500; ++entry) {
    const std::string body = absl::StrCat("entry ", entry);
    outcomes.push_back(Start(*journal_, Key("bac", body, body), Record(body)));
  }
  outcomes.front().wait();
  const auto beside = storage::OpenReadOnly(storage::TestDatabase(folder_ / ""), folder_ / "", "journal").value();
  const Verifier verifier = Verifier::Load(folder_ / "key.pub").value();
  EXPECT_EQ(Verify(*beside, verifier, [](int64_t) {}).value().fault, "");
  for (auto& outcome : outcomes) EXPECT_TRUE(outcome.get().ok());
  EXPECT_EQ(Verify(*beside, verifier, [](int64_t) {}).value().entries, 1508);
}

}  // namespace
}  // namespace giaoban::journal
