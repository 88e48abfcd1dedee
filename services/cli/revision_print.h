// A report's revision with its figures, as people and programs read it.
#ifndef GIAOBAN_CLI_REVISION_PRINT_H_
#define GIAOBAN_CLI_REVISION_PRINT_H_

#include <vector>

#include "services/cli/commands.h"

namespace giaoban::cli {

// Text: about the revision, then its figures. CSV: the report file, ready to be changed and
// sent again. JSON: {"revision", "report"}, the latter as in a report file.
void PrintContent(const Context& context, const contract::Form& form, const ReportClient::Content& content);

// Revisions without their figures, one a row.
Table RevisionTable(const std::vector<report::v1::Revision>& revisions, const Console& console);

// The cells that differ, one a row: code, label, old, new, difference. The difference is blank
// where one of the two is.
Table DiffTable(const contract::Form& form, const contract::Cells& from, const contract::Cells& to,
                const Console& console);

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_REVISION_PRINT_H_
