// Errors: one vocabulary inside (error.h), one border to gRPC. ToGrpc is the only place where an error becomes a
// gRPC status, FromGrpc the only place where it comes back.
#ifndef GIAOBAN_RUNTIME_STATUS_H_
#define GIAOBAN_RUNTIME_STATUS_H_

#include <grpcpp/support/status.h>

#include <cstddef>

#include "absl/status/status.h"
#include "services/shared/runtime/error.h"

namespace giaoban::runtime {

// Details any client can take: gRPC's own limit on all metadata of a trailer is 8 KiB, some count it in base64, and
// a client that keeps it gets nothing of a longer one, not even the code.
inline constexpr size_t kDetailBytes = 5632;

// To gRPC, with google.rpc.Status in the trailer. Errors without a detail that are
// INTERNAL or UNKNOWN are logged and leave as one fixed sentence: what a driver
// says is not for callers. So are UNAVAILABLE, RESOURCE_EXHAUSTED and ABORTED, what stores say that are away, full,
// busy; they leave with when to come again. Details longer than `detail_bytes` are shortened: violations come to name
// each field once with its rules, then texts of findings are left out from the last on. Every finding keeps its rule,
// codes and values.
grpc::Status ToGrpc(const absl::Status& status, size_t detail_bytes = kDetailBytes);

// From gRPC, with the detail restored.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_STATUS_H_
