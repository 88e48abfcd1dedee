// Shared by the engine's sources only.
#ifndef GIAOBAN_INTAKE_ENGINE_INTERNAL_H_
#define GIAOBAN_INTAKE_ENGINE_INTERNAL_H_

#include <optional>
#include <string>
#include <vector>

#include "services/shared/intake/engine.h"

namespace giaoban::intake {

// What a submission is judged against.
struct Engine::Before {
  std::vector<RevisionRow> revisions;
  // The accepted report of the half-year before.
  std::optional<contract::Cells> previous;

  int64_t current() const { return revisions.empty() ? 0 : revisions.back().revision; }
};

// The same content gives the same bytes, maps included.
std::string Deterministic(const google::protobuf::Message& message);

// What a change of a report is about.
std::string SubjectOf(const report::v1::ReportKey& key);

// 16 random bytes for a fact.
std::string NewSalt();

// "accepted": the metrics label of a state.
std::string StateLabel(report::v1::State state);

// The accepted revision; null when there is none.
const RevisionRow* AcceptedOf(const std::vector<RevisionRow>& revisions);

}  // namespace giaoban::intake

#endif  // GIAOBAN_INTAKE_ENGINE_INTERNAL_H_
