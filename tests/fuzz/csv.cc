// A report file in CSV: any text but JSON.
#include "services/shared/contract/csv.h"

#include "absl/strings/match.h"
#include "tests/fuzz/sheet.h"

namespace giaoban::fuzz {
namespace {

// Fields written by CsvField are the same fields when read.
void CheckFields(absl::string_view content, char separator) {
  const auto records = contract::ReadCsv(content, separator);
  if (!records.ok()) return;
  for (const contract::CsvRecord& record : *records) {
    std::string line;
    for (const std::string& field : record.fields) {
      if (!line.empty()) line += separator;
      line += field.empty() ? "\"\"" : contract::CsvField(field);
    }
    const auto again = contract::ReadCsv(line, separator);
    Require(again.ok() && again->size() == 1 && again->front().fields == record.fields, "a record reads back the same");
  }
}

}  // namespace
}  // namespace giaoban::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view content(reinterpret_cast<const char*>(data), size);
  if (absl::StartsWith(content, "{")) return 0;
  for (const char separator : {',', ';'}) giaoban::fuzz::CheckFields(content, separator);
  giaoban::fuzz::CheckSheet(content);
  return 0;
}
