#include "services/shared/clusters/view.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "services/shared/runtime/error.h"

namespace giaoban::clusters {
namespace {

using contract::HalfYear;
using google::protobuf::util::TimeUtil;

google::protobuf::Timestamp ToProto(absl::Time time) {
  return TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

}  // namespace

directory::v1::PeriodState Deadlines::StateAt(absl::Time now) const {
  if (now < open) return directory::v1::PERIOD_STATE_SCHEDULED;
  if (now >= close) return directory::v1::PERIOD_STATE_CLOSED;
  return now < due ? directory::v1::PERIOD_STATE_OPEN : directory::v1::PERIOD_STATE_DUE;
}

bool IsId(absl::string_view text) {
  return !text.empty() && text.size() <= 40 && absl::ascii_islower(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-'; });
}

int64_t View::position() const {
  absl::ReaderMutexLock lock(&mutex_);
  return position_;
}

bool View::HasBloc(const std::string& bloc) const {
  absl::ReaderMutexLock lock(&mutex_);
  return blocs_.contains(bloc);
}

std::vector<std::string> View::MembersLocked(const ClusterRecord& cluster, absl::CivilDay on) const {
  std::vector<std::string> members;
  for (const Membership& member : cluster.members) {
    if (member.from > on || member.until <= on) continue;
    const auto bloc = blocs_.find(member.bloc);
    if (bloc != blocs_.end() && bloc->second.closed > on) members.push_back(member.bloc);
  }
  return members;
}

std::vector<std::string> View::Members(const std::string& cluster, absl::CivilDay on) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto record = clusters_.find(cluster);
  return record == clusters_.end() ? std::vector<std::string>{} : MembersLocked(record->second, on);
}

std::vector<std::string> View::Expected(const std::string& cluster, HalfYear half) const {
  return Members(cluster, half.last_day());
}

std::string View::Chair(const std::string& cluster, absl::CivilDay on) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto record = clusters_.find(cluster);
  if (record == clusters_.end()) return "";
  const auto next = record->second.chairs.upper_bound(on);
  return next == record->second.chairs.begin() ? "" : std::prev(next)->second;
}

bool View::EverMember(const std::string& cluster, const std::string& bloc) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto record = clusters_.find(cluster);
  return record != clusters_.end() && std::any_of(record->second.members.begin(), record->second.members.end(),
                                                  [&](const Membership& member) { return member.bloc == bloc; });
}

std::optional<Deadlines> View::DeadlinesFor(const std::string& cluster, HalfYear half, const std::string& bloc) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto record = clusters_.find(cluster);
  if (record == clusters_.end()) return std::nullopt;
  const auto period = record->second.periods.find(half);
  if (period == record->second.periods.end()) return std::nullopt;
  const auto own = period->second.extensions.find(bloc);
  return own == period->second.extensions.end() ? period->second.times : own->second;
}

std::vector<HalfYear> View::Periods(const std::string& cluster) const {
  absl::ReaderMutexLock lock(&mutex_);
  std::vector<HalfYear> periods;
  const auto record = clusters_.find(cluster);
  if (record == clusters_.end()) return periods;
  for (const auto& [half, period] : record->second.periods) periods.push_back(half);
  return periods;
}

std::vector<std::string> View::Clusters() const {
  absl::ReaderMutexLock lock(&mutex_);
  std::vector<std::string> names;
  for (const auto& [name, record] : clusters_) names.push_back(name);
  return names;
}

void View::DescribePeriods(const ClusterRecord& record, absl::Time now, directory::v1::Cluster& cluster) const {
  for (const auto& [half, period] : record.periods) {
    directory::v1::Period& out = *cluster.add_periods();
    out.set_period(half.ToString());
    out.set_host(period.host);
    for (const std::string& bloc : MembersLocked(record, half.last_day())) out.add_expected(bloc);
    if (period.times) {
      out.set_state(period.times->StateAt(now));
      *out.mutable_times()->mutable_open_time() = ToProto(period.times->open);
      *out.mutable_times()->mutable_due_time() = ToProto(period.times->due);
      *out.mutable_times()->mutable_close_time() = ToProto(period.times->close);
    }
    for (const auto& [bloc, times] : period.extensions) {
      directory::v1::PeriodExtended& extension = *out.add_extensions();
      extension.set_bloc(bloc);
      *extension.mutable_due_time() = ToProto(times.due);
      *extension.mutable_close_time() = ToProto(times.close);
    }
  }
}

absl::StatusOr<directory::v1::Cluster> View::Describe(const std::string& name, absl::CivilDay on,
                                                      absl::Time now) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto record = clusters_.find(name);
  if (record == clusters_.end()) {
    return runtime::Error(absl::StatusCode::kNotFound, absl::StrCat("no cluster '", name, "'"),
                          {.reason = "CLUSTER_UNKNOWN", .vietnamese = absl::StrCat("Không có cụm “", name, "”.")});
  }
  directory::v1::Cluster cluster;
  cluster.set_cluster(name);
  *cluster.mutable_name() = record->second.name;
  for (const std::string& member : MembersLocked(record->second, on)) {
    const BlocRecord& bloc = blocs_.at(member);
    directory::v1::Bloc& out = *cluster.add_blocs();
    out.set_bloc(member);
    const auto later = bloc.names.upper_bound(on);
    *out.mutable_name() = later == bloc.names.begin() ? bloc.established.name() : std::prev(later)->second;
    *out.mutable_province() = bloc.established.province();
    const std::string day = absl::FormatCivilTime(on);
    for (const directory::v1::ProvinceCode& code : bloc.established.codes()) {
      if (code.from() <= day && (code.until().empty() || day < code.until())) *out.add_codes() = code;
    }
  }
  const auto next = record->second.chairs.upper_bound(on);
  if (next != record->second.chairs.begin()) cluster.set_chair(std::prev(next)->second);
  DescribePeriods(record->second, now, cluster);
  return cluster;
}

}  // namespace giaoban::clusters
