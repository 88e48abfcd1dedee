// Report files on their way to the services, many at once.
#ifndef GIAOBAN_CLI_SENDING_H_
#define GIAOBAN_CLI_SENDING_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/cli/commands.h"

namespace giaoban::cli {

// What became of one file.
struct Outcome {
  struct Sent {
    std::string request_id;
    ReportClient::Submitted answer;
  };
  // The error also for a file with faults of its own, which is never submitted.
  absl::StatusOr<Sent> sent;
  // Why the service could not be asked what the rules have to say of such a file.
  absl::Status not_asked;
};

// The files among the operands and, sorted, those ending in .csv or .json in the folders among them and below. A usage
// error for a folder that cannot be read or has none.
absl::StatusOr<std::vector<std::string>> ReportFiles(const Context& context);

// Submits files, several at once but those of the same report one after the other. `done` is called for each in their
// order, from the calling thread. The first goes alone, and once a service does not answer no more are begun: those are
// left out.
void SubmitAll(const Context& context, const std::vector<std::string>& files,
               absl::FunctionRef<void(size_t file, const Outcome& outcome)> done);

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_SENDING_H_
