// Folding events into the view. Events come from the directory, which has
// checked them; dates it accepted always parse.
#include "services/shared/clusters/view.h"

namespace giaoban::clusters {

using contract::TimeOf;
using directory::v1::OrganisationEvent;
using directory::v1::PeriodEvent;

void View::Apply(int64_t position, const directory::v1::Event& event) {
  absl::MutexLock lock(&mutex_);
  if (position <= position_) return;
  position_ = position;
  if (event.has_organisation()) ApplyOrganisation(event.organisation());
  if (event.has_period()) ApplyPeriod(event.period(), TimeOf(event.time()));
}

void View::ApplyOrganisation(const OrganisationEvent& event) {
  absl::CivilDay date;
  if (!absl::ParseCivilTime(event.date(), &date)) return;
  switch (event.what_case()) {
    case OrganisationEvent::kClusterEstablished:
      clusters_[event.cluster_established().cluster()].name = event.cluster_established().name();
      break;
    case OrganisationEvent::kBlocEstablished: {
      BlocRecord& bloc = blocs_[event.bloc_established().bloc()];
      bloc.established = event.bloc_established();
      bloc.from = date;
      bloc.names[date] = event.bloc_established().name();
      break;
    }
    case OrganisationEvent::kBlocJoined:
      clusters_[event.bloc_joined().cluster()].members.push_back({.bloc = event.bloc_joined().bloc(), .from = date});
      break;
    case OrganisationEvent::kBlocLeft:
      for (Membership& member : clusters_[event.bloc_left().cluster()].members) {
        if (member.bloc == event.bloc_left().bloc() && member.until > date) member.until = date;
      }
      break;
    case OrganisationEvent::kLineage:
      ApplyLineage(event.lineage(), date);
      break;
    case OrganisationEvent::kChairAppointed:
      clusters_[event.chair_appointed().cluster()].chairs[date] = event.chair_appointed().bloc();
      break;
    case OrganisationEvent::WHAT_NOT_SET:
      break;
  }
}

void View::ApplyLineage(const directory::v1::LineageEvent& event, absl::CivilDay date) {
  switch (event.kind()) {
    case directory::v1::LINEAGE_KIND_RENAME:
      for (const std::string& bloc : event.predecessors()) blocs_[bloc].names[date] = event.name();
      break;
    case directory::v1::LINEAGE_KIND_REESTABLISH:
      for (const std::string& bloc : event.predecessors()) blocs_[bloc].closed = absl::CivilDay::max();
      break;
    case directory::v1::LINEAGE_KIND_TRANSFER:
      break;
    default:
      // A bloc that takes in others is among its own successors and stays open.
      for (const std::string& bloc : event.predecessors()) {
        bool stays = false;
        for (const std::string& successor : event.successors()) stays |= successor == bloc;
        if (!stays) blocs_[bloc].closed = date;
      }
  }
}

void View::ApplyPeriod(const PeriodEvent& event, absl::Time time) {
  const auto half = contract::HalfYear::Parse(event.period());
  if (!half.ok()) return;
  PeriodRecord& period = clusters_[event.cluster()].periods.try_emplace(*half).first->second;
  // Only a period that was scheduled is extended, closed or reopened.
  if (!period.times && !event.has_scheduled() && !event.has_host_appointed()) return;
  switch (event.what_case()) {
    case PeriodEvent::kScheduled:
      period.times = Deadlines{.open = TimeOf(event.scheduled().open_time()),
                               .due = TimeOf(event.scheduled().due_time()),
                               .close = TimeOf(event.scheduled().close_time())};
      break;
    case PeriodEvent::kExtended: {
      Deadlines times = *period.times;
      times.due = TimeOf(event.extended().due_time());
      times.close = TimeOf(event.extended().close_time());
      if (event.extended().bloc().empty()) {
        period.times = times;
      } else {
        period.extensions[event.extended().bloc()] = times;
      }
      break;
    }
    case PeriodEvent::kClosed:
      period.times->close = time;
      period.extensions.clear();
      break;
    case PeriodEvent::kReopened:
      period.times->close = TimeOf(event.reopened().close_time());
      period.extensions.clear();
      break;
    case PeriodEvent::kHostAppointed:
      period.host = event.host_appointed().bloc();
      break;
    case PeriodEvent::WHAT_NOT_SET:
      break;
  }
}

}  // namespace giaoban::clusters
