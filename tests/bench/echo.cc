// Bare gRPC: what the suite's server is made of and nothing besides. It has the suite's own credentials, answers Submit
// with the bytes of the request and GetSummary with as many bytes as it is told, and looks at neither.
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "giaoban/aggregator/v1/aggregator.grpc.pb.h"
#include "giaoban/membership/v1/service.grpc.pb.h"
#include "services/shared/runtime/credentials.h"

ABSL_FLAG(std::string, identity, "", "Identity folder of a service.");
ABSL_FLAG(std::string, listen, "", "host:port.");
ABSL_FLAG(int64_t, answer_bytes, 0, "Bytes of an answer to GetSummary.");

namespace giaoban::bench {
namespace {

using grpc::ByteBuffer;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

class Echo final : public membership::v1::MembershipService::WithRawCallbackMethod_Submit<
                       membership::v1::MembershipService::Service> {
  ServerUnaryReactor* Submit(CallbackServerContext* context, const ByteBuffer* request, ByteBuffer* response) override {
    *response = *request;
    ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

class Answer final : public aggregator::v1::AggregatorService::WithRawCallbackMethod_GetSummary<
                         aggregator::v1::AggregatorService::Service> {
 public:
  explicit Answer(size_t bytes) : bytes_(bytes, 'x') {}

 private:
  ServerUnaryReactor* GetSummary(CallbackServerContext* context, const ByteBuffer*, ByteBuffer* response) override {
    const grpc::Slice slice(bytes_);
    *response = ByteBuffer(&slice, 1);
    ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  const std::string bytes_;
};

int Run() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  const auto credentials = runtime::Credentials::Load(absl::GetFlag(FLAGS_identity));
  if (!credentials.ok()) {
    std::fprintf(stderr, "%s\n", credentials.status().ToString().c_str());
    return 1;
  }
  Echo echo;
  Answer answer(static_cast<size_t>(absl::GetFlag(FLAGS_answer_bytes)));
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(absl::GetFlag(FLAGS_listen), (*credentials)->ForServer(), &port);
  builder.RegisterService(&echo);
  builder.RegisterService(&answer);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) return 1;
  std::printf("serving bare gRPC\n");
  std::fflush(stdout);
  int ended = 0;
  sigwait(&ends, &ended);
  server->Shutdown();
  return 0;
}

}  // namespace
}  // namespace giaoban::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return giaoban::bench::Run();
}
