#include "services/shared/runtime/status.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace giaoban::runtime {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

absl::Status Refusal() {
  Detail detail{.reason = "REPORT_REFUSED", .vietnamese = "Báo cáo có lỗi."};
  detail.metadata = {{"current_revision", "3"}, {"period", "2023-H1"}};
  report::v1::Finding* finding = detail.findings.add_findings();
  finding->set_rule("V05");
  finding->add_codes("mem_org_total");
  finding->add_codes("mem_org_new");
  finding->mutable_text()->set_vi("Tổng số không bằng các phần");
  finding->mutable_text()->set_en("The total is not the sum of its parts");
  finding->set_left(0);
  finding->set_right(-5);
  return Error(absl::StatusCode::kInvalidArgument, "the report has faults", detail);
}

// Goal: everything an error carries survives the way through gRPC and back.
TEST(Status, SurvivesGrpc) {
  const absl::Status back = FromGrpc(ToGrpc(Refusal()));
  EXPECT_EQ(back.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(back.message(), "the report has faults");
  const Detail detail = DetailOf(back);
  EXPECT_EQ(detail.reason, "REPORT_REFUSED");
  EXPECT_EQ(detail.vietnamese, "Báo cáo có lỗi.");
  EXPECT_THAT(detail.metadata, UnorderedElementsAre(Pair("current_revision", "3"), Pair("period", "2023-H1")));
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(detail.findings, DetailOf(Refusal()).findings));
  ASSERT_EQ(detail.findings.findings_size(), 1);
  EXPECT_TRUE(detail.findings.findings(0).has_left());
}

// Goal: the trailer is the standard google.rpc.Status that any client reads, and names the fields at fault.
TEST(Status, LeavesAsStandardDetails) {
  google::rpc::Status wire;
  ASSERT_TRUE(wire.ParseFromString(ToGrpc(Refusal()).error_details()));
  EXPECT_EQ(wire.code(), 3);
  EXPECT_EQ(wire.message(), "the report has faults");
  google::rpc::BadRequest request;
  google::rpc::ErrorInfo info;
  for (const auto& any : wire.details()) {
    any.UnpackTo(&request);
    any.UnpackTo(&info);
  }
  EXPECT_EQ(info.domain(), "giaoban");
  ASSERT_EQ(request.field_violations_size(), 2);
  EXPECT_EQ(request.field_violations(1).field(), "report.mem_org_new");
  EXPECT_EQ(request.field_violations(1).description(), "The total is not the sum of its parts");
}

// Goal: however much is wrong, the details fit what a client takes that kept gRPC's limits, every finding is still
// there with its rule, codes and values, and a client that takes more gets every word.
TEST(Status, ManyFindingsFitAnyClient) {
  Detail detail = DetailOf(Refusal());
  for (int i = 1; i < 60; ++i) *detail.findings.add_findings() = detail.findings.findings(0);
  const absl::Status refusal = Error(absl::StatusCode::kInvalidArgument, "the report has faults", detail);
  const grpc::Status left = ToGrpc(refusal);
  EXPECT_LE(left.error_details().size(), kDetailBytes);
  const Detail back = DetailOf(FromGrpc(left));
  ASSERT_EQ(back.findings.findings_size(), 60);
  EXPECT_EQ(back.findings.findings(0).text().en(), "The total is not the sum of its parts");
  EXPECT_FALSE(back.findings.findings(59).has_text());
  EXPECT_EQ(back.findings.findings(59).rule(), "V05");
  EXPECT_EQ(back.findings.findings(59).codes(1), "mem_org_new");
  EXPECT_EQ(back.findings.findings(59).right(), -5);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(
      DetailOf(FromGrpc(ToGrpc(refusal, size_t{1} << 20))).findings, detail.findings));
}

// Goal: how long to wait leaves as the standard google.rpc.RetryInfo and comes back.
TEST(Status, SaysWhenToTryAgain) {
  const absl::Status refusal =
      Error(absl::StatusCode::kResourceExhausted, "later", {.reason = "DELAY", .retry = absl::Seconds(8)});
  const grpc::Status left = ToGrpc(refusal);
  google::rpc::Status wire;
  ASSERT_TRUE(wire.ParseFromString(left.error_details()));
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(wire.details(wire.details_size() - 1).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 8);
  EXPECT_EQ(DetailOf(FromGrpc(left)).retry, absl::Seconds(8));
  EXPECT_EQ(DetailOf(Refusal()).retry, absl::ZeroDuration());
}

// Goal: what a driver says stays in the log; callers get one fixed sentence.
TEST(Status, HidesInternalCauses) {
  for (const absl::Status& status :
       {absl::InternalError("disk I/O error in /secret"), absl::UnknownError("SQLSTATE /secret")}) {
    testing::internal::CaptureStderr();
    const grpc::Status left = ToGrpc(status);
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("/secret"));
    EXPECT_EQ(left.error_code(), static_cast<grpc::StatusCode>(status.raw_code()));
    EXPECT_THAT(left.error_message() + left.error_details(), Not(HasSubstr("secret")));
    EXPECT_FALSE(DetailOf(FromGrpc(left)).vietnamese.empty());
  }
}

// Goal: an internal error somebody wrote for callers leaves as written.
TEST(Status, KeepsInternalErrorsWithDetail) {
  const absl::Status status = Error(absl::StatusCode::kInternal, "the journal is damaged", {.reason = "CHAIN_BROKEN"});
  EXPECT_EQ(ToGrpc(status).error_message(), "the journal is damaged");
}

// Goal: success and plain errors need no detail.
TEST(Status, PlainStatusesPass) {
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
  EXPECT_EQ(FromGrpc(ToGrpc(absl::NotFoundError("no such period"))), absl::NotFoundError("no such period"));
  EXPECT_EQ(DetailOf(absl::NotFoundError("no such period")).reason, "");
}

// Goal: a store that is away, full or busy is told in both languages, with when to come again and without a word of its
// driver.
TEST(Status, TellsOfTheStore) {
  const std::pair<absl::Status, std::string> stores[] = {
      {absl::AbortedError("postgres: canceling statement due to secret"), "STORE_BUSY"},
      {absl::UnavailableError("postgres: connection to server at secret failed"), "STORE_UNAVAILABLE"},
      {absl::ResourceExhaustedError("sqlite: secret is full"), "STORE_FULL"}};
  for (const auto& [status, reason] : stores) {
    const grpc::Status left = ToGrpc(status);
    EXPECT_EQ(left.error_code(), static_cast<grpc::StatusCode>(status.raw_code()));
    EXPECT_THAT(left.error_message() + left.error_details(), Not(HasSubstr("secret")));
    EXPECT_THAT(left.error_message(), HasSubstr("the store"));
    const Detail detail = DetailOf(FromGrpc(left));
    EXPECT_EQ(detail.reason, reason);
    EXPECT_THAT(detail.vietnamese, HasSubstr("Kho dữ liệu"));
    EXPECT_GT(detail.retry, absl::ZeroDuration());
  }
}

// Goal: a trailer that is not ours carries no detail and does no harm.
TEST(Status, SurvivesForeignTrailers) {
  const absl::Status status = FromGrpc({grpc::StatusCode::NOT_FOUND, "conflict", "\xff\xff rubbish"});
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(DetailOf(status).reason, "");
  EXPECT_EQ(ToGrpc(status).error_message(), "conflict");
}

}  // namespace
}  // namespace giaoban::runtime
