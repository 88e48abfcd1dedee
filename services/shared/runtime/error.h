// Errors as the suite makes and reads them: everything but their border to gRPC, which is status.h.
//
// Inside the suite an error is an absl::Status whose message is English for
// developers. What goes with it for machines and people (reason, metadata,
// findings, the Vietnamese sentence) is a payload.
#ifndef GIAOBAN_RUNTIME_ERROR_H_
#define GIAOBAN_RUNTIME_ERROR_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "giaoban/report/v1/report.pb.h"

namespace google::rpc {
class Status;
}  // namespace google::rpc

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
  // Not to be tried again sooner; zero when nothing is said about it.
  absl::Duration retry = absl::ZeroDuration();
};

// An error with its detail. Sentences longer than 600 bytes are cut: they quote what a caller sent.
absl::Status Error(absl::StatusCode code, absl::string_view english, Detail detail);

// The detail of an error; empty fields when it carries none.
Detail DetailOf(const absl::Status& status);

// The payload: a serialised google.rpc.Status, as it leaves in the trailer, so that nothing is translated twice.
inline constexpr absl::string_view kDetailPayload = "giaoban.detail";

// What the payload of an error holds; empty when it carries none, or one that cannot be read.
google::rpc::Status WireOf(const absl::Status& status);

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_ERROR_H_
