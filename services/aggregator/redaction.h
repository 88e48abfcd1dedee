// What an office may see of an answer: all about its own bloc, and about the others no more than that
// the chair accepted a report and which figures count. Nothing here depends on a report that was not accepted.
#ifndef GIAOBAN_AGGREGATOR_REDACTION_H_
#define GIAOBAN_AGGREGATOR_REDACTION_H_

#include <string>

#include "giaoban/aggregator/v1/aggregator.pb.h"

namespace giaoban::aggregator {

// Whether a summary of accepted figures shows an office the findings of a bloc, or of the cluster's totals, whose bloc
// is empty: those, and its own. Explanations are written to the chair, an empty `office`, who sees all. Of a summary's
// other parts everything is shown; its positions are the model's matter.
bool MaySeeFindingsOf(const std::string& bloc, const std::string& office);

// Leaves of other blocs which kinds have an accepted report.
void Redact(const std::string& office, v1::GetCoverageResponse& coverage);

// Leaves of other blocs' contributions the values, which the summary shows too: revision, hash and position
// would tell how often a report was handed in.
void Redact(const std::string& office, v1::ExplainFigureResponse& explanation);

}  // namespace giaoban::aggregator

#endif  // GIAOBAN_AGGREGATOR_REDACTION_H_
