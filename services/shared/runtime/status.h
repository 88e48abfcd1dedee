// Errors: one vocabulary inside, one border to gRPC.
//
// Inside the suite an error is an absl::Status whose message is English for
// developers. What goes with it for machines and people (reason, metadata,
// findings, the Vietnamese sentence) is a payload. ToGrpc is the only place where it becomes a
// gRPC status, FromGrpc the only place where it comes back.
#ifndef GIAOBAN_RUNTIME_STATUS_H_
#define GIAOBAN_RUNTIME_STATUS_H_

#include <grpcpp/support/status.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "giaoban/report/v1/report.pb.h"

namespace giaoban::runtime {

// What people and machines are told beside the English message.
struct Detail {
  // UPPER_SNAKE_CASE, stable: "REVISION_CONFLICT".
  std::string reason;
  // For people.
  std::string vietnamese;
  // For programs: {"current_revision", "3"}.
  std::vector<std::pair<std::string, std::string>> metadata = {};
  // Faults of content, all at once.
  report::v1::Findings findings = {};
};

// An error with its detail.
absl::Status Error(absl::StatusCode code, absl::string_view english, Detail detail);

// The detail of an error; empty fields when it carries none.
Detail DetailOf(const absl::Status& status);

// Details any client can take: gRPC's own limit on all metadata of a trailer is 8 KiB, some count it in base64, and
// a client that keeps it gets nothing of a longer one, not even the code.
inline constexpr size_t kDetailBytes = 5632;

// To gRPC, with google.rpc.Status in the trailer. Errors without a detail that are
// INTERNAL or UNKNOWN are logged and leave as one fixed sentence: what a driver
// says is not for callers. Details longer than `detail_bytes` are shortened: violations come to name each field
// once with its rules, then texts of findings are left out from the last on. Every finding keeps its rule, codes and
// values.
grpc::Status ToGrpc(const absl::Status& status, size_t detail_bytes = kDetailBytes);

// From gRPC, with the detail restored.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_STATUS_H_
