// CSV as in RFC 4180, with comma or semicolon.
#ifndef GIAOBAN_CONTRACT_CSV_H_
#define GIAOBAN_CONTRACT_CSV_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace giaoban::contract {

// A record: its fields, unquoted, and the line it begins on.
struct CsvRecord {
  int line = 0;
  std::vector<std::string> fields;
};

// Reads all records. Lines end with LF, CR or both; empty lines are skipped.
// INVALID_ARGUMENT with the line for broken quoting.
absl::StatusOr<std::vector<CsvRecord>> ReadCsv(absl::string_view content, char separator);

// A field as it stands in a file, quoted where that is needed.
std::string CsvField(absl::string_view text);

}  // namespace giaoban::contract

#endif  // GIAOBAN_CONTRACT_CSV_H_
