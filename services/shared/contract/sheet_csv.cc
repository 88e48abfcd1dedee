#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/shared/contract/csv.h"
#include "services/shared/contract/sheet_entry.h"

namespace giaoban::contract {
namespace {

struct Columns {
  size_t code, value, explanation;
};

bool FindColumn(const CsvRecord& header, absl::string_view name, size_t* column) {
  for (size_t i = 0; i < header.fields.size(); ++i) {
    if (absl::AsciiStrToLower(absl::StripAsciiWhitespace(header.fields[i])) == name) {
      *column = i;
      return true;
    }
  }
  return false;
}

bool FindColumns(const CsvRecord& header, Columns* columns) {
  return FindColumn(header, "code", &columns->code) && FindColumn(header, "value", &columns->value) &&
         FindColumn(header, "explanation", &columns->explanation);
}

std::string FieldOf(const CsvRecord& record, size_t column) {
  if (column >= record.fields.size()) return "";
  return std::string(absl::StripAsciiWhitespace(record.fields[column]));
}

std::vector<SheetEntry> Entries(const std::vector<CsvRecord>& records, const Columns& columns) {
  std::vector<SheetEntry> entries;
  for (size_t i = 1; i < records.size(); ++i) {
    const CsvRecord& record = records[i];
    SheetEntry entry;
    entry.code = FieldOf(record, columns.code);
    entry.value = FieldOf(record, columns.value);
    entry.explanation = FieldOf(record, columns.explanation);
    entry.line = record.line;
    entry.surplus = std::max(record.fields.size(), records[0].fields.size()) - records[0].fields.size();
    if (!entry.code.empty() || !entry.value.empty() || !entry.explanation.empty()) entries.push_back(entry);
  }
  return entries;
}

}  // namespace

absl::StatusOr<std::vector<SheetEntry>> ReadCsvEntries(absl::string_view content) {
  absl::Status status;
  for (const char separator : {',', ';'}) {
    const absl::StatusOr<std::vector<CsvRecord>> records = ReadCsv(content, separator);
    Columns columns{};
    if (!records.ok()) {
      status.Update(records.status());
    } else if (!records->empty() && FindColumns(records->front(), &columns)) {
      return Entries(*records, columns);
    }
  }
  if (!status.ok()) return status;
  return UnreadableSheet(1, "dòng đầu phải có các cột code, value, explanation",
                         "the first line must name the columns code, value and explanation");
}

}  // namespace giaoban::contract
