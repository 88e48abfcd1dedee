#include "services/shared/runtime/call.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>

#include <algorithm>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "services/shared/runtime/statement.h"

namespace giaoban::runtime {
namespace {

absl::StatusOr<Identity> PeerIdentity(const grpc::AuthContext& context) {
  const std::vector<grpc::string_ref> uris = context.FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME);
  if (uris.size() != 1) return absl::UnauthenticatedError("the certificate does not carry exactly one identity");
  return ParseIdentity(absl::string_view(uris.front().data(), uris.front().size()));
}

// "192.0.2.7" of gRPC's "ipv4:192.0.2.7:53211", "2001:db8::7" of "ipv6:%5B2001:db8::7%5D:53211".
std::string AddressOf(absl::string_view peer) {
  const size_t scheme = peer.find(':'), port = peer.rfind(':');
  if (scheme == absl::string_view::npos || port <= scheme) return "";
  absl::string_view host = peer.substr(scheme + 1, port - scheme - 1);
  if (absl::ConsumePrefix(&host, "%5B")) absl::ConsumeSuffix(&host, "%5D");
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  return std::string(host);
}

}  // namespace

size_t DetailBytes(const grpc::CallbackServerContext& context) {
  const auto said = context.client_metadata().find("giaoban-detail-bytes");
  size_t bytes = 0;
  if (said == context.client_metadata().end() ||
      !absl::SimpleAtoi(absl::string_view(said->second.data(), said->second.size()), &bytes)) {
    return kDetailBytes;
  }
  return std::max(bytes, kDetailBytes);
}

Caller CallerOf(const grpc::ServerContextBase& context) {
  // Nobody, who may do nothing, if a call should ever come here unchecked.
  const Identity peer = PeerIdentity(*context.auth_context()).value_or(Identity{});
  const auto carried = context.client_metadata().find(kStatementMetadata);
  if (carried == context.client_metadata().end()) {
    Caller caller{peer};
    caller.address = AddressOf(context.peer());
    return caller;
  }
  directory::v1::SignedStatement envelope;
  directory::v1::Statement statement;
  if (!envelope.ParseFromArray(carried->second.data(), static_cast<int>(carried->second.size())) ||
      !statement.ParseFromString(envelope.statement())) {
    return {};
  }
  return CallerOf(statement, peer);
}

absl::Status Denied() {
  return Error(absl::StatusCode::kPermissionDenied, "not allowed",
               {.reason = "NOT_ALLOWED", .vietnamese = "Không được phép."});
}

}  // namespace giaoban::runtime
