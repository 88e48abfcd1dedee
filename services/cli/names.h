// Names, periods and times as people write and read them on the command line.
#ifndef GIAOBAN_CLI_NAMES_H_
#define GIAOBAN_CLI_NAMES_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/cli/connection.h"
#include "services/cli/console.h"
#include "services/shared/contract/period.h"

namespace giaoban::cli {

absl::Time ToTime(const google::protobuf::Timestamp& time);
google::protobuf::Timestamp ToTimestamp(absl::Time time);

// "6 tháng đầu năm 2023", "first half of 2023"; the text itself when it is no half-year.
std::string PeriodInWords(const std::string& period, const Console& console);

// Which moment of a day stands for a date without a time.
enum class DayEdge { kStart, kEnd };

// Reads "2023-07-05", "2023-07-05 14:30" (both in Vietnam time) or RFC 3339. A usage error names the option.
absl::StatusOr<absl::Time> ParseMoment(absl::string_view option, absl::string_view text, DayEdge edge);
// Checks "2023-07-05".
absl::StatusOr<std::string> ParseDate(absl::string_view option, absl::string_view text);

// What people call a cluster and its blocs. An id without a known name stands for itself.
struct Names {
  std::string cluster;
  std::map<std::string, std::string> blocs;

  std::string Bloc(const std::string& id) const;
};

// Asks the directory, as of the last day of the period where it is one. When the directory does not answer, the ids
// have to do, and a remark on standard error says so.
Names AskNames(Connection& connection, const Console& console, const std::string& cluster, const std::string& period);

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_NAMES_H_
