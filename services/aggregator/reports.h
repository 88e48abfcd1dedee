// What the journals say about a cluster's reports, reduced to what may count in a
// summary: superseded, returned and withdrawn revisions leave only a state behind.
#ifndef GIAOBAN_AGGREGATOR_REPORTS_H_
#define GIAOBAN_AGGREGATOR_REPORTS_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "giaoban/aggregator/v1/aggregator.pb.h"
#include "giaoban/report/v1/report.pb.h"
#include "google/protobuf/map.h"
#include "services/aggregator/figures.h"
#include "services/shared/contract/aggregation.h"
#include "services/shared/contract/catalogue.h"
#include "services/shared/contract/period.h"

namespace giaoban::aggregator {

// The two bases, and their place in a pair of things kept for each.
inline constexpr std::array<v1::Basis, 2> kBases = {v1::BASIS_ACCEPTED, v1::BASIS_SUBMITTED};
inline int PlaceOf(v1::Basis basis) { return basis == v1::BASIS_SUBMITTED ? 1 : 0; }

// A revision that counts, or will when it is accepted.
struct Revision {
  int64_t number = 0;
  int64_t position = 0;
  std::string hash;
  bool late = false;
  Figures figures;
  // Null when there are none.
  std::unique_ptr<const google::protobuf::Map<std::string, std::string>> explanations;
};

// One bloc's report of one kind.
struct Report {
  // The latest revision, whatever became of it.
  int64_t number = 0;
  report::v1::State state = report::v1::STATE_UNSPECIFIED;
  absl::Time submitted;
  bool late = false;
  // Null when there is none.
  std::shared_ptr<const Revision> accepted;
  // The latest revision while it waits for a decision.
  std::shared_ptr<const Revision> pending;

  // The revision that counts; null when none does.
  const std::shared_ptr<const Revision>& Counting(v1::Basis basis) const {
    return basis == v1::BASIS_SUBMITTED && pending ? pending : accepted;
  }
};

// One bloc's reports, by form index.
using BlocReports = std::vector<Report>;

// One half-year of a cluster.
struct PeriodReports {
  // Blocs expected to report, in the directory's order.
  std::vector<std::string> expected;
  // Every bloc that ever submitted.
  std::map<std::string, BlocReports> blocs;
  // Grows with every change of what a summary says, by basis.
  std::array<uint64_t, 2> version = {1, 1};
  // How many expected blocs have an accepted report, by form index, as it was at that version; 0: not counted yet.
  std::vector<int64_t> accepted = {};
  uint64_t accepted_at = 0;

  // Null when the bloc has no report of the form that counts.
  const Revision* Counting(const std::string& bloc, int form, v1::Basis basis) const;
};

using Periods = std::map<contract::HalfYear, PeriodReports>;

// The figures of a bloc's counting reports.
contract::BlocCells CellsOf(const BlocReports& reports, v1::Basis basis);

// The revision a fact makes; null when it makes none. A figure that no form allows is DATA_LOSS.
absl::StatusOr<std::shared_ptr<const Revision>> RevisionOf(const contract::Form& form, const report::v1::Entry& entry,
                                                           const report::v1::Fact& fact);

// Takes one fact, with the revision it makes, into the report it is about. A fact that does not follow from the
// ones before it (a revision left out, a decision on another revision or hash) is DATA_LOSS and changes nothing.
absl::Status Fold(const report::v1::Fact& fact, std::shared_ptr<const Revision> made, Report& report);

}  // namespace giaoban::aggregator

#endif  // GIAOBAN_AGGREGATOR_REPORTS_H_
