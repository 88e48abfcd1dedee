#include <algorithm>
#include <vector>

#include "services/aggregator/summary.h"

namespace giaoban::aggregator {
namespace {

using contract::CellId;
using contract::Line;

// The entered cells a line is made of, each once.
std::vector<CellId> PartsOf(const Line& line) {
  if (!line.derived()) return {line.id};
  std::vector<CellId> parts = line.numerator;
  for (const CellId& id : line.denominator) {
    if (std::find(parts.begin(), parts.end(), id) == parts.end()) parts.push_back(id);
  }
  return parts;
}

v1::Contribution Contribute(const Picture& picture, const std::string& bloc, CellId id, const Revision& revision) {
  v1::Contribution contribution;
  contribution.set_code(picture.catalogue.entered(id).code);
  contribution.set_bloc(bloc);
  contribution.set_revision(revision.number);
  contribution.set_hash(revision.hash);
  contribution.set_position(revision.position);
  const int64_t value = revision.figures[id.cell];
  if (value != contract::kBlank) contribution.set_value(value);
  return contribution;
}

void ExplainBloc(const Picture& picture, const std::string& bloc, const std::vector<CellId>& parts,
                 v1::ExplainFigureResponse& response) {
  std::vector<v1::Contribution> contributions;
  for (const CellId& id : parts) {
    const Revision* revision = picture.period().Counting(bloc, id.form, picture.basis);
    if (revision == nullptr) {
      response.add_missing(bloc);
      return;
    }
    contributions.push_back(Contribute(picture, bloc, id, *revision));
  }
  const bool whole = std::all_of(contributions.begin(), contributions.end(),
                                 [](const v1::Contribution& contribution) { return contribution.has_value(); });
  for (v1::Contribution& contribution : contributions) {
    if (whole || !contribution.has_value()) *response.add_contributions() = std::move(contribution);
  }
}

}  // namespace

v1::ExplainFigureResponse BuildExplanation(const Picture& picture, const Line& line, const v1::Row& row) {
  v1::ExplainFigureResponse response;
  *response.mutable_row() = row;
  response.set_over_blocs(line.over_blocs);
  const std::vector<CellId> parts = PartsOf(line);
  for (const std::string& bloc : picture.period().expected) ExplainBloc(picture, bloc, parts, response);
  return response;
}

}  // namespace giaoban::aggregator
