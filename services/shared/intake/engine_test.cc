// Goal: the state machine of one report kind over a real store: what is taken,
// what is refused and how it is said, and that refusals leave no trace.
#include "services/shared/intake/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "giaoban/inspection/v1/report.pb.h"
#include "google/protobuf/text_format.h"
#include "services/shared/runtime/status.h"
#include "services/shared/runtime/test_environment.h"

namespace giaoban::intake {
namespace {

using contract::v1::ROLE_CHAIR;
using contract::v1::ROLE_OFFICE;
using contract::v1::ROLE_SERVICE;
using report::v1::Receipt;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const runtime::Caller kOffice{{ROLE_OFFICE, "ha-giang"}};
const runtime::Caller kOther{{ROLE_OFFICE, "cao-bang"}};
const runtime::Caller kChair{{ROLE_CHAIR, "cao-bang"}};
const runtime::Caller kStranger{{ROLE_CHAIR, "ha-giang"}};

class EngineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = ::testing::TempDir() + "/engine-" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    int64_t position = 0;
    for (const char* text :
         {"organisation { date: '1970-01-01' cluster_established { cluster: 'dong-bac' } }",
          "organisation { date: '1970-01-01' bloc_established { bloc: 'ha-giang' } }",
          "organisation { date: '1970-01-01' bloc_established { bloc: 'cao-bang' } }",
          "organisation { date: '1970-01-01' bloc_joined { cluster: 'dong-bac' bloc: 'ha-giang' } }",
          "organisation { date: '1970-01-01' bloc_joined { cluster: 'dong-bac' bloc: 'cao-bang' } }",
          "organisation { date: '1970-01-01' chair_appointed { cluster: 'dong-bac' bloc: 'cao-bang' } }",
          "period { cluster: 'dong-bac' period: '2023-H1' scheduled { open_time { seconds: 1000 }"
          " due_time { seconds: 2000 } close_time { seconds: 3000 } } }"}) {
      directory::v1::Event event;
      ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &event));
      view_.Apply(++position, event);
    }
    Open();
  }
  void Open() {
    engine_.reset();
    auto catalogue = contract::SuiteCatalogue();
    ASSERT_TRUE(catalogue.ok()) << catalogue.status();
    const runtime::Environment environment = process_.Get(directory_, [this] { return now_; });
    auto engine = Engine::Open(*catalogue, *(*catalogue)->FindForm("inspection"), view_, environment,
                               [this] { return view_ready_; });
    ASSERT_TRUE(engine.ok()) << engine.status();
    engine_ = *std::move(engine);
  }

  report::v1::ReportKey Key() const {
    report::v1::ReportKey key;
    key.set_cluster("dong-bac");
    key.set_period("2023-H1");
    key.set_bloc("ha-giang");
    return key;
  }
  // A report that satisfies every rule: all required lines zero but the rounds.
  inspection::v1::Report Report(int64_t rounds = 3) const {
    inspection::v1::Report report;
    const auto catalogue = *contract::SuiteCatalogue();
    for (const contract::Line& line : catalogue->FindForm("inspection")->lines) {
      if (!line.required) continue;
      const auto* field = report.GetDescriptor()->FindFieldByName(line.code);
      report.GetReflection()->SetInt64(&report, field, 0);
    }
    report.set_ins_rounds_inspection(rounds);
    report.set_ins_rounds_total(rounds);
    return report;
  }
  report::v1::Submission Header(int64_t base, const std::string& id, const std::string& reason = "") const {
    report::v1::Submission submission;
    *submission.mutable_key() = Key();
    submission.set_base_revision(base);
    submission.set_request_id(id);
    submission.set_reason(reason);
    return submission;
  }
  absl::StatusOr<Engine::Submitted> Submit(const report::v1::Submission& header, const inspection::v1::Report& report,
                                           const runtime::Caller& caller = kOffice) {
    absl::StatusOr<Engine::Submitted> result = absl::UnknownError("not called");
    absl::Notification called;
    engine_->Submit(caller, header, report, [&](absl::StatusOr<Engine::Submitted> submitted) {
      result = std::move(submitted);
      called.Notify();
    });
    called.WaitForNotification();
    return result;
  }
  absl::StatusOr<Receipt> Review(int64_t revision, const std::string& hash, report::v1::Decision decision,
                                 const std::string& id, const runtime::Caller& caller = kChair) {
    report::v1::Review review;
    *review.mutable_key() = Key();
    review.set_revision(revision);
    review.set_revision_hash(hash);
    review.set_decision(decision);
    review.set_request_id(id);
    if (decision == report::v1::DECISION_RETURN) review.set_reason("số liệu chưa khớp");
    absl::StatusOr<Receipt> result = absl::UnknownError("not called");
    absl::Notification called;
    engine_->Review(caller, review, [&](absl::StatusOr<Receipt> receipt) {
      result = std::move(receipt);
      called.Notify();
    });
    called.WaitForNotification();
    return result;
  }
  absl::StatusOr<std::vector<report::v1::Revision>> History(const runtime::Caller& caller,
                                                            const report::v1::ReportKey& key) const {
    auto page = engine_->History(caller, key, 0, "");
    if (!page.ok()) return page.status();
    EXPECT_EQ(page->next_page_token, "");
    return page->revisions;
  }
  // The positions of what a caller may follow, from `after` on.
  std::vector<int64_t> Follow(const runtime::Caller& caller, int64_t after) {
    google::protobuf::RepeatedPtrField<report::v1::FeedPosition> from;
    from.Add()->set_cluster("dong-bac");
    from[0].set_position(after);
    std::vector<int64_t> seen;
    auto following = engine_->Watch(caller, from);
    EXPECT_TRUE(following.ok()) << following.status();
    report::v1::Entry entry;
    while (*following->next(&entry)) seen.push_back(entry.position());
    return seen;
  }
  std::vector<report::v1::State> States() const {
    std::vector<report::v1::State> states;
    auto history = History(kOffice, Key());
    EXPECT_TRUE(history.ok()) << history.status();
    for (const report::v1::Revision& revision : *history) states.push_back(revision.state());
    return states;
  }
  // The rule ids of the findings an error carries.
  static std::vector<std::string> Rules(const absl::Status& status) {
    std::vector<std::string> rules;
    const runtime::Detail detail = runtime::DetailOf(status);
    for (const auto& finding : detail.findings.findings()) rules.push_back(finding.rule());
    return rules;
  }

  absl::Time now_ = absl::FromUnixSeconds(1500);
  std::string directory_;
  absl::Status view_ready_;
  runtime::TestEnvironment process_;
  clusters::View view_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, ARepeatedRequestGetsTheFirstReceiptEvenAfterARestartAndTheClose) {
  const auto first = Submit(Header(0, "request-1"), Report());
  ASSERT_TRUE(first.ok()) << first.status();
  now_ = absl::FromUnixSeconds(9000);
  Open();
  const auto again = Submit(Header(0, "request-1"), Report());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(first->receipt->SerializeAsString(), again->receipt->SerializeAsString());
  EXPECT_EQ(Submit(Header(0, "request-1"), Report(4)).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(States(), ElementsAre(report::v1::STATE_SUBMITTED));
}

TEST_F(EngineTest, EveryFaultIsNamedAtOnceAndNothingIsStored) {
  inspection::v1::Report report = Report();
  report.clear_ins_sign_org();
  report.set_ins_disc_org_warning(-1);
  report.set_ins_rounds_total(7);
  const auto refused = Submit(Header(0, "request-1"), report);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Rules(refused.status()), ::testing::IsSupersetOf({"REQUIRED", "V18", "V13"}));
  EXPECT_THAT(States(), IsEmpty());
}

TEST_F(EngineTest, AWarningIsTakenWithAnExplanationOnly) {
  inspection::v1::Report report = Report();
  report.set_ins_denounce_received(1);
  report.set_ins_denounce_resolved(2);
  EXPECT_THAT(Rules(Submit(Header(0, "request-1"), report).status()), ElementsAre("V41"));
  report::v1::Submission explained = Header(0, "request-2");
  (*explained.mutable_explanations())["V41"] = "một đơn chuyển từ kỳ trước";
  const auto taken = Submit(explained, report);
  ASSERT_TRUE(taken.ok()) << taken.status();
  ASSERT_THAT(taken->findings, SizeIs(1));
  EXPECT_EQ(taken->findings[0].explanation(), "một đơn chuyển từ kỳ trước");
}

TEST_F(EngineTest, TheLoserOfARaceIsToldTheCurrentRevision) {
  ASSERT_TRUE(Submit(Header(0, "request-1"), Report()).ok());
  const auto lost = Submit(Header(0, "request-2"), Report(4));
  EXPECT_EQ(lost.status().code(), absl::StatusCode::kAborted);
  EXPECT_THAT(runtime::DetailOf(lost.status()).metadata,
              ElementsAre(std::make_pair(std::string("current_revision"), std::string("1"))));
}

TEST_F(EngineTest, AcceptancePinsARevisionAndAnAmendmentNeedsAReason) {
  const std::string first = Submit(Header(0, "request-1"), Report(3))->receipt->entry_hash();
  const std::string second = Submit(Header(1, "request-2"), Report(4))->receipt->entry_hash();
  EXPECT_THAT(States(), ElementsAre(report::v1::STATE_SUPERSEDED, report::v1::STATE_SUBMITTED));
  EXPECT_EQ(Review(2, first, report::v1::DECISION_ACCEPT, "review-01").status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Review(1, first, report::v1::DECISION_ACCEPT, "review-02").status().code(),
            absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE(Review(2, second, report::v1::DECISION_ACCEPT, "review-03").ok());
  EXPECT_THAT(Rules(Submit(Header(2, "request-3"), Report(5)).status()), ElementsAre("REASON"));
  const auto amended = Submit(Header(2, "request-4", "đếm sót một cuộc"), Report(5));
  ASSERT_TRUE(amended.ok()) << amended.status();
  EXPECT_THAT(States(),
              ElementsAre(report::v1::STATE_SUPERSEDED, report::v1::STATE_ACCEPTED, report::v1::STATE_SUBMITTED));
  ASSERT_TRUE(Review(3, amended->receipt->entry_hash(), report::v1::DECISION_ACCEPT, "review-04").ok());
  EXPECT_THAT(States(),
              ElementsAre(report::v1::STATE_SUPERSEDED, report::v1::STATE_SUPERSEDED, report::v1::STATE_ACCEPTED));
}

TEST_F(EngineTest, ReturnedAndWithdrawnRevisionsStayInHistory) {
  const std::string first = Submit(Header(0, "request-1"), Report())->receipt->entry_hash();
  ASSERT_TRUE(Review(1, first, report::v1::DECISION_RETURN, "review-01").ok());
  ASSERT_TRUE(Submit(Header(1, "request-2"), Report()).ok());
  report::v1::Withdrawal withdrawal;
  *withdrawal.mutable_key() = Key();
  withdrawal.set_revision(2);
  withdrawal.set_request_id("withdraw-1");
  absl::Notification called;
  engine_->Withdraw(kOffice, withdrawal, [&](absl::StatusOr<Receipt> receipt) {
    EXPECT_TRUE(receipt.ok()) << receipt.status();
    called.Notify();
  });
  called.WaitForNotification();
  EXPECT_THAT(States(), ElementsAre(report::v1::STATE_RETURNED, report::v1::STATE_WITHDRAWN));
  const auto history = History(kChair, Key());
  EXPECT_EQ((*history)[0].decision_reason(), "số liệu chưa khớp");
  EXPECT_EQ((*history)[0].decider(), "chair/cao-bang");
}

TEST_F(EngineTest, APeriodTakesReportsFromItsOpeningToItsClose) {
  now_ = absl::FromUnixSeconds(999);
  EXPECT_THAT(Rules(Submit(Header(0, "request-1"), Report()).status()), ElementsAre("PERIOD"));
  now_ = absl::FromUnixSeconds(3000);
  const auto closed = Submit(Header(0, "request-2"), Report());
  EXPECT_EQ(closed.status().code(), absl::StatusCode::kFailedPrecondition);
  const runtime::Detail detail = runtime::DetailOf(closed.status());
  EXPECT_THAT(detail.findings.findings(0).text().vi(), ::testing::HasSubstr("cao-bang"));
  now_ = absl::FromUnixSeconds(2500);
  ASSERT_TRUE(Submit(Header(0, "request-3"), Report()).ok());
  EXPECT_TRUE((*History(kOffice, Key()))[0].late());
}

TEST_F(EngineTest, AKeyThatNamesNoReportIsAFinding) {
  report::v1::Submission wrong = Header(0, "request-1");
  wrong.mutable_key()->set_period("2023-Q1");
  EXPECT_THAT(Rules(Submit(wrong, Report()).status()), ElementsAre("KEY"));
  wrong.mutable_key()->set_period("2024-H1");
  EXPECT_THAT(Rules(Submit(wrong, Report()).status()), ElementsAre("PERIOD"));
  directory::v1::Event left;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "organisation { date: '2023-01-01' bloc_left { cluster: 'dong-bac' bloc: 'ha-giang' } }", &left));
  view_.Apply(view_.position() + 1, left);
  EXPECT_THAT(Rules(Submit(wrong, Report()).status()), ElementsAre("MEMBERSHIP"));
}

TEST_F(EngineTest, NobodyTouchesWhatIsNotTheirs) {
  ASSERT_TRUE(Submit(Header(0, "request-1"), Report()).ok());
  inspection::v1::Report report;
  report::v1::Selection selection;
  *selection.mutable_key() = Key();
  EXPECT_EQ(Submit(Header(1, "request-2"), Report(), kOther).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(engine_->Get(kOther, selection, report).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(engine_->Get(kStranger, selection, report).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(History(kOther, Key()).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(*engine_->List(kOther, "dong-bac", "2023-H1"), IsEmpty());
  EXPECT_THAT(*engine_->List(kChair, "dong-bac", "2023-H1"), SizeIs(1));
  EXPECT_TRUE(engine_->Get(kChair, selection, report).ok());
  EXPECT_EQ(report.ins_rounds_total(), 3);
}

// Page by page the caller gets every revision once, in order, and pages are as long as was asked.
TEST_F(EngineTest, HistoryIsReadPageByPage) {
  constexpr int kRevisions = 5;
  for (int64_t revision = 0; revision < kRevisions; ++revision) {
    ASSERT_TRUE(Submit(Header(revision, absl::StrCat("request-", revision)), Report()).ok());
  }
  for (int size = 1; size <= kRevisions + 1; ++size) {
    std::vector<int64_t> seen;
    std::string token;
    do {
      const auto page = engine_->History(kOffice, Key(), size, token);
      ASSERT_TRUE(page.ok()) << page.status();
      EXPECT_EQ(page->revisions.size(), std::min<size_t>(size, kRevisions - seen.size()));
      for (const report::v1::Revision& revision : page->revisions) seen.push_back(revision.revision());
      token = page->next_page_token;
    } while (!token.empty());
    EXPECT_THAT(seen, ElementsAre(1, 2, 3, 4, 5)) << size;
  }
  const std::string next = engine_->History(kOffice, Key(), 2, "")->next_page_token;
  EXPECT_EQ(engine_->History(kOther, Key(), 2, next).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(engine_->History(kOffice, Key(), 2, next + "x").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(engine_->History(kOffice, Key(), -1, "").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(engine_->History(kOffice, Key(), 501, "").status().code(), absl::StatusCode::kResourceExhausted);
}

// What goes with a report is limited in number and length, and what is too long is not quoted.
TEST_F(EngineTest, ExplanationsAreLimited) {
  report::v1::Submission header = Header(0, "request-1");
  for (int i = 0; i < 50; ++i) (*header.mutable_explanations())[absl::StrCat("code_", i)] = "vì";
  EXPECT_TRUE(Submit(header, Report()).ok());
  header = Header(1, "request-2");
  for (int i = 0; i < 51; ++i) (*header.mutable_explanations())[absl::StrCat("code_", i)] = "vì";
  EXPECT_THAT(Rules(Submit(header, Report()).status()), ElementsAre("TEXT"));
  header.clear_explanations();
  (*header.mutable_explanations())[std::string(65, 'x')] = "vì";
  const absl::Status refused = Submit(header, Report()).status();
  EXPECT_THAT(Rules(refused), ElementsAre("TEXT"));
  EXPECT_THAT(runtime::DetailOf(refused).findings.ShortDebugString(), ::testing::Not(::testing::HasSubstr("xxx")));
  header.clear_explanations();
  header.mutable_key()->set_period(std::string(100'000, '9'));
  const absl::Status nowhere = Submit(header, Report()).status();
  EXPECT_THAT(Rules(nowhere), ElementsAre("KEY"));
  EXPECT_LT(runtime::DetailOf(nowhere).findings.ByteSizeLong(), 1000u);
}

// A report has so many revisions, and the office is told which limit it reached.
TEST_F(EngineTest, RevisionsAreLimited) {
  process_.limits.revisions = 2;
  ASSERT_TRUE(Submit(Header(0, "request-1"), Report()).ok());
  ASSERT_TRUE(Submit(Header(1, "request-2"), Report()).ok());
  const absl::Status third = Submit(Header(2, "request-3"), Report()).status();
  EXPECT_EQ(third.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(runtime::DetailOf(third).metadata, ::testing::Contains(::testing::Pair("limit", "max_revisions")));
  EXPECT_TRUE(Submit(Header(1, "request-2"), Report())->receipt.has_value());
}

// Whatever can be submitted can be a draft, and a draft is no place for anything else.
TEST_F(EngineTest, DraftsAreLimited) {
  report::v1::Draft draft;
  *draft.mutable_key() = Key();
  for (int i = 0; i < 50; ++i) {
    std::string text;
    for (int character = 0; character < 2000; ++character) text += "🙂";
    (*draft.mutable_explanations())[absl::StrCat(std::string(60, 'x'), i)] = text;
  }
  EXPECT_EQ(engine_->SaveDraft(kOffice, draft, Report()).value(), 1);
  draft.set_version(1);
  (*draft.mutable_explanations())["more"] = std::string(150'000, 'x');
  EXPECT_EQ(engine_->SaveDraft(kOffice, draft, Report()).status().code(), absl::StatusCode::kInvalidArgument);
  draft.clear_explanations();
  for (const std::string period : {"2024-H1", "2023-H3", ""}) {
    draft.mutable_key()->set_period(period);
    EXPECT_EQ(engine_->SaveDraft(kOffice, draft, Report()).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

// What asks for too much, or for nothing there can be, is refused before any work.
TEST_F(EngineTest, QuestionsAreLimited) {
  google::protobuf::RepeatedPtrField<report::v1::FeedPosition> from;
  for (int i = 0; i < 1000; ++i) from.Add()->set_cluster("dong-bac");
  EXPECT_TRUE(engine_->Watch(kOffice, from).ok());
  from.Add()->set_cluster("dong-bac");
  EXPECT_EQ(engine_->Watch(kOffice, from).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(engine_->Watch(runtime::Caller{{ROLE_SERVICE, "aggregator"}}, from).ok())
      << "who follows all clusters goes on from where it was in each";
  from.Clear();
  from.Add()->set_cluster("dong-bac");
  from[0].set_position(-1);
  EXPECT_EQ(engine_->Watch(kOffice, from).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(engine_->List(kOffice, "dong-bac", "2023").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(engine_->List(kOffice, "dong-bac", "2033-H1").ok());
}

// There can be nothing of it there, and nobody is told what there is.
TEST_F(EngineTest, AnOfficeStaysInItsCluster) {
  report::v1::Submission elsewhere = Header(0, "request-1");
  elsewhere.mutable_key()->set_cluster("tay-bac");
  EXPECT_EQ(Submit(elsewhere, Report()).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(History(kOffice, elsewhere.key()).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(engine_->List(kOffice, "tay-bac", "2023-H1").status().code(), absl::StatusCode::kPermissionDenied);
  report::v1::Draft draft;
  *draft.mutable_key() = elsewhere.key();
  EXPECT_EQ(engine_->SaveDraft(kOffice, draft, Report()).status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(EngineTest, DraftsAreVersionedAndSeenByTheirOfficeOnly) {
  report::v1::Draft draft;
  *draft.mutable_key() = Key();
  EXPECT_EQ(*engine_->SaveDraft(kOffice, draft, Report(1)), 1);
  // The same call again, whose answer was lost.
  EXPECT_EQ(*engine_->SaveDraft(kOffice, draft, Report(1)), 1);
  EXPECT_EQ(engine_->SaveDraft(kOffice, draft, Report(2)).status().code(), absl::StatusCode::kAborted);
  report::v1::Selection selection;
  *selection.mutable_key() = Key();
  selection.set_draft(true);
  inspection::v1::Report report;
  EXPECT_EQ(engine_->Get(kChair, selection, report).status().code(), absl::StatusCode::kPermissionDenied);
  ASSERT_TRUE(engine_->Get(kOffice, selection, report).ok());
  EXPECT_EQ(report.ins_rounds_total(), 1);
  draft.set_version(1);
  EXPECT_EQ(*engine_->SaveDraft(kOffice, draft, Report(1)), 2);
  EXPECT_THAT(*engine_->List(kChair, "dong-bac", "2023-H1"), IsEmpty());
  ASSERT_TRUE(Submit(Header(0, "request-1"), Report()).ok());
  EXPECT_EQ(engine_->Get(kOffice, selection, report).status().code(), absl::StatusCode::kNotFound);
}

// Right after a start the directory is not known yet: that is no reason to refuse a report for good.
TEST_F(EngineTest, NobodyIsJudgedByHalfADirectory) {
  view_ready_ = absl::UnavailableError("not read yet");
  EXPECT_EQ(Submit(Header(0, "request-1"), Report()).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(History(kChair, Key()).status().code(), absl::StatusCode::kUnavailable);
  view_ready_ = absl::OkStatus();
  EXPECT_TRUE(Submit(Header(0, "request-1"), Report()).ok());
}

// An office knows the hashes around entries of others: a withdrawal without a reason would be found by trial.
TEST_F(EngineTest, NoFactIsGuessedFromItsHash) {
  for (int64_t revision = 0; revision < 2; ++revision) {
    ASSERT_TRUE(Submit(Header(revision, absl::StrCat("request-", revision)), Report()).ok());
  }
  google::protobuf::RepeatedPtrField<report::v1::FeedPosition> from;
  from.Add()->set_cluster("dong-bac");
  auto following = engine_->Watch(kOffice, from);
  report::v1::Entry entry;
  std::set<std::string> salts;
  while (*following->next(&entry)) {
    report::v1::Fact fact;
    ASSERT_TRUE(fact.ParseFromString(entry.body()));
    EXPECT_EQ(fact.salt().size(), 16);
    salts.insert(fact.salt());
  }
  EXPECT_THAT(salts, SizeIs(2));
}

// An office follows its own entries only; a service follows everything.
TEST_F(EngineTest, TheFeedShowsEachCallerItsOwn) {
  ASSERT_TRUE(Submit(Header(0, "request-1"), Report()).ok());
  report::v1::Submission other = Header(0, "request-2");
  other.mutable_key()->set_bloc("cao-bang");
  ASSERT_TRUE(Submit(other, Report(), kOther).ok());
  const std::string hash = (*History(kOffice, Key()))[0].hash();
  ASSERT_TRUE(Review(1, hash, report::v1::DECISION_RETURN, "review-01").ok());
  ASSERT_TRUE(Submit(Header(1, "request-3"), Report()).ok());
  EXPECT_THAT(Follow(kOffice, 0), ElementsAre(1, 3, 4));
  EXPECT_THAT(Follow(kOffice, 3), ElementsAre(4));
  EXPECT_THAT(Follow(kOther, 0), ElementsAre(2));
  EXPECT_THAT(Follow(kChair, 1), ElementsAre(2, 3, 4));
  EXPECT_THAT(Follow({{ROLE_SERVICE, "aggregator"}}, 2), ElementsAre(3, 4));
  google::protobuf::RepeatedPtrField<report::v1::FeedPosition> from;
  from.Add()->set_cluster("dong-bac");
  EXPECT_EQ(engine_->Watch(kStranger, from).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(engine_->Watch(kOffice, {}).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace giaoban::intake
