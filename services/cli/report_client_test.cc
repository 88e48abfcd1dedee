#include "services/cli/report_client.h"

#include <gtest/gtest.h>

#include "giaoban/training/v1/service.pb.h"
#include "services/cli/fake_connection.h"

namespace giaoban::cli {
namespace {

class ReportClientTest : public testing::Test {
 protected:
  void SetUp() override {
    auto catalogue = contract::SuiteCatalogue();
    ASSERT_TRUE(catalogue.ok()) << catalogue.status();
    catalogue_ = *catalogue;
  }
  std::shared_ptr<const contract::Catalogue> catalogue_;
  FakeConnection connection_;
};

// Every report kind of the catalogue has its service: what the client calls is named by the kind.
TEST_F(ReportClientTest, EveryKindHasAService) {
  for (const contract::Form& form : catalogue_->forms()) {
    EXPECT_TRUE(absl::IsUnavailable(ReportClient(connection_, form).History({}).status()));
    EXPECT_EQ(connection_.asked.back(), "giaoban." + form.kind + ".v1.HistoryRequest");
  }
}

// What is sent arrives in the typed request, and the receipt and the findings come back.
TEST_F(ReportClientTest, SubmitCarriesFiguresAndReceipt) {
  const contract::Form& form = *catalogue_->FindForm("training");
  connection_.On<training::v1::SubmitRequest, training::v1::SubmitResponse>([](const auto& request, auto& response) {
    EXPECT_EQ(request.submission().request_id(), "request-1");
    EXPECT_EQ(request.report().trn_class_awareness(), 7);
    EXPECT_FALSE(request.report().has_trn_class_other());
    response.mutable_receipt()->set_revision(2);
    response.add_findings()->set_rule("V20");
    return absl::OkStatus();
  });
  report::v1::Submission submission;
  submission.set_request_id("request-1");
  contract::Cells cells(form.fields.size(), contract::kBlank);
  cells[catalogue_->FindLine("trn_class_awareness")->id.cell] = 7;
  const auto answer = ReportClient(connection_, form).Submit(submission, cells);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->receipt->revision(), 2);
  ASSERT_EQ(answer->findings.size(), 1u);
  EXPECT_EQ(answer->findings[0].rule(), "V20");
}

// validate_only gives no receipt, and that is not the same as an empty one.
TEST_F(ReportClientTest, NoReceiptAfterValidation) {
  connection_.On<training::v1::SubmitRequest, training::v1::SubmitResponse>(
      [](const auto&, auto&) { return absl::OkStatus(); });
  const contract::Form& form = *catalogue_->FindForm("training");
  const contract::Cells cells(form.fields.size(), contract::kBlank);
  const auto answer = ReportClient(connection_, form).Submit({}, cells);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_FALSE(answer->receipt.has_value());
}

// Figures read back are the cells of the form, blank where nothing was reported.
TEST_F(ReportClientTest, GetReadsCells) {
  connection_.On<training::v1::GetRequest, training::v1::GetResponse>([](const auto& request, auto& response) {
    EXPECT_TRUE(request.selection().accepted());
    response.mutable_revision()->set_revision(4);
    response.mutable_report()->set_trn_learner_awareness(0);
    return absl::OkStatus();
  });
  report::v1::Selection selection;
  selection.set_accepted(true);
  const auto content = ReportClient(connection_, *catalogue_->FindForm("training")).Get(selection);
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(content->revision.revision(), 4);
  EXPECT_EQ(content->cells[catalogue_->FindLine("trn_learner_awareness")->id.cell], 0);
  EXPECT_EQ(content->cells[catalogue_->FindLine("trn_class_awareness")->id.cell], contract::kBlank);
}

// The feed is asked for from the position given, and each entry is handed on.
TEST_F(ReportClientTest, WatchStartsBehindThePosition) {
  connection_.On<training::v1::WatchRequest, training::v1::WatchResponse>([](const auto& request, auto& response) {
    EXPECT_EQ(request.after(0).position(), 5);
    EXPECT_TRUE(request.past_only());
    response.mutable_entry()->set_position(6);
    return absl::OkStatus();
  });
  report::v1::FeedPosition after;
  after.set_position(5);
  int64_t seen = 0;
  const absl::Status status = ReportClient(connection_, *catalogue_->FindForm("training"))
                                  .Watch(after, /*past_only=*/true, [&](const report::v1::Entry& entry) {
                                    seen = entry.position();
                                    return true;
                                  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(seen, 6);
}

}  // namespace
}  // namespace giaoban::cli
