#include "services/shared/runtime/client.h"

#include <grpc/grpc.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "services/shared/runtime/status.h"

namespace giaoban::runtime {
namespace {

constexpr int kKeepaliveMs = 20'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
constexpr int kFirstReconnectMs = 100;
constexpr int kLongestReconnectMs = 2'000;
constexpr int kConnectTimeoutMs = 5'000;
// Published documents come down; nothing that large goes up.
constexpr int kReceiveBytes = 16 << 20;
constexpr int kSendBytes = 1 << 20;
// The findings of a refused report travel in the trailer; gRPC's own limit is 8 KiB.
constexpr int kTrailerBytes = 2 * kLongestDetailBytes;

// What a process of "membership" serves, as far as this program calls it.
std::vector<std::string> ServicesOf(absl::string_view service) {
  std::string name(service);
  name[0] = absl::ascii_toupper(name[0]);
  return {absl::StrCat("giaoban.", service, ".v1.", name, "Service"), "giaoban.directory.v1.AccountService",
          "giaoban.audit.v1.AuditService"};
}

// The methods that may be repeated: their option idempotency_level says so.
nlohmann::json Repeatable(absl::string_view service) {
  using google::protobuf::MethodOptions;
  nlohmann::json names = nlohmann::json::array();
  for (const std::string& name : ServicesOf(service)) {
    const auto* found = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    for (int i = 0; found != nullptr && i < found->method_count(); ++i) {
      const google::protobuf::MethodDescriptor& method = *found->method(i);
      // Whoever reads a stream knows where it stood.
      if (method.server_streaming() || method.options().idempotency_level() == MethodOptions::IDEMPOTENCY_UNKNOWN) {
        continue;
      }
      names.push_back({{"service", name}, {"method", method.name()}});
    }
  }
  return names;
}

// See gRPC's service config.
std::string ServiceConfig(absl::string_view service) {
  const nlohmann::json retry = {{"maxAttempts", 5},
                                {"initialBackoff", "0.1s"},
                                {"maxBackoff", "2s"},
                                {"backoffMultiplier", 2},
                                {"retryableStatusCodes", {"UNAVAILABLE"}}};
  nlohmann::json methods = nlohmann::json::array();
  methods.push_back({{"name", Repeatable(service)}, {"retryPolicy", retry}});
  nlohmann::json config;
  config["loadBalancingConfig"] = nlohmann::json::array({{{"round_robin", nlohmann::json::object()}}});
  config["methodConfig"] = std::move(methods);
  return config.dump();
}

std::string TargetOf(const std::string& address) {
  if (AddressesIn(address).size() == 1) return address;
  return absl::StrCat(address[0] == '[' ? "ipv6:" : "ipv4:", address);
}

grpc::ChannelArguments Arguments(absl::string_view service) {
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(ServiceConfig(service));
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstReconnectMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLongestReconnectMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, kTrailerBytes);
  // Where services are is said in the identity folder, never in the environment.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(kReceiveBytes);
  arguments.SetMaxSendMessageSize(kSendBytes);
  return arguments;
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const Credentials& credentials, absl::string_view service,
                                                       absl::string_view chosen) {
  const auto address = credentials.addresses().find(std::string(service));
  if (address == credentials.addresses().end()) {
    const std::string path = absl::StrCat(credentials.directory(), "/addresses");
    return Error(absl::StatusCode::kNotFound, absl::StrCat(path, " does not name ", service),
                 {.reason = "NO_ADDRESS",
                  .vietnamese = absl::StrCat("Tệp ", path, " không có địa chỉ của dịch vụ ", service, ".")});
  }
  const std::string target = TargetOf(chosen.empty() ? address->second : std::string(chosen));
  return grpc::CreateCustomChannel(target, credentials.ForChannels(std::string(service)), Arguments(service));
}

}  // namespace giaoban::runtime
