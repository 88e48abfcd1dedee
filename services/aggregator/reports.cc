#include "services/aggregator/reports.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/message.h"

namespace giaoban::aggregator {
namespace {

using google::protobuf::Message;
using google::protobuf::MessageFactory;

absl::Status Misfit(const report::v1::Fact& fact, const std::string& what) {
  const report::v1::ReportKey& key = fact.key();
  return absl::DataLossError(
      absl::StrCat(key.cluster(), " ", key.period(), " ", key.bloc(), " revision ", fact.revision(), ": ", what));
}

// Reports were judged before they were recorded; a figure that would overflow a total was not.
bool IsPossible(const contract::Cells& cells) {
  return std::all_of(cells.begin(), cells.end(), [](int64_t value) {
    return value == contract::kBlank || (value >= 0 && value <= contract::kLargestMaximum);
  });
}

absl::Status FoldSubmitted(const report::v1::Fact& fact, std::shared_ptr<const Revision> made, Report& report) {
  if (made->number != report.number + 1) return Misfit(fact, absl::StrCat("follows revision ", report.number));
  report.number = made->number;
  report.state = report::v1::STATE_SUBMITTED;
  report.submitted = contract::TimeOf(fact.time());
  report.late = made->late;
  report.pending = std::move(made);
  return absl::OkStatus();
}

absl::Status FoldDecided(const report::v1::Fact& fact, Report& report) {
  const report::v1::DecidedFact& decided = fact.decided();
  if (decided.revision_hash() != report.pending->hash) return Misfit(fact, "decided on with another revision's hash");
  if (decided.decision() == report::v1::DECISION_ACCEPT) {
    report.accepted = std::move(report.pending);
    report.state = report::v1::STATE_ACCEPTED;
  } else if (decided.decision() == report::v1::DECISION_RETURN) {
    report.state = report::v1::STATE_RETURNED;
  } else {
    return Misfit(fact, "decided on without a decision");
  }
  report.pending.reset();
  return absl::OkStatus();
}

}  // namespace

const Revision* PeriodReports::Counting(const std::string& bloc, int form, v1::Basis basis) const {
  const auto reports = blocs.find(bloc);
  return reports == blocs.end() ? nullptr : reports->second[form].Counting(basis).get();
}

contract::BlocCells CellsOf(const BlocReports& reports, v1::Basis basis) {
  contract::BlocCells cells;
  cells.reserve(reports.size());
  for (const Report& report : reports) {
    const std::shared_ptr<const Revision>& revision = report.Counting(basis);
    cells.push_back(revision == nullptr ? nullptr : std::make_shared<const contract::Cells>(revision->figures.cells()));
  }
  return cells;
}

absl::StatusOr<std::shared_ptr<const Revision>> RevisionOf(const contract::Form& form, const report::v1::Entry& entry,
                                                           const report::v1::Fact& fact) {
  if (!fact.has_submitted()) return nullptr;
  const Message* prototype = MessageFactory::generated_factory()->GetPrototype(form.descriptor);
  const std::unique_ptr<Message> message(prototype->New());
  const report::v1::SubmittedFact& submitted = fact.submitted();
  if (!message->ParseFromString(submitted.report())) return Misfit(fact, "the report cannot be read");
  const contract::Cells cells = form.Read(*message);
  if (!IsPossible(cells)) return Misfit(fact, "the report has a figure that no form allows");

  auto revision = std::make_shared<Revision>(Revision{.number = fact.revision(),
                                                      .position = entry.position(),
                                                      .hash = entry.hash(),
                                                      .late = submitted.late(),
                                                      .figures = Figures(cells)});
  if (!submitted.explanations().empty()) {
    revision->explanations =
        std::make_unique<const google::protobuf::Map<std::string, std::string>>(submitted.explanations());
  }
  return revision;
}

absl::Status Fold(const report::v1::Fact& fact, std::shared_ptr<const Revision> made, Report& report) {
  if (made != nullptr) return FoldSubmitted(fact, std::move(made), report);
  if (report.pending == nullptr || report.pending->number != fact.revision()) {
    return Misfit(fact, "decided on or withdrawn while not waiting");
  }
  switch (fact.what_case()) {
    case report::v1::Fact::kDecided:
      return FoldDecided(fact, report);
    case report::v1::Fact::kWithdrawn:
      report.pending.reset();
      report.state = report::v1::STATE_WITHDRAWN;
      return absl::OkStatus();
    default:
      return Misfit(fact, "a fact of an unknown kind");
  }
}

}  // namespace giaoban::aggregator
