// What the requests of one commit ask for, and what they add up.
#include "services/shared/journal/group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/shared/journal/journal_fixture.h"

namespace giaoban::journal {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class GroupTest : public JournalFixture {
 protected:
  // A request that notes what happens to it, and records an entry.
  Request Noting(const std::string& id) {
    Request request{.key = Key("c", id, id)};
    request.prepare = [this, id](storage::Session& session) {
      happened_.push_back("prepare " + id);
      return session.Ask("SELECT count(*) FROM journal", {}, [this, id](const storage::Row& row) {
        EXPECT_EQ(row.Integer(0), 0);
        happened_.push_back("answer " + id);
      });
    };
    request.decide = [this, id](storage::Session&, const Slot& slot) -> absl::StatusOr<std::string> {
      happened_.push_back("decide " + id);
      ++slot.tally[1];
      slot.tally[slot.position] += 10;
      return id;
    };
    return request;
  }

  std::vector<std::string> happened_;
};

// Goal: everybody has what was asked for before the first decision, and what all add is settled once.
TEST_F(GroupTest, AllAskBeforeTheFirstDecision) {
  Open();
  std::list<Request> requests;
  for (const char* id : {"a", "b"}) requests.push_back(Noting(id));
  std::map<int64_t, int64_t> settled;
  int times = 0;
  const Options options{.settle = [&](storage::Session&, const std::string& cluster, const auto& tally) {
    EXPECT_EQ(cluster, "c");
    settled = tally;
    ++times;
    return absl::OkStatus();
  }};
  const Signer signer = *Signer::LoadOrCreate(folder_ / "key");
  Group group(requests, signer, options);
  ASSERT_TRUE(store_->Write("c", [&](storage::Session& session) { return group.Run(session); }).ok());
  EXPECT_EQ(happened_.size(), 6u);
  EXPECT_THAT(std::vector<std::string>(happened_.end() - 2, happened_.end()), ElementsAre("decide a", "decide b"));
  EXPECT_THAT(settled, ElementsAre(Pair(1, 12), Pair(2, 10)));
  EXPECT_EQ(times, 1);
}

}  // namespace
}  // namespace giaoban::journal
