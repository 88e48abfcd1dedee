// The steps of reading a report file. Only csv.cc and sheet*.cc include this.
#ifndef GIAOBAN_CONTRACT_SHEET_ENTRY_H_
#define GIAOBAN_CONTRACT_SHEET_ENTRY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace giaoban::contract {

// Where in a file an entry stands, and so what its code may be.
enum class Place { kRow, kKey, kValue, kExplanation };

// One thing a file says, in either form, not yet understood.
struct SheetEntry {
  Place place = Place::kRow;
  std::string code;
  std::string value;
  std::string explanation;
  // Line of a CSV file; 0 in JSON.
  int line = 0;
  // Fields beyond the columns of a CSV file: a separator inside a value that should be quoted.
  size_t surplus = 0;
  // A number of JSON: its point separates decimals.
  bool is_json_number = false;
};

absl::StatusOr<std::vector<SheetEntry>> ReadCsvEntries(absl::string_view content);
absl::StatusOr<std::vector<SheetEntry>> ReadJsonEntries(absl::string_view content);

// INVALID_ARGUMENT for a file that cannot be read at all. Line 0: the whole file.
absl::Status UnreadableSheet(int line, absl::string_view vi, absl::string_view en);

}  // namespace giaoban::contract

#endif  // GIAOBAN_CONTRACT_SHEET_ENTRY_H_
