// Report files: what an office fills in and sends. Two forms with the same content.
//
// CSV (RFC 4180, UTF-8, an optional byte order mark, comma or semicolon as
// separator): a header naming at least the columns code, value and explanation in
// any order (further columns such as label and unit are read by people only),
// then one row each for kind, cluster, period and bloc, one per indicator, and
// one per explained warning with the rule's id as its code. An explanation beside
// an indicator explains every warning that indicator takes part in. A value with
// a comma is quoted where the comma is the separator; a row with more fields than
// the header is refused for that reason. Files are written with a byte order mark,
// without which spreadsheets garble Vietnamese.
//
// JSON: {"kind", "cluster", "period", "bloc", "values": {code: number or text},
// "explanations": {rule or code: text}}. A text is read as typed in the CSV form.
// A number is an integer for counts; for percentages it is the percentage itself and
// may have two decimals (98.5 is 98,5 %: JSON's point has one meaning). null is blank.
#ifndef GIAOBAN_CONTRACT_SHEET_H_
#define GIAOBAN_CONTRACT_SHEET_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "giaoban/report/v1/report.pb.h"
#include "services/shared/contract/catalogue.h"
#include "services/shared/contract/format.h"
#include "services/shared/contract/validation.h"

namespace giaoban::contract {

// A report file as read.
struct Sheet {
  const Form* form = nullptr;
  report::v1::ReportKey key;
  // Blank where nothing readable stands.
  Cells cells;
  std::map<std::string, std::string> explanations;
  // Faults of the file itself: NOT_A_NUMBER, UNKNOWN_CODE, DUPLICATE_CODE, KEY.
  // What could be read is in the fields above, so that the rules can be checked in
  // the same go and every fault is named at once.
  Findings findings;
};

enum class SheetFormat { kCsv, kJson };

// Reads a file; JSON when its first character is '{'. INVALID_ARGUMENT with the
// line only when it cannot be read at all: broken quoting or JSON, no header,
// bad UTF-8, more than 1 MiB, no known kind.
absl::StatusOr<Sheet> ReadSheet(const Catalogue& catalogue, absl::string_view content);

// What ReadSheet says of a file that cannot be read, in Vietnamese; the message is English.
std::string UnreadableInVietnamese(const absl::Status& status);

// A file to fill in, or filled with `cells` (of the form's size; blank cells stay
// blank). With labels and units for the reader of the CSV form.
std::string WriteSheet(const Catalogue& catalogue, const Form& form, const report::v1::ReportKey& key,
                       const Cells& cells, const std::map<std::string, std::string>& explanations, SheetFormat format,
                       Language language);

// Drops findings of the rules that only repeat a fault of the file: a cell that could
// not be read is not also "required and blank", a malformed key is named once.
Findings MergeFindings(const Findings& file, const Findings& rules);

}  // namespace giaoban::contract

#endif  // GIAOBAN_CONTRACT_SHEET_H_
