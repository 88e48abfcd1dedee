// Report files on their way to a service.
#ifndef GIAOBAN_CLI_REPORT_FILE_H_
#define GIAOBAN_CLI_REPORT_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "services/cli/commands.h"
#include "services/cli/errors.h"
#include "services/shared/contract/sheet.h"

namespace giaoban::cli {

// Reads a report file. A file that cannot be opened is a usage error; one that cannot be read
// as a report is refused with a finding FILE, like any other content.
absl::StatusOr<contract::Sheet> ReadReportFile(const Context& context, const std::string& path);

// The revision a submission would be based on now: the latest; 0 when there is none.
absl::StatusOr<int64_t> CurrentRevision(ReportClient& client, const report::v1::ReportKey& key);

// What goes with the sheet: key, explanations, --reason, a request id.
report::v1::Submission SubmissionOf(const Context& context, const contract::Sheet& sheet, int64_t base);

// What the service says of a sheet without storing it, the file's own faults among it.
struct Verdict {
  // OK; refused with all findings; or what kept the service from saying. Then the findings
  // are those of the file.
  absl::Status status;
  FindingList findings;
};
Verdict AskVerdict(const Context& context, const contract::Sheet& sheet);

// Refused content as an error, for all that is done with errors.
absl::Status Refused(const FindingList& findings, absl::StatusCode code = absl::StatusCode::kInvalidArgument,
                     absl::string_view reason = "REPORT_REFUSED");

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_REPORT_FILE_H_
