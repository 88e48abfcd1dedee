// Turns what is known about a half-year into the messages callers get. Pure
// functions of what they are given.
#ifndef GIAOBAN_AGGREGATOR_SUMMARY_H_
#define GIAOBAN_AGGREGATOR_SUMMARY_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "giaoban/aggregator/v1/aggregator.pb.h"
#include "services/aggregator/reports.h"
#include "services/shared/contract/aggregation.h"
#include "services/shared/contract/catalogue.h"
#include "services/shared/contract/period.h"
#include "services/shared/contract/validation.h"

namespace giaoban::aggregator {

// What one summary is made from. `half` is among `periods`.
struct Picture {
  const contract::Catalogue& catalogue;
  const Periods& periods;
  contract::HalfYear half;
  // BASIS_ACCEPTED or BASIS_SUBMITTED.
  v1::Basis basis;

  const PeriodReports& period() const { return periods.at(half); }
};

// The totals of a half-year that is among the picture's periods.
using TotalsOf = absl::FunctionRef<const contract::Totals&(contract::HalfYear, v1::Basis)>;

// Everything but the key and the positions.
v1::Summary BuildSummary(const Picture& picture, TotalsOf totals_of);

// Findings of a summary (findings.cc): of each expected bloc's counting reports with
// their explanations, between its kinds, and of the totals. What a rule reads of
// earlier half-years is always the accepted report as it stands now, so an amendment
// of the past shows here. Totals are examined only where every expected bloc
// has reported, and compared only with half-years of the same blocs.
contract::Findings BuildFindings(const Picture& picture, TotalsOf totals_of);

// What a row is made of: everything but the positions. The contributions to a derived
// indicator add up to its ratio: a bloc that left one of its parts blank takes no part
// in it and is listed with that blank only.
v1::ExplainFigureResponse BuildExplanation(const Picture& picture, const contract::Line& line, const v1::Row& row);

// When a bloc's reports are due.
using DueOf = absl::FunctionRef<std::optional<absl::Time>(const std::string& bloc)>;

// Who has reported at `now`, expected blocs only; without the cluster's due time.
v1::GetCoverageResponse BuildCoverage(const contract::Catalogue& catalogue, const PeriodReports& period, DueOf due_of,
                                      absl::Time now);

}  // namespace giaoban::aggregator

#endif  // GIAOBAN_AGGREGATOR_SUMMARY_H_
