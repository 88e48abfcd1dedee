// Errors and findings as the command line prints them, and exit codes.
#ifndef GIAOBAN_CLI_ERRORS_H_
#define GIAOBAN_CLI_ERRORS_H_

#include <vector>

#include "absl/status/status.h"
#include "giaoban/report/v1/report.pb.h"
#include "services/cli/console.h"

namespace giaoban::cli {

// What a run ends with; `giaoban help` says the same.
enum ExitCode : int {
  kExitDone = 0,
  // The content was refused; the findings say why.
  kExitRefused = 1,
  // Wrong usage, or an identity folder or file that cannot be used.
  kExitUsage = 2,
  // Not allowed, not found, or in conflict with what is recorded.
  kExitDenied = 3,
  // No answer: not reachable, too slow, overloaded, or failing.
  kExitUnreachable = 4,
  // What is stored is not what was signed.
  kExitUnverified = 5,
};

int ExitCodeOf(const absl::Status& status);

// Prints an error with everything that came with it to standard error: one JSON object
// with --format json, otherwise sentences and findings for people. `file` is the one it is about, if any.
void PrintError(const absl::Status& status, const Console& console, absl::string_view file = "");

using FindingList = std::vector<report::v1::Finding>;

// The findings an error carries.
FindingList FindingsIn(const absl::Status& status);
// Findings for people, one paragraph each: severity, rule, text, codes, explanation.
void PrintFindings(const FindingList& findings, const Console& console, std::ostream& out);
Json ToJson(const FindingList& findings);
// Findings for programs.
Table FindingTable(const FindingList& findings, const Console& console);

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_ERRORS_H_
