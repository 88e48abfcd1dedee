#include "services/cli/table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace giaoban::cli {
namespace {

constexpr absl::string_view kGap = "  ";

std::string Padded(absl::string_view text, int width, bool right) {
  const std::string space(std::max(0, width - DisplayWidth(text)), ' ');
  return right ? absl::StrCat(space, text) : absl::StrCat(text, space);
}

void PrintLine(std::ostream& out, const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) absl::StrAppend(&line, line.empty() ? "" : kGap, cell);
  out << absl::StripTrailingAsciiWhitespace(line) << "\n";
}

Json ToJson(const Cell& cell) {
  if (!cell.number) return cell.plain;
  if (cell.plain.empty()) return nullptr;
  return Json::parse(cell.plain);
}

}  // namespace

Cell Text(std::string text) { return {text, text, false}; }
Cell Text(std::string shown, std::string plain) { return {std::move(shown), std::move(plain), false}; }
Cell Number(std::string shown, std::string plain) { return {std::move(shown), std::move(plain), true}; }
Cell Number(int64_t number) { return Number(absl::StrCat(number), absl::StrCat(number)); }

void Table::Add(std::vector<Cell> row) { rows_.push_back({"", std::move(row)}); }

void Table::PrintText(std::ostream& out) const {
  std::vector<int> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    int width = DisplayWidth(columns_[i].title);
    for (const Row& row : rows_) {
      if (!row.cells.empty()) width = std::max(width, DisplayWidth(row.cells[i].shown));
    }
    widths.push_back(width);
  }
  std::vector<std::string> line(columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) line[i] = Padded(columns_[i].title, widths[i], columns_[i].right);
  PrintLine(out, line);
  for (size_t i = 0; i < columns_.size(); ++i) line[i] = std::string(widths[i], '-');
  PrintLine(out, line);
  for (const Row& row : rows_) {
    if (row.cells.empty()) {
      out << row.heading << "\n";
      continue;
    }
    for (size_t i = 0; i < columns_.size(); ++i) line[i] = Padded(row.cells[i].shown, widths[i], columns_[i].right);
    PrintLine(out, line);
  }
}

void Table::PrintCsv(std::ostream& out) const {
  std::string line;
  for (const Column& column : columns_) absl::StrAppend(&line, line.empty() ? "" : ",", CsvField(column.id));
  out << line << "\n";
  for (const Row& row : rows_) {
    if (row.cells.empty()) continue;
    for (size_t i = 0; i < row.cells.size(); ++i) out << (i == 0 ? "" : ",") << CsvField(row.cells[i].plain);
    out << "\n";
  }
}

Json Table::ToJson() const {
  Json list = Json::array();
  for (const Row& row : rows_) {
    if (row.cells.empty()) continue;
    Json object = Json::object();
    for (size_t i = 0; i < columns_.size(); ++i) object[columns_[i].id] = cli::ToJson(row.cells[i]);
    list.push_back(std::move(object));
  }
  return list;
}

int DisplayWidth(absl::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string CsvField(absl::string_view text) {
  if (text.find_first_of(",\"\r\n") == absl::string_view::npos) return std::string(text);
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

}  // namespace giaoban::cli
