#include "services/cli/names.h"

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "giaoban/directory/v1/directory.pb.h"
#include "services/cli/args.h"

namespace giaoban::cli {

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const int64_t seconds = absl::ToUnixSeconds(time);
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

std::string PeriodInWords(const std::string& period, const Console& console) {
  const absl::StatusOr<contract::HalfYear> half = contract::HalfYear::Parse(period);
  if (!half.ok()) return period;
  const bool first = half->half() == 1;
  return absl::StrCat(
      console.In(first ? "6 tháng đầu năm " : "6 tháng cuối năm ", first ? "first half of " : "second half of "),
      half->year());
}

absl::StatusOr<absl::Time> ParseMoment(absl::string_view option, absl::string_view text, DayEdge edge) {
  absl::Time time;
  const std::string value(text);
  if (absl::ParseTime(absl::RFC3339_full, value, &time, nullptr)) return time;
  if (absl::ParseTime("%Y-%m-%d %H:%M", value, contract::VietnamTime(), &time, nullptr)) return time;
  absl::CivilDay day;
  if (absl::ParseCivilTime(value, &day)) {
    if (edge == DayEdge::kStart) return absl::FromCivil(day, contract::VietnamTime());
    return absl::FromCivil(day + 1, contract::VietnamTime()) - absl::Seconds(1);
  }
  return UsageError(
      absl::StrCat("--", option, " phải là “2023-07-05”, “2023-07-05 14:30” hoặc RFC 3339, không phải “", text, "”"),
      absl::StrCat("--", option, " must be \"2023-07-05\", \"2023-07-05 14:30\" or RFC 3339, not \"", text, "\""));
}

absl::StatusOr<std::string> ParseDate(absl::string_view option, absl::string_view text) {
  absl::CivilDay day;
  if (absl::ParseCivilTime(std::string(text), &day)) return absl::FormatCivilTime(day);
  return UsageError(absl::StrCat("--", option, " phải là ngày dạng “2023-07-05”, không phải “", text, "”"),
                    absl::StrCat("--", option, " must be a day like \"2023-07-05\", not \"", text, "\""));
}

std::string Names::Bloc(const std::string& id) const {
  const auto found = blocs.find(id);
  return found == blocs.end() ? id : found->second;
}

Names AskNames(Connection& connection, const Console& console, const std::string& cluster, const std::string& period) {
  Names names;
  names.cluster = cluster;
  directory::v1::GetClusterRequest request;
  request.set_cluster(cluster);
  if (const auto half = contract::HalfYear::Parse(period); half.ok()) {
    request.set_on(absl::FormatCivilTime(half->last_day()));
  }
  directory::v1::GetClusterResponse response;
  if (const absl::Status status = connection.Call(request, &response); !status.ok()) {
    console.err << console.In("(danh bạ không trả lời, dùng mã thay cho tên: ",
                              "(the directory does not answer, ids stand for names: ")
                << std::string(status.message()) << ")" << std::endl;
    return names;
  }
  names.cluster = console.In(response.cluster().name());
  for (const directory::v1::Bloc& bloc : response.cluster().blocs()) {
    names.blocs[bloc.bloc()] = console.In(bloc.province().vi().empty() ? bloc.name() : bloc.province());
  }
  return names;
}

}  // namespace giaoban::cli
