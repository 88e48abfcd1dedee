#include "services/aggregator/summary.h"

#include <utility>
#include <vector>

#include "google/protobuf/util/time_util.h"

namespace giaoban::aggregator {
namespace {

using contract::BlocCells;
using contract::Figure;
using contract::Form;
using contract::Line;
using google::protobuf::util::TimeUtil;

v1::Figure ToProto(const Figure& figure) {
  v1::Figure out;
  if (figure.value) {
    out.set_value(*figure.value);
  } else {
    out.mutable_ratio()->set_numerator(figure.numerator);
    out.mutable_ratio()->set_denominator(figure.denominator);
  }
  return out;
}

std::vector<BlocCells> CellsOfExpected(const Picture& picture) {
  const PeriodReports& period = picture.period();
  std::vector<BlocCells> cells;
  for (const std::string& bloc : period.expected) {
    const auto reports = period.blocs.find(bloc);
    cells.push_back(reports == period.blocs.end() ? BlocCells(picture.catalogue.forms().size())
                                                  : CellsOf(reports->second, picture.basis));
  }
  return cells;
}

void AddCoverage(const Picture& picture, const Form& form, v1::Summary& summary) {
  const PeriodReports& period = picture.period();
  v1::KindCoverage& coverage = *summary.add_coverage();
  coverage.set_kind(form.kind);
  coverage.set_expected(static_cast<int32_t>(period.expected.size()));
  for (const std::string& bloc : period.expected) {
    if (period.Counting(bloc, form.index, picture.basis) == nullptr) coverage.add_missing(bloc);
  }
  coverage.set_reported(coverage.expected() - coverage.missing_size());
}

void AddRow(const Picture& picture, const Line& line, const std::vector<BlocCells>& cells,
            const contract::Totals& totals, v1::Summary& summary) {
  const PeriodReports& period = picture.period();
  v1::Row& row = *summary.add_rows();
  row.set_code(line.code);
  const Figure total = totals.Total(line);
  if (!total.empty()) *row.mutable_total() = ToProto(total);
  row.set_reported(totals.Reported(line));
  row.set_expected(static_cast<int32_t>(period.expected.size()));
  for (size_t i = 0; i < cells.size(); ++i) {
    v1::Cell& cell = *row.add_cells();
    cell.set_bloc(period.expected[i]);
    const Figure figure = contract::FigureOf(line, cells[i]);
    if (!figure.empty()) *cell.mutable_figure() = ToProto(figure);
  }
}

// Late: the one that stands was sent late, or none stands and it is past the due time.
bool IsLate(const Report& report, std::optional<absl::Time> due, absl::Time now) {
  if (const auto& standing = report.Counting(v1::BASIS_SUBMITTED)) return standing->late;
  return due && now >= *due;
}

}  // namespace

v1::Summary BuildSummary(const Picture& picture, TotalsOf totals_of) {
  v1::Summary summary;
  const std::vector<BlocCells> cells = CellsOfExpected(picture);
  const contract::Totals& totals = totals_of(picture.half, picture.basis);
  for (const Form& form : picture.catalogue.forms()) {
    AddCoverage(picture, form, summary);
    for (const Line& line : form.lines) {
      if (contract::IsAsked(line.asked, picture.half)) AddRow(picture, line, cells, totals, summary);
    }
  }
  for (report::v1::Finding& finding : BuildFindings(picture, totals_of)) *summary.add_findings() = std::move(finding);
  return summary;
}

v1::GetCoverageResponse BuildCoverage(const contract::Catalogue& catalogue, const PeriodReports& period, DueOf due_of,
                                      absl::Time now) {
  v1::GetCoverageResponse response;
  const BlocReports none(catalogue.forms().size());
  for (const std::string& bloc : period.expected) {
    v1::BlocCoverage& out = *response.add_blocs();
    out.set_bloc(bloc);
    const std::optional<absl::Time> due = due_of(bloc);
    const auto known = period.blocs.find(bloc);
    const BlocReports& reports = known == period.blocs.end() ? none : known->second;
    for (const Form& form : catalogue.forms()) {
      const Report& report = reports[form.index];
      v1::ReportCoverage& coverage = *out.add_reports();
      coverage.set_kind(form.kind);
      coverage.set_state(report.state);
      coverage.set_revision(report.number);
      coverage.set_accepted_revision(report.accepted ? report.accepted->number : 0);
      if (report.number > 0) {
        *coverage.mutable_submit_time() = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(report.submitted));
      }
      coverage.set_late(IsLate(report, due, now));
    }
  }
  return response;
}

}  // namespace giaoban::aggregator
