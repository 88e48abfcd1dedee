// The server as callers meet it: real mutual TLS on the loopback interface.
#include "services/shared/runtime/server.h"

#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <sstream>
#include <thread>

#include "absl/synchronization/notification.h"
#include "services/shared/runtime/test_support.h"

namespace giaoban::runtime {
namespace {

using directory::v1::DirectoryService;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr absl::Duration kPatience = absl::Seconds(20);

class ServerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { authority_ = new TestAuthority; }
  static void TearDownTestSuite() {
    delete authority_;
    authority_ = nullptr;
  }

  std::shared_ptr<grpc::Channel> ChannelOf(const std::shared_ptr<Credentials>& credentials) {
    return Connect(*credentials, "directory").value();
  }
  std::shared_ptr<grpc::Channel> ChannelOf(const std::string& name) {
    return ChannelOf(authority_->Load(name, server_->address()));
  }

  // Calls any unary path with an empty message.
  static grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel, const std::string& path,
                           bool takes_long_details = false) {
    grpc::GenericStub stub(channel);
    grpc::ClientContext context;
    if (takes_long_details) context.AddMetadata("giaoban-detail-bytes", absl::StrCat(kLongestDetailBytes));
    context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    const grpc::Slice nothing;
    const grpc::ByteBuffer request(&nothing, 1);
    grpc::ByteBuffer response;
    grpc::Status result;
    absl::Notification done;
    stub.UnaryCall(&context, path, {}, &request, &response, [&](grpc::Status status) {
      result = std::move(status);
      done.Notify();
    });
    done.WaitForNotification();
    return result;
  }

  std::string Scrape() const {
    std::ostringstream text;
    prometheus::TextSerializer().Serialize(text, process_.metrics.registry->Collect());
    return text.str();
  }

  static TestAuthority* authority_;
  TestEnvironment process_;
  const Environment environment_ = process_.Get("", absl::Now, authority_->Load("directory"));
  CountingDirectory directory_{environment_};
  std::unique_ptr<Server> server_ = Serve(environment_, directory_);
};

TestAuthority* ServerTest::authority_ = nullptr;

const std::string kService = "/giaoban.directory.v1.DirectoryService/";

// Goal: pins that the path the access check sees is the method that runs. A method is reached exactly
// by the roles of its option, and the handler that runs is the one that was judged.
TEST_F(ServerTest, RolesReachTheirMethodsOnly) {
  const auto office = ChannelOf("quang-ninh"), chair = ChannelOf("cum-truong"), head = ChannelOf("van-hanh");
  for (const auto& channel : {office, chair, head}) {
    for (const std::string method : {"RecordOrganisationEvent", "RecordPeriodEvent", "GetCluster"}) {
      const grpc::Status status = Call(channel, kService + method);
      if (status.ok()) continue;
      EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
      EXPECT_EQ(status.error_message(), "not allowed");
    }
  }
  EXPECT_THAT(directory_.calls(),
              ElementsAre("GetCluster by office/quang-ninh", "RecordPeriodEvent by chair/quang-ninh",
                          "GetCluster by chair/quang-ninh", "RecordOrganisationEvent by operator/van-hanh",
                          "RecordPeriodEvent by operator/van-hanh", "GetCluster by operator/van-hanh"));
}

// Goal: unknown methods and services are refused like forbidden ones: nothing is said about what exists.
TEST_F(ServerTest, UnknownMethodsAreRefused) {
  const auto channel = ChannelOf("van-hanh");
  for (const std::string path : {"DirectoryService", "/x/y", "/giaoban.membership.v1.MembershipService/Get",
                                 "/giaoban.directory.v1.DirectoryService/Nothing", "/grpc.health.v1.Health/Nothing"}) {
    EXPECT_EQ(Call(channel, path).error_code(), grpc::StatusCode::PERMISSION_DENIED) << path;
  }
}

// Goal: a denial is counted under names of the contract and logged with who and what; a path the
// caller made up never becomes a label.
TEST_F(ServerTest, DenialsAreCountedAndLogged) {
  const auto channel = ChannelOf("quang-ninh");
  testing::internal::CaptureStderr();
  Call(channel, kService + "RecordPeriodEvent");
  Call(channel, "/made/up");
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("\"identity\":\"office/quang-ninh\",\"person\":\"\",\"path\":\"" + kService +
                             "RecordPeriodEvent\""));
  EXPECT_THAT(log, HasSubstr("\"path\":\"/made/up\""));
  EXPECT_THAT(Scrape(), HasSubstr("giaoban_access_denied_total{grpc_method=\"RecordPeriodEvent\","
                                  "grpc_service=\"giaoban.directory.v1.DirectoryService\"} 1"));
  EXPECT_THAT(Scrape(), HasSubstr("giaoban_access_denied_total{grpc_method=\"unknown\",grpc_service=\"unknown\"} 1"));
  EXPECT_THAT(Scrape(), Not(HasSubstr("made")));
}

// Goal: health answers every verified certificate, and says what it was told.
TEST_F(ServerTest, HealthIsOpen) {
  const auto channel = ChannelOf("quang-ninh");
  EXPECT_TRUE(Call(channel, "/grpc.health.v1.Health/Check").ok());
  EXPECT_THAT(Scrape(), HasSubstr("grpc_server_handled_total{grpc_code=\"OK\",grpc_method=\"Check\","
                                  "grpc_service=\"grpc.health.v1.Health\",grpc_type=\"unary\"} 1"));
}

// Goal: there is no way in without a certificate of this authority.
TEST_F(ServerTest, StrangersAreRefused) {
  const TestAuthority other;
  EXPECT_EQ(Call(ChannelOf(other.Load("quang-ninh", server_->address())), kService + "GetCluster").error_code(),
            grpc::StatusCode::UNAVAILABLE);
  // Even when it believes this server.
  const std::string ca = LoadIdentity(authority_->Folder("quang-ninh"))->ca;
  const IdentityFolder stranger = *LoadIdentity(other.Folder("quang-ninh"));
  const grpc::SslCredentialsOptions believing{ca, stranger.key, stranger.certificate};
  EXPECT_EQ(Call(grpc::CreateChannel(server_->address(), grpc::SslCredentials(believing)), kService + "GetCluster")
                .error_code(),
            grpc::StatusCode::UNAVAILABLE);

  grpc::SslCredentialsOptions nobody;
  nobody.pem_root_certs = ca;
  EXPECT_EQ(
      Call(grpc::CreateChannel(server_->address(), grpc::SslCredentials(nobody)), kService + "GetCluster").error_code(),
      grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Call(grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()), kService + "GetCluster")
                .error_code(),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(directory_.calls(), IsEmpty());
}

// Goal: a client refuses a server whose certificate is not of the service it asked for: an office
// cannot pose as one.
TEST_F(ServerTest, ClientsCheckTheService) {
  const Environment operators = process_.Get("", absl::Now, authority_->Load("van-hanh"));
  CountingDirectory service(operators);
  const auto posing = Serve(operators, service);
  const auto channel = ChannelOf(authority_->Load("quang-ninh", posing->address()));
  EXPECT_EQ(Call(channel, kService + "GetCluster").error_code(), grpc::StatusCode::UNAVAILABLE);
  // By name and by number the real one is believed.
  const std::string port = server_->address().substr(server_->address().rfind(':'));
  EXPECT_TRUE(Call(ChannelOf(authority_->Load("quang-ninh", "localhost" + port)), kService + "GetCluster").ok());
  EXPECT_TRUE(Call(ChannelOf("quang-ninh"), kService + "GetCluster").ok());
}

// Goal: a refusal with hundreds of findings in two languages arrives whole at a client that says it takes as much.
TEST_F(ServerTest, FindingsCrossTheWire) {
  Detail detail{.reason = "REPORT_REFUSED", .vietnamese = "Báo cáo có 300 lỗi."};
  for (int i = 0; i < 300; ++i) {
    report::v1::Finding* finding = detail.findings.add_findings();
    finding->set_rule(absl::StrCat("V", i));
    finding->add_codes("mem_org_total");
    finding->mutable_text()->set_vi("Tổng số tổ chức cơ sở không bằng tổng các loại hình cộng lại");
    finding->mutable_text()->set_en("The number of organisations is not the sum of its kinds");
  }
  directory_.AnswerWith(Error(absl::StatusCode::kInvalidArgument, "the report has faults", detail));
  const absl::Status status = FromGrpc(Call(ChannelOf("quang-ninh"), kService + "GetCluster", true));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DetailOf(status).vietnamese, "Báo cáo có 300 lỗi.");
  ASSERT_EQ(DetailOf(status).findings.findings_size(), 300);
  EXPECT_EQ(DetailOf(status).findings.findings(299).text().vi(),
            "Tổng số tổ chức cơ sở không bằng tổng các loại hình cộng lại");
  EXPECT_THAT(Scrape(), HasSubstr("grpc_code=\"INVALID_ARGUMENT\",grpc_method=\"GetCluster\""));
}

// Goal: a message past the limit is refused with its own code, and service goes on.
TEST_F(ServerTest, LargeMessagesAreRefused) {
  const auto stub = DirectoryService::NewStub(ChannelOf("quang-ninh"));
  directory::v1::GetClusterRequest request;
  request.set_cluster(std::string(2 << 20, 'x'));
  directory::v1::GetClusterResponse response;
  grpc::ClientContext large, small;
  EXPECT_EQ(stub->GetCluster(&large, request, &response).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(stub->GetCluster(&small, {}, &response).ok());
}

// Goal: a stop waits for calls that run, refuses new ones meanwhile, but never waits longer than its patience.
TEST_F(ServerTest, StopWaitsForRunningCalls) {
  const auto stub = DirectoryService::NewStub(ChannelOf("quang-ninh"));
  const auto others = ChannelOf("van-hanh");
  ASSERT_TRUE(Call(others, kService + "GetCluster").ok());
  grpc::ClientContext context;
  std::thread endless([&] {
    directory::v1::GetLineageResponse response;
    EXPECT_EQ(stub->GetLineage(&context, {}, &response).error_code(), grpc::StatusCode::CANCELLED);
  });
  directory_.AwaitCall("GetLineage");
  absl::Notification stopped;
  std::thread stop([&] {
    server_->Shutdown(absl::InfiniteDuration());
    stopped.Notify();
  });
  grpc::Status refused;
  while ((refused = Call(others, kService + "GetCluster")).ok()) {
  }
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(Call(others, "/grpc.health.v1.Health/Check").ok());
  EXPECT_FALSE(stopped.HasBeenNotified());
  context.TryCancel();
  stop.join();
  endless.join();
}

// Goal: a call that does not end is cancelled when the patience is over.
TEST_F(ServerTest, StopCancelsWhatDoesNotEnd) {
  const auto stub = DirectoryService::NewStub(ChannelOf("quang-ninh"));
  std::thread endless([&] {
    grpc::ClientContext context;
    directory::v1::GetLineageResponse response;
    EXPECT_FALSE(stub->GetLineage(&context, {}, &response).ok());
  });
  directory_.AwaitCall("GetLineage");
  server_->Shutdown(absl::Milliseconds(50));
  endless.join();
}

// Goal: a taken port is an error that names it, not a share of the calls.
TEST_F(ServerTest, TakenPortIsAnError) {
  CountingDirectory second(environment_);
  const auto server =
      Server::Start(environment_, server_->address(), {ServedAs<directory::v1::DirectoryService>(second)});
  EXPECT_EQ(server.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(server.status().message()), HasSubstr("cannot listen on " + server_->address()));
}

// Goal: an identity folder that does not know a service says so.
TEST_F(ServerTest, UnknownServiceHasNoChannel) {
  const absl::Status status = Connect(*authority_->Load("quang-ninh"), "membership").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(DetailOf(status).vietnamese, HasSubstr("không có địa chỉ của dịch vụ membership"));
}

}  // namespace
}  // namespace giaoban::runtime
