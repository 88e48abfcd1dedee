// What a service believes about clusters, blocs and periods: the directory's
// events, folded. The directory itself answers from it, the intakes and the aggregator keep
// one each by following the directory, so that they go on when it is down.
#ifndef GIAOBAN_CLUSTERS_VIEW_H_
#define GIAOBAN_CLUSTERS_VIEW_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "giaoban/directory/v1/directory.pb.h"
#include "services/shared/contract/period.h"

namespace giaoban::clusters {

// Times of one period for one bloc, its extension included.
struct Deadlines {
  absl::Time open, due, close;
  directory::v1::PeriodState StateAt(absl::Time now) const;
};

// Thread-safe. Reads never see half an event.
class View {
 public:
  // Says what contradicts the events taken in so far: FAILED_PRECONDITION (INVALID_ARGUMENT for a malformed
  // event), with the reason and a Vietnamese sentence. OK when Apply will take it.
  absl::Status Check(const directory::v1::Event& event) const;
  // Takes in the event at `position`. Positions already known are ignored, so that
  // a feed may be repeated; events the directory recorded are never refused.
  void Apply(int64_t position, const directory::v1::Event& event);
  // Last position taken in.
  int64_t position() const;

  bool HasBloc(const std::string& bloc) const;
  // Members of a cluster on a day, in the order they joined.
  std::vector<std::string> Members(const std::string& cluster, absl::CivilDay on) const;
  // Blocs expected to report for a half-year: the members on its last day.
  std::vector<std::string> Expected(const std::string& cluster, contract::HalfYear half) const;
  // The chair bloc on a day; empty when there is none.
  std::string Chair(const std::string& cluster, absl::CivilDay on) const;
  // Whether a bloc has ever been a member of the cluster.
  bool EverMember(const std::string& cluster, const std::string& bloc) const;
  // nullopt when the period was never scheduled. `bloc` may be empty.
  std::optional<Deadlines> DeadlinesFor(const std::string& cluster, contract::HalfYear half,
                                        const std::string& bloc) const;
  // Periods of a cluster, oldest first.
  std::vector<contract::HalfYear> Periods(const std::string& cluster) const;
  // In alphabetical order.
  std::vector<std::string> Clusters() const;

  // A cluster for people, on a day, with period states at `now`. NOT_FOUND.
  absl::StatusOr<directory::v1::Cluster> Describe(const std::string& cluster, absl::CivilDay on, absl::Time now) const;

 private:
  struct Membership {
    std::string bloc;
    absl::CivilDay from;
    absl::CivilDay until = absl::CivilDay::max();
  };
  struct PeriodRecord {
    std::optional<Deadlines> times;
    std::map<std::string, Deadlines> extensions;
    std::string host;
  };
  struct ClusterRecord {
    contract::v1::Text name;
    std::vector<Membership> members;
    std::map<absl::CivilDay, std::string> chairs;
    std::map<contract::HalfYear, PeriodRecord> periods;
  };
  struct BlocRecord {
    directory::v1::BlocEstablished established;
    std::map<absl::CivilDay, contract::v1::Text> names;
    absl::CivilDay from;
    absl::CivilDay closed = absl::CivilDay::max();
  };

  absl::Status CheckOrganisation(const directory::v1::OrganisationEvent& event) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::Status CheckCluster(const directory::v1::ClusterEstablished& event) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::Status CheckBloc(const directory::v1::BlocEstablished& event) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::Status CheckJoined(const directory::v1::BlocJoined& event, absl::CivilDay date) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::Status CheckMember(const std::string& cluster, const std::string& bloc, absl::CivilDay date) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool IsMember(const ClusterRecord& cluster, const std::string& bloc, absl::CivilDay on) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::Status CheckLineage(const directory::v1::LineageEvent& event, absl::CivilDay date) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::Status CheckPeriod(const directory::v1::PeriodEvent& event) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void ApplyOrganisation(const directory::v1::OrganisationEvent& event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyLineage(const directory::v1::LineageEvent& event, absl::CivilDay date)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyPeriod(const directory::v1::PeriodEvent& event, absl::Time time) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<std::string> MembersLocked(const ClusterRecord& cluster, absl::CivilDay on) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void DescribePeriods(const ClusterRecord& record, absl::Time now, directory::v1::Cluster& cluster) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  int64_t position_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, ClusterRecord> clusters_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, BlocRecord> blocs_ ABSL_GUARDED_BY(mutex_);
};

// Whether text is an id: 1 to 40 lower-case letters, digits and hyphens, beginning with a letter.
bool IsId(absl::string_view text);

}  // namespace giaoban::clusters

#endif  // GIAOBAN_CLUSTERS_VIEW_H_
