#include "services/shared/contract/csv.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "services/shared/contract/sheet_entry.h"

namespace giaoban::contract {
namespace {

class CsvReader {
 public:
  CsvReader(absl::string_view content, char separator) : rest_(content), separator_(separator) {}

  absl::StatusOr<std::vector<CsvRecord>> Read() {
    std::vector<CsvRecord> records;
    while (!rest_.empty()) {
      CsvRecord record{line_, {}};
      bool more = true;
      while (more) {
        std::string field;
        if (absl::Status status = ReadField(field); !status.ok()) return status;
        record.fields.push_back(std::move(field));
        more = !rest_.empty() && rest_.front() == separator_;
        if (more) rest_.remove_prefix(1);
      }
      EndLine();
      if (record.fields.size() > 1 || !record.fields.front().empty()) records.push_back(std::move(record));
    }
    return records;
  }

 private:
  bool AtEnd() const { return rest_.empty() || rest_.front() == separator_ || IsLineEnd(rest_.front()); }
  static bool IsLineEnd(char character) { return character == '\n' || character == '\r'; }

  absl::Status ReadField(std::string& field) {
    if (!rest_.empty() && rest_.front() == '"') return ReadQuoted(field);
    for (; !AtEnd(); rest_.remove_prefix(1)) {
      if (rest_.front() == '"') {
        return UnreadableSheet(line_, "dấu nháy kép đứng giữa ô không có nháy", "a quote inside an unquoted field");
      }
      field.push_back(rest_.front());
    }
    return absl::OkStatus();
  }

  absl::Status ReadQuoted(std::string& field) {
    const int first_line = line_;
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      const char character = rest_.front();
      rest_.remove_prefix(1);
      if (character == '"' && (rest_.empty() || rest_.front() != '"')) {
        if (AtEnd()) return absl::OkStatus();
        return UnreadableSheet(line_, "có chữ sau dấu nháy kép đóng", "text after a closing quote");
      }
      if (character == '"') rest_.remove_prefix(1);
      if (character == '\n') ++line_;
      field.push_back(character);
    }
    return UnreadableSheet(first_line, "dấu nháy kép không đóng", "a quote that is never closed");
  }

  void EndLine() {
    if (rest_.empty()) return;
    const bool two = rest_.size() > 1 && rest_[0] == '\r' && rest_[1] == '\n';
    rest_.remove_prefix(two ? 2 : 1);
    ++line_;
  }

  absl::string_view rest_;
  char separator_;
  int line_ = 1;
};

}  // namespace

absl::StatusOr<std::vector<CsvRecord>> ReadCsv(absl::string_view content, char separator) {
  return CsvReader(content, separator).Read();
}

std::string CsvField(absl::string_view text) {
  const bool padded = absl::StripAsciiWhitespace(text).size() != text.size();
  if (!padded && text.find_first_of(",;\"\r\n") == absl::string_view::npos) return std::string(text);
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

}  // namespace giaoban::contract
