#include "services/cli/summary_print.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/cli/errors.h"

namespace giaoban::cli {
namespace {

using aggregator::v1::Row;
using aggregator::v1::Summary;
using contract::Line;

Cell Label(const Line& line, const Console& console) { return Text(console.In(line.label)); }
Cell UnitOf(const Line& line, const Console& console) { return Text(console.In(contract::TextOf(line.unit))); }

// The columns people see; the blocs' under their names.
Table TextTable(const Summary& summary, const Names& names, bool blocs, const Console& console) {
  std::vector<Column> columns = {{"code", console.In("Mã", "Code")},
                                 {"label", console.In("Chỉ tiêu", "Indicator")},
                                 {"unit", console.In("ĐVT", "Unit")},
                                 {"total", console.In("Tổng", "Total"), true},
                                 {"coverage", "n/N", true}};
  if (blocs && summary.rows_size() > 0) {
    for (const aggregator::v1::Cell& cell : summary.rows(0).cells()) {
      columns.push_back({cell.bloc(), names.Bloc(cell.bloc()), true});
    }
  }
  return Table(std::move(columns));
}

std::vector<Cell> TextRow(const Row& row, const Line& line, bool blocs, const Console& console) {
  std::vector<Cell> cells = {Text(line.code), Label(line, console), UnitOf(line, console),
                             console.Figure(line, ToFigure(row.total())),
                             Text(absl::StrCat(row.reported(), "/", row.expected()))};
  if (blocs) {
    for (const aggregator::v1::Cell& cell : row.cells()) cells.push_back(console.Figure(line, ToFigure(cell.figure())));
  }
  return cells;
}

// Headings come before the first row of a form and of a section.
class Headings {
 public:
  Headings(const contract::Catalogue& catalogue, const Console& console) : catalogue_(catalogue), console_(console) {}

  void Before(const Line& line, Table& table) {
    const contract::Form& form = catalogue_.forms()[line.id.form];
    if (&form != form_) table.AddHeading(absl::StrCat("\n", console_.In(form.options->title())));
    if (&form != form_ || line.section != section_) {
      for (const contract::v1::Section& section : form.options->sections()) {
        if (section.id() != line.section) continue;
        table.AddHeading(absl::StrCat(section.id(), ". ", console_.In(section.title())));
      }
    }
    form_ = &form;
    section_ = line.section;
  }

 private:
  const contract::Catalogue& catalogue_;
  const Console& console_;
  const contract::Form* form_ = nullptr;
  std::string section_;
};

std::string KindTitle(const contract::Catalogue& catalogue, const std::string& kind, const Console& console) {
  const contract::Form* form = catalogue.FindForm(kind);
  return form == nullptr ? kind : console.In(form->options->title());
}

}  // namespace

contract::Figure ToFigure(const aggregator::v1::Figure& figure) {
  contract::Figure result;
  if (figure.has_value()) result.value = figure.value();
  result.numerator = figure.ratio().numerator();
  result.denominator = figure.ratio().denominator();
  return result;
}

Table SummaryTable(const Summary& summary, const contract::Catalogue& catalogue, const Console& console) {
  std::vector<Column> columns = {{"code", ""},  {"label", ""},    {"unit", ""},
                                 {"total", ""}, {"reported", ""}, {"expected", ""}};
  if (summary.rows_size() > 0) {
    for (const aggregator::v1::Cell& cell : summary.rows(0).cells()) columns.push_back({cell.bloc(), ""});
  }
  Table table(std::move(columns));
  for (const Row& row : summary.rows()) {
    const Line* line = catalogue.FindLine(row.code());
    if (line == nullptr) continue;
    std::vector<Cell> cells = {Text(line->code),       Label(*line, console),
                               UnitOf(*line, console), console.Figure(*line, ToFigure(row.total())),
                               Number(row.reported()), Number(row.expected())};
    for (const aggregator::v1::Cell& cell : row.cells()) {
      cells.push_back(console.Figure(*line, ToFigure(cell.figure())));
    }
    table.Add(std::move(cells));
  }
  return table;
}

Json SummaryJson(const Summary& summary, const contract::Catalogue& catalogue, const Console& console) {
  Json rows = SummaryTable(summary, catalogue, console).ToJson();
  for (Json& row : rows) {
    Json blocs = Json::object();
    for (const aggregator::v1::Cell& cell : summary.rows(0).cells()) {
      blocs[cell.bloc()] = row[cell.bloc()];
      row.erase(cell.bloc());
    }
    row["blocs"] = std::move(blocs);
  }
  Json positions = Json::object();
  for (const aggregator::v1::KindPosition& position : summary.positions()) {
    positions[position.kind()] = position.position();
  }
  Json coverage = Json::array();
  for (const aggregator::v1::KindCoverage& kind : summary.coverage()) {
    coverage.push_back({{"kind", kind.kind()},
                        {"expected", kind.expected()},
                        {"reported", kind.reported()},
                        {"missing", std::vector<std::string>(kind.missing().begin(), kind.missing().end())}});
  }
  return {{"cluster", summary.key().cluster()},
          {"period", summary.key().period()},
          {"basis", console.State(summary.key().basis()).plain},
          {"positions", std::move(positions)},
          {"coverage", std::move(coverage)},
          {"rows", std::move(rows)},
          {"findings", ToJson(FindingList(summary.findings().begin(), summary.findings().end()))}};
}

void PrintCoverage(const Summary& summary, const contract::Catalogue& catalogue, const Names& names,
                   const Console& console) {
  for (const aggregator::v1::KindCoverage& kind : summary.coverage()) {
    console.out << KindTitle(catalogue, kind.kind(), console) << ": " << kind.reported() << "/" << kind.expected()
                << console.In(" đơn vị báo cáo", " blocs reported");
    if (kind.missing_size() > 0) {
      console.out << console.In("; còn thiếu: ", "; missing: ")
                  << absl::StrJoin(kind.missing(), ", ", [&](std::string* text, const std::string& bloc) {
                       absl::StrAppend(text, names.Bloc(bloc));
                     });
    }
    console.out << "\n";
  }
}

void PrintSummaryText(const Summary& summary, const contract::Catalogue& catalogue, const Names& names, bool blocs,
                      const Console& console) {
  console.out << names.cluster << ", " << PeriodInWords(summary.key().period(), console) << " ("
              << console.State(summary.key().basis()).shown << ")\n\n";
  PrintCoverage(summary, catalogue, names, console);
  console.out << "\n";
  Table table = TextTable(summary, names, blocs, console);
  Headings headings(catalogue, console);
  for (const Row& row : summary.rows()) {
    const Line* line = catalogue.FindLine(row.code());
    if (line == nullptr) continue;
    headings.Before(*line, table);
    table.Add(TextRow(row, *line, blocs, console));
  }
  table.PrintText(console.out);
  if (summary.findings_size() > 0) {
    console.out << "\n" << console.In("Điểm cần lưu ý:", "Findings:") << "\n";
    FindingList findings(summary.findings().begin(), summary.findings().end());
    for (report::v1::Finding& finding : findings) {
      if (!finding.bloc().empty()) finding.set_bloc(names.Bloc(finding.bloc()));
    }
    PrintFindings(findings, console, console.out);
  }
  console.out.flush();
}

}  // namespace giaoban::cli
