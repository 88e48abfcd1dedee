// Summaries as people and programs read them.
#ifndef GIAOBAN_CLI_SUMMARY_PRINT_H_
#define GIAOBAN_CLI_SUMMARY_PRINT_H_

#include "giaoban/aggregator/v1/aggregator.pb.h"
#include "services/cli/console.h"
#include "services/cli/names.h"
#include "services/shared/contract/catalogue.h"

namespace giaoban::cli {

contract::Figure ToFigure(const aggregator::v1::Figure& figure);

// The rows for programs: code, label, unit, total, reported, expected, and a column for each bloc's id.
Table SummaryTable(const aggregator::v1::Summary& summary, const contract::Catalogue& catalogue,
                   const Console& console);
// {"cluster", "period", "basis", "positions", "coverage", "rows", "findings"}; a row's blocs are under "blocs".
Json SummaryJson(const aggregator::v1::Summary& summary, const contract::Catalogue& catalogue, const Console& console);
// Title, coverage, figures by form and section, findings. `blocs` adds a column for each bloc.
void PrintSummaryText(const aggregator::v1::Summary& summary, const contract::Catalogue& catalogue, const Names& names,
                      bool blocs, const Console& console);
// "Tổ chức đảng, đảng viên: 8/8 đơn vị báo cáo", one line for each report kind, with the blocs missing.
void PrintCoverage(const aggregator::v1::Summary& summary, const contract::Catalogue& catalogue, const Names& names,
                   const Console& console);

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_SUMMARY_PRINT_H_
