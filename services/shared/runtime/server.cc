#include "services/shared/runtime/server.h"

#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/shared/runtime/call_metrics.h"

namespace giaoban::runtime {
namespace {

constexpr int kKeepaliveMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
// How long gRPC may wait for idle connections to acknowledge the end. It has no use for its
// answers, but some clients only look at a connection when they have a call.
constexpr absl::Duration kFarewell = absl::Milliseconds(100);
// Clients of the suite ping every 20 s.
constexpr int kPingsNotOftenerThanMs = 10'000;

std::shared_ptr<grpc::ServerCredentials> Checked(const MethodTable& table, const RunningCalls& calls,
                                                 const Environment& environment) {
  auto credentials = environment.credentials->ForServer();
  credentials->SetAuthMetadataProcessor(MakeAccessCheck(table, calls, environment));
  return credentials;
}

int Milliseconds(int64_t seconds) { return static_cast<int>(1000 * seconds); }

void Limit(grpc::ServerBuilder& builder, const Limits& limits) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(limits.request_bytes));
  builder.SetResourceQuota(grpc::ResourceQuota("giaoban").Resize(static_cast<size_t>(limits.memory_bytes)));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, static_cast<int>(limits.calls_per_connection));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, Milliseconds(limits.connection_idle_seconds));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Milliseconds(limits.connection_age_seconds));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, Milliseconds(limits.connection_grace_seconds));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, Milliseconds(limits.handshake_seconds));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kPingsNotOftenerThanMs);
  // Two servers on one port would share its calls; a taken port is an error instead.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

std::string WithPort(const std::string& listen, int port) {
  return absl::StrCat(listen.substr(0, listen.rfind(':')), ":", port);
}

std::vector<const google::protobuf::ServiceDescriptor*> ContractsOf(const std::vector<Served>& services) {
  std::vector<const google::protobuf::ServiceDescriptor*> contracts;
  for (const Served& served : services) contracts.push_back(served.contract);
  return contracts;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Environment& environment, const std::string& listen,
                                                      const std::vector<Served>& services) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();

  auto server = absl::WrapUnique(new Server(environment, services, listen));
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(listen, Checked(server->table_, server->calls_, server->environment_), &port);
  for (const Served& served : services) builder.RegisterService(served.service);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(MakeCallMetrics(server->table_, server->calls_, server->environment_));
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  Limit(builder, environment.limits);
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || port == 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", listen, ": the port is taken or the address is not of this machine"));
  }
  server->address_ = WithPort(listen, port);
  server->SetHealth("", false);
  for (const Served& served : services) server->SetHealth(served.contract->full_name(), false);
  return server;
}

Server::Server(const Environment& environment, const std::vector<Served>& services, const std::string& listen)
    : environment_(environment), table_(ContractsOf(services)), address_(listen) {}

Server::~Server() {
  if (server_ != nullptr) Shutdown(absl::ZeroDuration());
}

void Server::SetHealth(const std::string& service, bool serving) {
  server_->GetHealthCheckService()->SetServingStatus(service, serving);
}

void Server::EndHealth() { server_->GetHealthCheckService()->Shutdown(); }

void Server::Shutdown(absl::Duration patience) {
  calls_.Stop();
  calls_.AwaitNone(patience);
  server_->Shutdown(absl::ToChronoTime(absl::Now() + kFarewell));
  server_->Wait();
}

}  // namespace giaoban::runtime
