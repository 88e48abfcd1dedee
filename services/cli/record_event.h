// Recording events in the directory.
#ifndef GIAOBAN_CLI_RECORD_EVENT_H_
#define GIAOBAN_CLI_RECORD_EVENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "giaoban/directory/v1/directory.pb.h"
#include "services/cli/commands.h"

namespace giaoban::cli {

// Sends an event, whichever of the two kinds it is, and returns its entry.
absl::StatusOr<report::v1::Entry> RecordEvent(Connection& connection, const directory::v1::Event& event,
                                              const std::string& request_id);

// Records one event under --request-id or a new one and prints where it stands.
absl::StatusOr<int> RecordAndPrint(const Context& context, const directory::v1::Event& event);

// A request id made of the event's content, so that recording it twice is one event.
std::string RequestIdFor(const directory::v1::Event& event);

// The events of a file: a JSON list of {"organisation": …} or {"period": …}. A usage error names the one
// that cannot be read.
absl::StatusOr<std::vector<directory::v1::Event>> ReadEvents(const std::string& path);

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_RECORD_EVENT_H_
