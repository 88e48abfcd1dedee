// Tables for people (aligned columns) and for programs (CSV, JSON).
#ifndef GIAOBAN_CLI_TABLE_H_
#define GIAOBAN_CLI_TABLE_H_

#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace giaoban::cli {

// JSON with its members in the order they are written.
using Json = nlohmann::ordered_json;

// One cell, in the form people read and in the form programs do.
struct Cell {
  std::string shown;
  std::string plain;
  // A JSON number; null when `plain` is empty.
  bool number = false;
};

Cell Text(std::string text);
// A text programs get in another form: a state, a time.
Cell Text(std::string shown, std::string plain);
Cell Number(std::string shown, std::string plain);
// A plain number without separators: revisions and positions.
Cell Number(int64_t number);

struct Column {
  // For programs: "submit_time".
  std::string id;
  // For people.
  std::string title;
  bool right = false;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // As many cells as there are columns.
  void Add(std::vector<Cell> row);
  // A line of its own across the table; only people see it.
  void AddHeading(std::string heading) { rows_.push_back({std::move(heading), {}}); }
  bool empty() const { return rows_.empty(); }

  void PrintText(std::ostream& out) const;
  // RFC 4180, with \n as line end.
  void PrintCsv(std::ostream& out) const;
  // A list of objects.
  Json ToJson() const;

 private:
  struct Row {
    std::string heading;
    std::vector<Cell> cells;
  };
  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

// The columns a text takes on screen: one for each code point of precomposed Vietnamese.
int DisplayWidth(absl::string_view text);
// A CSV field, quoted when it has to be.
std::string CsvField(absl::string_view text);

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_TABLE_H_
