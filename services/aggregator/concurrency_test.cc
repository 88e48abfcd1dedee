// Goal: entries of all journals, changes of the directory and questions may come at once; what is answered is whole,
// never older than what was answered before, and in the end what a model says that took everything in one by one.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "services/aggregator/journals_for_tests.h"
#include "services/aggregator/model.h"

namespace giaoban::aggregator {
namespace {

using contract::HalfYear;

constexpr char kCluster[] = "dong-bac";
constexpr int kRevisions = 60;
const std::vector<std::string> kBlocs = {"ha-giang", "cao-bang", "lang-son"};

class ConcurrencyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_.Establish(kCluster);
    for (const std::string& bloc : kBlocs) directory_.Join(kCluster, bloc);
    directory_.Schedule(kCluster, "2023-H1");
    for (const contract::Form& form : catalogue_->forms()) WriteJournal(form);
  }

  // Every bloc submits again and again, and each revision is accepted.
  void WriteJournal(const contract::Form& form) {
    std::vector<report::v1::Entry>& journal = journals_.emplace_back();
    for (int64_t revision = 1; revision <= kRevisions; ++revision) {
      for (const std::string& bloc : kBlocs) {
        const auto key = TestJournals::KeyOf(kCluster, "2023-H1", bloc);
        contract::Cells cells = Zeros(form, HalfYear(2023, 1));
        cells[0] = revision;
        journal.push_back(writer_.Submit(form, key, revision, cells));
        journal.push_back(writer_.Decide(form, key, revision, journal.back().hash(), report::v1::DECISION_ACCEPT));
      }
    }
  }

  // Asks as long as anybody writes; versions and positions only grow, and a summary fits its version.
  void Ask(Model& model, v1::Basis basis, const std::atomic<bool>& over) const {
    const Question question = {.cluster = kCluster, .half = HalfYear(2023, 1), .basis = basis};
    Answer before = model.Summarise(question);
    while (!over) {
      const Answer answer = model.Summarise(question);
      ASSERT_GE(answer.version, before.version);
      if (answer.version == before.version) {
        ASSERT_EQ(answer.summary, before.summary);
      }
      for (size_t form = 0; form < answer.positions.size(); ++form) {
        ASSERT_GE(answer.positions[form], before.positions[form]);
      }
      ASSERT_TRUE(model.Includes(question, answer.positions));
      std::vector<int64_t> positions;
      model.Explain(question, *catalogue_->FindLine("mem_closing"), &positions);
      model.Coverage(kCluster, HalfYear(2023, 1), absl::FromUnixSeconds(150));
      model.CoverageOfOpenPeriods(absl::FromUnixSeconds(150));
      before = answer;
    }
  }

  const std::shared_ptr<const contract::Catalogue> catalogue_ = TestCatalogue();
  TestDirectory directory_;
  TestJournals writer_;
  std::vector<std::vector<report::v1::Entry>> journals_;  // by form index
};

TEST_F(ConcurrencyTest, WhateverComesTogetherIsWhole) {
  Model live(catalogue_, directory_.view);
  std::atomic<bool> over = false;
  std::vector<std::thread> asking, writing;
  for (const v1::Basis basis : kBases) {
    asking.emplace_back([&, basis] { Ask(live, basis, over); });
  }
  for (size_t form = 0; form < journals_.size(); ++form) {
    writing.emplace_back([&, form] {
      for (const report::v1::Entry& entry : journals_[form]) {
        ASSERT_TRUE(live.Apply(static_cast<int>(form), entry).ok());
        live.Positions(static_cast<int>(form));
      }
    });
  }
  for (const char* bloc : {"bac-kan", "thai-nguyen", "tuyen-quang"}) directory_.Join(kCluster, bloc);
  for (std::thread& thread : writing) thread.join();
  over = true;
  for (std::thread& thread : asking) thread.join();

  Model later(catalogue_, directory_.view);
  for (size_t form = 0; form < journals_.size(); ++form) {
    for (const auto& entry : journals_[form]) ASSERT_TRUE(later.Apply(static_cast<int>(form), entry).ok());
  }
  for (const v1::Basis basis : kBases) {
    const Question question = {.cluster = kCluster, .half = HalfYear(2023, 1), .basis = basis};
    EXPECT_EQ(live.Summarise(question).summary->SerializeAsString(),
              later.Summarise(question).summary->SerializeAsString());
  }
}

}  // namespace
}  // namespace giaoban::aggregator
