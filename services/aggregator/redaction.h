// What an office may see of an answer: all about its own bloc, and about the others no more than that
// the chair accepted a report and which figures count. Nothing here depends on a report that was not accepted.
#ifndef GIAOBAN_AGGREGATOR_REDACTION_H_
#define GIAOBAN_AGGREGATOR_REDACTION_H_

#include <string>

#include "giaoban/aggregator/v1/aggregator.pb.h"

namespace giaoban::aggregator {

// Leaves the findings of the office's own bloc and of the cluster's totals: explanations are written to the
// chair. Expects a summary of accepted figures; its positions are the model's matter.
void Redact(const std::string& office, v1::Summary& summary);

// Leaves of other blocs which kinds have an accepted report.
void Redact(const std::string& office, v1::GetCoverageResponse& coverage);

// Leaves of other blocs' contributions the values, which the summary shows too: revision, hash and position
// would tell how often a report was handed in.
void Redact(const std::string& office, v1::ExplainFigureResponse& explanation);

}  // namespace giaoban::aggregator

#endif  // GIAOBAN_AGGREGATOR_REDACTION_H_
