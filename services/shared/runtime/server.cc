#include "services/shared/runtime/server.h"

#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <utility>

#include "absl/time/clock.h"
#include "services/shared/runtime/call_metrics.h"
#include "services/shared/runtime/log.h"

namespace giaoban::runtime {
namespace {

constexpr int kReflectionPollers = 2;
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
  // No compression: gRPC would inflate a message whole before it looks at its size.
  builder.AddChannelArgument(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1 << GRPC_COMPRESS_NONE);
  grpc::ResourceQuota quota("giaoban");
  quota.Resize(static_cast<size_t>(limits.memory_bytes));
  // Reflection is gRPC's only service here that takes threads: one for each stream and some to wait for the next.
  quota.SetMaxThreads(static_cast<int>(limits.reflection_streams) + kReflectionPollers);
  builder.SetResourceQuota(quota);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, static_cast<int>(limits.calls_per_connection));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, Milliseconds(limits.connection_idle_seconds));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Milliseconds(limits.connection_age_seconds));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, Milliseconds(limits.connection_grace_seconds));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, Milliseconds(limits.handshake_seconds));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kPingsNotOftenerThanMs);
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

  auto listener = Listener::Open(listen);
  if (!listener.ok()) return listener.status();
  auto server = absl::WrapUnique(new Server(environment, services, *std::move(listener)));
  grpc::ServerBuilder builder;
  server->acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      Checked(server->table_, server->calls_, server->environment_));
  for (const Served& served : services) builder.RegisterService(served.service);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(MakeCallMetrics(server->table_, server->calls_, server->environment_));
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  Limit(builder, environment.limits);
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr) return absl::InternalError("gRPC does not start a server");
  server->SetHealth("", false);
  for (const Served& served : services) server->SetHealth(served.contract->full_name(), false);
  server->Listen();
  return server;
}

Server::Server(const Environment& environment, const std::vector<Served>& services, std::unique_ptr<Listener> listener)
    : environment_(environment),
      table_(ContractsOf(services)),
      address_(listener->address()),
      listener_(std::move(listener)) {}

void Server::Listen() {
  const Limits& limits = environment_.limits;
  auto take = [this](int socket) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.fd = socket;
    acceptor_->HandleNewConnection(&connection);
  };
  auto refused = [this] { CountPastLimit(&Limits::connections, environment_.metrics); };
  auto failed = [](const std::string& cause) {
    Log(Severity::kError, "a connection cannot be taken in", {{"cause", cause}});
  };
  listener_->Start(limits.connections, {std::move(take), std::move(refused), std::move(failed)});
}

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
  listener_.reset();
  server_->Shutdown(absl::ToChronoTime(absl::Now() + kFarewell));
  server_->Wait();
}

}  // namespace giaoban::runtime
