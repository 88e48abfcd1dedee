#include "services/shared/runtime/client.h"

#include <grpc/grpc.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include "absl/strings/str_cat.h"
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

grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments arguments;
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

absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const Credentials& credentials, absl::string_view service) {
  const auto address = credentials.addresses().find(std::string(service));
  if (address == credentials.addresses().end()) {
    const std::string path = absl::StrCat(credentials.directory(), "/addresses");
    return Error(absl::StatusCode::kNotFound, absl::StrCat(path, " does not name ", service),
                 {.reason = "NO_ADDRESS",
                  .vietnamese = absl::StrCat("Tệp ", path, " không có địa chỉ của dịch vụ ", service, ".")});
  }
  return grpc::CreateCustomChannel(address->second, credentials.ForChannels(), Arguments());
}

}  // namespace giaoban::runtime
