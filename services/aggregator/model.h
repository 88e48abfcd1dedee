// The live state: the three journals and the directory, folded, with sums kept up
// to date by difference.
//
// Every report's figures are kept; what is built from them (the totals of a
// half-year, the summary as a message and as bytes) is kept only for the summaries asked for
// most recently: a repeated read copies nothing, an entry on a half-year that is
// being read costs one subtraction and one addition, and one nobody reads costs neither.
#ifndef GIAOBAN_AGGREGATOR_MODEL_H_
#define GIAOBAN_AGGREGATOR_MODEL_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "giaoban/aggregator/v1/aggregator.pb.h"
#include "services/aggregator/reports.h"
#include "services/aggregator/serialized_summary.h"
#include "services/aggregator/summary.h"
#include "services/shared/clusters/view.h"
#include "services/shared/contract/catalogue.h"

namespace giaoban::aggregator {

// Names one summary. `basis` is never BASIS_UNSPECIFIED.
struct Question {
  std::string cluster;
  contract::HalfYear half{1900, 1};
  v1::Basis basis = v1::BASIS_ACCEPTED;
  // Bloc of the office that asks; empty for a chair, who sees everything.
  std::string office = {};
};

// A summary as it stands.
struct Answer {
  // Without positions.
  std::shared_ptr<const v1::Summary> summary;
  // The same, for answers.
  std::shared_ptr<const SerializedSummary> serialized;
  // Grows whenever the summary says something else.
  uint64_t version = 0;
  // Last position taken in, by form index; for an office that of its own bloc's last entry.
  std::vector<int64_t> positions;
};

// Reports expected and accepted.
struct OpenCoverage {
  int64_t expected = 0;
  int64_t accepted = 0;
};

// Thread-safe. A read sees an entry whole or not at all. Clusters and half-years
// the directory does not know read as ones nobody is expected to report for.
class Model {
 public:
  // `view` may change at any time and must outlive the model.
  Model(std::shared_ptr<const contract::Catalogue> catalogue, const clusters::View& view);

  // Takes in the next entry of a form's journal and says when it was recorded. One already known is ignored, so a
  // feed may be repeated; OUT_OF_RANGE after a gap; DATA_LOSS for an entry that does
  // not follow from the ones before it. Anything but OK changes nothing.
  absl::StatusOr<absl::Time> Apply(int form, const report::v1::Entry& entry);

  // The last position of every cluster in a form's journal.
  std::vector<report::v1::FeedPosition> Positions(int form) const;
  // Whether the answer to a question would name at least these positions, by form index.
  bool Includes(const Question& question, const std::vector<int64_t>& positions) const;

  Answer Summarise(const Question& question);
  // Without positions; see BuildExplanation. nullopt when the line is not asked for in the half-year.
  std::optional<v1::ExplainFigureResponse> Explain(const Question& question, const contract::Line& line,
                                                   std::vector<int64_t>* positions);
  v1::GetCoverageResponse Coverage(const std::string& cluster, contract::HalfYear half, absl::Time now);
  // Over all half-years that take reports at `now`, by form index.
  std::vector<OpenCoverage> CoverageOfOpenPeriods(absl::Time now);

 private:
  struct ClusterReports {
    // By form index; the second also by bloc.
    std::vector<int64_t> positions;
    std::map<std::string, std::vector<int64_t>> positions_of;
    // The directory's position at which the periods' `expected` were read; -1 before the first time.
    int64_t directory_position = -1;
    Periods periods;
  };
  // What is built for one summary.
  struct Built {
    contract::Totals totals;
    std::shared_ptr<const v1::Summary> summary;
    std::shared_ptr<const SerializedSummary> serialized;
    uint64_t version = 0;
    uint64_t used = 0;
  };
  using BuiltKey = std::tuple<std::string, contract::HalfYear, v1::Basis>;

  std::vector<int64_t> PositionsFor(const Question& question) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  PeriodReports& PeriodOf(const std::string& cluster, contract::HalfYear half) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  ClusterReports& ClusterOf(const std::string& cluster) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RefreshExpected(const std::string& name, ClusterReports& cluster) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Built& BuiltFor(const std::string& name, const ClusterReports& cluster, contract::HalfYear half, v1::Basis basis)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Answer SummariseLocked(const Question& question) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status TakeNext(int form, const report::v1::Entry& entry, const report::v1::Fact& fact, contract::HalfYear half,
                        std::shared_ptr<const Revision> made) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Take(int form, const report::v1::Fact& fact, contract::HalfYear half,
                    std::shared_ptr<const Revision> made, Periods& periods) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What is built of a half-year and has this bloc in it; null when nothing is.
  Built* BuiltWith(const BuiltKey& key, const PeriodReports& period, const std::string& bloc)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<const contract::Catalogue> catalogue_;
  const clusters::View& view_;
  mutable absl::Mutex mutex_;
  std::map<std::string, ClusterReports> clusters_ ABSL_GUARDED_BY(mutex_);
  std::map<BuiltKey, Built> built_ ABSL_GUARDED_BY(mutex_);
  uint64_t uses_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace giaoban::aggregator

#endif  // GIAOBAN_AGGREGATOR_MODEL_H_
