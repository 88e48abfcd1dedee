#include "services/shared/journal/acknowledged.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "services/shared/journal/journal_fixture.h"

namespace giaoban::journal {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class AcknowledgedTest : public testing::Test {
 protected:
  std::unique_ptr<Acknowledged> Open() {
    auto acknowledged = Acknowledged::Open(path_);
    EXPECT_TRUE(acknowledged.ok()) << acknowledged.status();
    return *std::move(acknowledged);
  }

  static std::vector<report::v1::FeedPosition> Heads(const std::map<std::string, int64_t>& ends) {
    std::vector<report::v1::FeedPosition> heads;
    for (const auto& [cluster, position] : ends) {
      heads.emplace_back().set_cluster(cluster);
      heads.back().set_position(position);
    }
    return heads;
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_ / "training.acknowledged";
};

// Goal: what was noted is known to the next process; journals that are as long or longer pass, a shorter one is named
// with both its ends and the file, and so is one that is gone, such as the directory's, which has no name.
TEST_F(AcknowledgedTest, FindsWhatIsMissing) {
  EXPECT_TRUE(Open()->Check({}).ok());
  {
    const auto acknowledged = Open();
    for (const int64_t position : {1, 2, 9}) ASSERT_TRUE(acknowledged->Note("dong-bac", position).ok());
    ASSERT_TRUE(acknowledged->Note("", 4).ok());
    ASSERT_TRUE(acknowledged->Note("tay-bac", 7).ok());
    // A repetition of an earlier request.
    ASSERT_TRUE(acknowledged->Note("dong-bac", 3).ok());
  }
  EXPECT_TRUE(Open()->Check(Heads({{"", 4}, {"dong-bac", 9}, {"tay-bac", 8}})).ok());
  const absl::Status shorter = Open()->Check(Heads({{"", 4}, {"dong-bac", 8}, {"tay-bac", 7}}));
  EXPECT_TRUE(absl::IsDataLoss(shorter));
  EXPECT_THAT(std::string(shorter.message()),
              AllOf(HasSubstr("'dong-bac'"), HasSubstr("position 8"), HasSubstr("9 was"), HasSubstr(path_)));
  EXPECT_TRUE(absl::IsDataLoss(Open()->Check(Heads({{"dong-bac", 9}, {"tay-bac", 7}}))));
}

// Goal: what cannot be written is not acknowledged, and can be once it can. A limit on file size stands for the disk.
TEST_F(AcknowledgedTest, WhatCannotBeNotedIsRefused) {
  const auto acknowledged = Open();
  ASSERT_TRUE(acknowledged->Note("dong-bac", 1).ok());
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &none), 0);
  const absl::Status later = acknowledged->Note("dong-bac", 2), other = acknowledged->Note("tay-bac", 1);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, handler);
  EXPECT_TRUE(absl::IsUnavailable(later)) << later;
  EXPECT_TRUE(absl::IsUnavailable(other)) << other;
  EXPECT_TRUE(Open()->Check(Heads({{"dong-bac", 1}})).ok());
  EXPECT_TRUE(acknowledged->Note("dong-bac", 2).ok());
  EXPECT_TRUE(absl::IsDataLoss(Open()->Check(Heads({{"dong-bac", 1}}))));
}

using AcknowledgedJournalTest = JournalFixture;

// Goal: a journal that has lost its last entry is not opened, until somebody takes the file away.
TEST_F(AcknowledgedJournalTest, AJournalThatLostItsEndIsNotOpened) {
  const std::string path = folder_ / "acknowledged";
  const auto options = [&] { return Options{.acknowledged = path}; };
  Open(options());
  for (const std::string body : {"a", "b", "c"}) Add("dong-bac", body);
  Open(options());
  Close();
  OpenStore();
  ASSERT_TRUE(
      store_
          ->Write("dong-bac",
                  [](storage::Session& session) { return session.Execute("DELETE FROM journal WHERE position = 3"); })
          .ok());
  const auto reopen = [&](Options with) {
    return Journal::Open(*store_, *Signer::LoadOrCreate(folder_ / "key"), std::move(with)).status();
  };
  EXPECT_TRUE(absl::IsDataLoss(reopen(options())));
  std::filesystem::remove(path);
  EXPECT_TRUE(reopen(options()).ok());
}

// Goal: a file that is something else, or cut off within a line, is refused by name; an empty one knows nothing.
TEST_F(AcknowledgedTest, OtherFilesAreRefused) {
  ASSERT_TRUE(Open()->Note("dong-bac", 1).ok());
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) - 1);
  const absl::Status cut = Acknowledged::Open(path_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(cut)) << cut;
  EXPECT_THAT(std::string(cut.message()), HasSubstr(path_ + ", line 1"));
  std::ofstream(path_) << std::string(128, 'x');
  EXPECT_TRUE(absl::IsFailedPrecondition(Acknowledged::Open(path_).status()));
  std::filesystem::resize_file(path_, 0);
  EXPECT_TRUE(Open()->Check({}).ok());
}

}  // namespace
}  // namespace giaoban::journal
