#include "services/aggregator/redaction.h"

namespace giaoban::aggregator {

bool MaySeeFindingsOf(const std::string& bloc, const std::string& office) {
  return office.empty() || bloc.empty() || bloc == office;
}

void Redact(const std::string& office, v1::GetCoverageResponse& coverage) {
  for (v1::BlocCoverage& bloc : *coverage.mutable_blocs()) {
    if (bloc.bloc() == office) continue;
    bloc.set_accepted_only(true);
    for (v1::ReportCoverage& report : *bloc.mutable_reports()) {
      v1::ReportCoverage left;
      left.set_kind(report.kind());
      if (report.accepted_revision() > 0) left.set_state(report::v1::STATE_ACCEPTED);
      report = std::move(left);
    }
  }
}

void Redact(const std::string& office, v1::ExplainFigureResponse& explanation) {
  for (v1::Contribution& contribution : *explanation.mutable_contributions()) {
    if (contribution.bloc() == office) continue;
    contribution.clear_revision();
    contribution.clear_hash();
    contribution.clear_position();
  }
}

}  // namespace giaoban::aggregator
