#include "services/shared/storage/copy.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/shared/storage/migrate.h"

namespace giaoban::storage {
namespace {

// Rows read at once: an engine may hold an answer in memory.
constexpr int64_t kPage = 256;

enum class Type { kInteger, kText, kBytes };

struct Column {
  std::string name;
  Type type;
  // From 1 in the primary key; 0 outside.
  int64_t place_in_key;
};

struct Table {
  std::string name;
  std::vector<Column> columns;
};

// A value of its own.
struct Cell {
  Type type;
  bool null;
  int64_t integer;
  std::string bytes;

  Value value() const {
    if (null) return std::monostate();
    if (type == Type::kInteger) return integer;
    if (type == Type::kText) return absl::string_view(bytes);
    return Bytes{bytes};
  }
  friend bool operator==(const Cell&, const Cell&) = default;
};
using Cells = std::vector<Cell>;

std::vector<Value> Values(const Cells& cells) {
  std::vector<Value> values;
  for (const Cell& cell : cells) values.push_back(cell.value());
  return values;
}

Cells CellsOf(const Row& row, const Table& table) {
  Cells cells;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const int column = static_cast<int>(i);
    const Type type = table.columns[i].type;
    const bool null = row.IsNull(column);
    cells.push_back({type, null, null || type != Type::kInteger ? 0 : row.Integer(column),
                     null || type == Type::kInteger ? "" : std::string(row.Blob(column))});
  }
  return cells;
}

absl::StatusOr<std::vector<Table>> Tables(Session& session) {
  std::vector<Table> tables;
  std::string unknown;
  absl::Status status = session.Query(session.catalogue(), {}, [&](const Row& row) {
    if (tables.empty() || tables.back().name != row.Text(0)) tables.push_back({std::string(row.Text(0)), {}});
    const absl::string_view type = row.Text(2);
    if (type != "bigint" && type != "text" && type != "bytea") unknown = absl::StrCat(row.Text(0), ".", row.Text(1));
    tables.back().columns.push_back({std::string(row.Text(1)),
                                     type == "bigint" ? Type::kInteger
                                     : type == "text" ? Type::kText
                                                      : Type::kBytes,
                                     row.Integer(3)});
  });
  if (!status.ok()) return status;
  if (!unknown.empty()) return absl::InternalError(absl::StrCat(unknown, " is neither BIGINT nor TEXT nor BYTEA"));
  return tables;
}

std::vector<size_t> KeyOf(const Table& table) {
  std::vector<size_t> key;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].place_in_key > 0) key.push_back(i);
  }
  std::sort(key.begin(), key.end(), [&](size_t one, size_t other) {
    return table.columns[one].place_in_key < table.columns[other].place_in_key;
  });
  return key;
}

// "$1, $2"
std::string Parameters(size_t count) {
  std::vector<std::string> all;
  for (size_t i = 1; i <= count; ++i) all.push_back(absl::StrCat("$", i));
  return absl::StrJoin(all, ", ");
}

std::string Names(const Table& table) {
  return absl::StrJoin(table.columns, ", ",
                       [](std::string* text, const Column& column) { absl::StrAppend(text, column.name); });
}

// Visits every row in the order of the primary key, a page at a time.
absl::Status ForEachRow(Session& session, const Table& table, absl::FunctionRef<absl::Status(const Cells&)> visit) {
  const std::vector<size_t> key = KeyOf(table);
  if (key.empty()) return absl::InternalError(absl::StrCat("table ", table.name, " has no primary key"));
  const std::string names = absl::StrJoin(
      key, ", ", [&](std::string* text, size_t column) { absl::StrAppend(text, table.columns[column].name); });
  const std::string select = absl::StrCat("SELECT ", Names(table), " FROM ", table.name);
  const std::string order = absl::StrCat(" ORDER BY ", names, " LIMIT ", kPage);
  const std::string first = absl::StrCat(select, order);
  const std::string next = absl::StrCat(select, " WHERE (", names, ") > (", Parameters(key.size()), ")", order);
  absl::Status status;
  Cells last;
  for (int64_t count = kPage; status.ok() && count == kPage;) {
    count = 0;
    absl::Status visited;
    const Cells after = std::move(last);
    status = session.Query(after.empty() ? first : next, Values(after), [&](const Row& row) {
      const Cells cells = CellsOf(row, table);
      last.clear();
      for (size_t column : key) last.push_back(cells[column]);
      ++count;
      if (visited.ok()) visited = visit(cells);
    });
    if (status.ok()) status = visited;
  }
  return status;
}

// Writes a row, and compares it with what the engine says it is now.
absl::Status Insert(Session& to, const Table& table, const std::string& insert, const Cells& cells) {
  bool same = false;
  absl::Status status = to.Query(insert, Values(cells), [&](const Row& row) { same = CellsOf(row, table) == cells; });
  if (!status.ok() || same) return status;
  return absl::DataLossError(absl::StrCat("a row of table ", table.name, " reads differently from what was written"));
}

absl::Status CopyTable(Session& from, Session& to, const Table& table, absl::FunctionRef<void()> progress) {
  // What a migration has put there stands in the source too, as it is by now.
  absl::Status status = to.Execute(absl::StrCat("DELETE FROM ", table.name));
  if (!status.ok()) return status;
  const std::string insert = absl::StrCat("INSERT INTO ", table.name, " (", Names(table), ") VALUES (",
                                          Parameters(table.columns.size()), ") RETURNING ", Names(table));
  int64_t rows = 0, arrived = 0;
  status = ForEachRow(from, table, [&](const Cells& cells) {
    ++rows;
    progress();
    return Insert(to, table, insert, cells);
  });
  if (!status.ok()) return status;
  status = to.Query(absl::StrCat("SELECT count(*) FROM ", table.name), {},
                    [&](const Row& row) { arrived = row.Integer(0); });
  if (!status.ok() || arrived == rows) return status;
  return absl::DataLossError(absl::StrCat("table ", table.name, " has ", arrived, " rows instead of ", rows));
}

// Builds an empty database by the migrations of another.
absl::Status BuildLike(Session& from, Session& to) {
  absl::Status status = MakeVersionTables(to), built;
  if (!status.ok()) return status;
  status = from.Query("SELECT statements FROM schema_migration ORDER BY name, version", {}, [&](const Row& row) {
    if (built.ok()) built = RunStatements(to, row.Text(0));
  });
  return status.ok() ? built : status;
}

// Whether every version that was reached has its migrations recorded.
absl::Status CheckRecorded(Session& session, const std::vector<Table>& tables) {
  const bool kept =
      std::any_of(tables.begin(), tables.end(), [](const Table& table) { return table.name == "schema_migration"; });
  int64_t missing = 1;
  absl::Status status;
  if (kept) {
    status = session.Query(
        "SELECT CAST(coalesce(sum(version), 0) AS BIGINT) - (SELECT count(*) FROM schema_migration) FROM "
        "schema_version",
        {}, [&](const Row& row) { missing = row.Integer(0); });
  }
  if (!status.ok() || missing == 0) return status;
  return absl::FailedPreconditionError("no program of this release has been started on the database yet");
}

absl::StatusOr<CopyReport> CopyAll(Session& from, Session& to, const std::function<void(int64_t)>& progress) {
  const absl::StatusOr<std::vector<Table>> tables = Tables(from), taken = Tables(to);
  if (!tables.ok()) return tables.status();
  if (!taken.ok()) return taken.status();
  if (!taken->empty()) return absl::AlreadyExistsError(absl::StrCat("there is a table ", taken->front().name));
  absl::Status status = CheckRecorded(from, *tables);
  if (status.ok()) status = BuildLike(from, to);
  CopyReport report;
  for (const Table& table : *tables) {
    if (!status.ok()) return status;
    status = CopyTable(from, to, table, [&] { progress(++report.rows); });
    ++report.tables;
  }
  if (!status.ok()) return status;
  return report;
}

}  // namespace

absl::StatusOr<CopyReport> Copy(const Store& from, Store& to, std::function<void(int64_t)> progress) {
  absl::StatusOr<CopyReport> report = absl::InternalError("not copied");
  absl::Status status = from.Read([&](Session& source) {
    return to.Write("", [&](Session& target) {
      report = CopyAll(source, target, progress);
      return report.status();
    });
  });
  if (!status.ok()) return status;
  return report;
}

}  // namespace giaoban::storage
