#include "services/shared/runtime/call.h"

#include <grpcpp/security/auth_context.h>

#include <algorithm>

#include "absl/strings/numbers.h"

namespace giaoban::runtime {

size_t DetailBytes(const grpc::CallbackServerContext& context) {
  const auto said = context.client_metadata().find("giaoban-detail-bytes");
  size_t bytes = 0;
  if (said == context.client_metadata().end() ||
      !absl::SimpleAtoi(absl::string_view(said->second.data(), said->second.size()), &bytes)) {
    return kDetailBytes;
  }
  return std::max(bytes, kDetailBytes);
}

Identity CallerOf(const grpc::CallbackServerContext& context) {
  // Nobody, who may do nothing, if a call should ever come here unchecked.
  return PeerIdentity(*context.auth_context()).value_or(Identity{});
}

absl::Status Denied() {
  return Error(absl::StatusCode::kPermissionDenied, "not allowed",
               {.reason = "NOT_ALLOWED", .vietnamese = "Không được phép."});
}

}  // namespace giaoban::runtime
