// What the directory refuses: events that contradict the ones before.
#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "services/shared/clusters/view.h"
#include "services/shared/runtime/error.h"
#include "services/shared/runtime/fields.h"

namespace giaoban::clusters {
namespace {

using directory::v1::LineageEvent;
using directory::v1::OrganisationEvent;
using directory::v1::PeriodEvent;
using google::protobuf::util::TimeUtil;
using runtime::kTextCharacters;
using runtime::LongerThan;

// What an event may have, as its proto says.
constexpr int kNameCharacters = 200, kDecisionCharacters = 200, kMostCodes = 20, kMostBlocs = 100;
constexpr size_t kCodeBytes = 10;
constexpr std::array<absl::string_view, 2> kSchemes = {"gso", "iso-3166-2"};

absl::Status Malformed(absl::string_view english, absl::string_view vietnamese) {
  return runtime::Error(absl::StatusCode::kInvalidArgument, english,
                        {.reason = "EVENT_MALFORMED", .vietnamese = std::string(vietnamese)});
}

absl::Status Contradiction(absl::string_view english, absl::string_view vietnamese) {
  return runtime::Error(absl::StatusCode::kFailedPrecondition, english,
                        {.reason = "EVENT_CONTRADICTS", .vietnamese = std::string(vietnamese)});
}

absl::Status UnknownBloc(const std::string& bloc) {
  return Contradiction(absl::StrCat("no bloc '", bloc, "'"), absl::StrCat("Không có khối “", bloc, "”."));
}

absl::Status UnknownCluster(const std::string& cluster) {
  return Contradiction(absl::StrCat("no cluster '", cluster, "'"), absl::StrCat("Không có cụm “", cluster, "”."));
}

absl::Status TooLong(absl::string_view english, absl::string_view vietnamese, int characters) {
  return Malformed(absl::StrCat(english, " is longer than ", characters, " characters"),
                   absl::StrCat(vietnamese, " dài quá ", characters, " ký tự."));
}

absl::Status CheckText(const contract::v1::Text& text, absl::string_view what) {
  if (text.vi().empty() || text.en().empty()) {
    return Malformed(absl::StrCat(what, " needs a name in Vietnamese and in English"),
                     "Cần có tên bằng cả tiếng Việt và tiếng Anh.");
  }
  if (!LongerThan(text.vi(), kNameCharacters) && !LongerThan(text.en(), kNameCharacters)) return absl::OkStatus();
  return TooLong(absl::StrCat("the name of ", what), "Tên", kNameCharacters);
}

absl::Status CheckCode(const directory::v1::ProvinceCode& code) {
  if (std::find(kSchemes.begin(), kSchemes.end(), code.scheme()) == kSchemes.end()) {
    return Malformed(absl::StrCat("'", code.scheme(), "' is not a scheme of province codes: gso or iso-3166-2"),
                     absl::StrCat("“", code.scheme(), "” không phải hệ mã tỉnh (gso hoặc iso-3166-2)."));
  }
  if (code.code().empty() || code.code().size() > kCodeBytes ||
      !std::all_of(code.code().begin(), code.code().end(), absl::ascii_isgraph)) {
    return Malformed(absl::StrCat("a province code has 1 to ", kCodeBytes, " visible ASCII characters"),
                     absl::StrCat("Mã tỉnh có từ 1 đến ", kCodeBytes, " ký tự ASCII."));
  }
  for (const std::string& day : {code.from(), code.until()}) {
    if (day.empty()) continue;
    if (auto parsed = runtime::ParseDay(day); !parsed.ok()) return parsed.status();
  }
  return absl::OkStatus();
}

// Whether a message, or one inside it, has fields the contract does not know: they would be recorded unread.
bool HasUnknownFields(const google::protobuf::Message& message) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  if (!reflection.GetUnknownFields(message).empty()) return true;
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const google::protobuf::FieldDescriptor* field : fields) {
    if (field->message_type() == nullptr) continue;
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const bool unknown = HasUnknownFields(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                                                 : reflection.GetMessage(message, field));
      if (unknown) return true;
    }
  }
  return false;
}

absl::Status CheckId(const std::string& id) {
  if (IsId(id)) return absl::OkStatus();
  return Malformed(absl::StrCat("'", id, "' is not an id: lower-case letters, digits and hyphens, at most 40"),
                   absl::StrCat("“", id, "” không phải mã hợp lệ: chữ thường, chữ số, gạch nối, tối đa 40 ký tự."));
}

bool IsTime(const google::protobuf::Timestamp& time) {
  return time.seconds() > 0 && time.seconds() <= TimeUtil::kTimestampMaxSeconds && time.nanos() >= 0 &&
         time.nanos() < 1'000'000'000;
}

bool OrderedTimes(const google::protobuf::Timestamp& due, const google::protobuf::Timestamp& close) {
  return IsTime(due) && IsTime(close) && due <= close;
}

absl::Status BadTimes() {
  return Malformed("times must be set and ordered: open before due, due not after close",
                   "Thời gian phải đủ và đúng thứ tự: mở, hạn nộp, đóng.");
}

// How many blocs a lineage event takes before and after.
bool CountsFit(const LineageEvent& event) {
  const int before = event.predecessors_size(), after = event.successors_size();
  if (before > kMostBlocs || after > kMostBlocs) return false;
  switch (event.kind()) {
    case directory::v1::LINEAGE_KIND_MERGE:
      return before >= 2 && after == 1;
    case directory::v1::LINEAGE_KIND_ABSORB:
      return before >= 2 && after == 1;
    case directory::v1::LINEAGE_KIND_SPLIT:
      return before == 1 && after >= 2;
    case directory::v1::LINEAGE_KIND_TRANSFER:
      return before == 1 && after == 1;
    case directory::v1::LINEAGE_KIND_RENAME:
    case directory::v1::LINEAGE_KIND_DISSOLVE:
    case directory::v1::LINEAGE_KIND_CEASE:
    case directory::v1::LINEAGE_KIND_REESTABLISH:
      return before == 1 && after == 0;
    default:
      return false;
  }
}

}  // namespace

absl::Status View::Check(const directory::v1::Event& event) const {
  if (HasUnknownFields(event)) {
    return Malformed("the event has fields the directory does not know: sender and service differ in version",
                     "Sự kiện có trường mà danh bạ không biết: phần mềm gửi và dịch vụ khác phiên bản.");
  }
  absl::ReaderMutexLock lock(&mutex_);
  if (event.has_organisation()) return CheckOrganisation(event.organisation());
  if (event.has_period()) return CheckPeriod(event.period());
  if (event.has_statement_key()) return absl::OkStatus();
  return Malformed("the event says nothing", "Sự kiện không có nội dung.");
}

absl::Status View::CheckOrganisation(const OrganisationEvent& event) const {
  const absl::StatusOr<absl::CivilDay> date = runtime::ParseDay(event.date());
  if (!date.ok()) return date.status();
  if (LongerThan(event.decision(), kDecisionCharacters)) {
    return TooLong("the decision", "Số quyết định", kDecisionCharacters);
  }
  if (LongerThan(event.note(), kTextCharacters)) return TooLong("the note", "Ghi chú", kTextCharacters);
  switch (event.what_case()) {
    case OrganisationEvent::kClusterEstablished:
      return CheckCluster(event.cluster_established());
    case OrganisationEvent::kBlocEstablished:
      return CheckBloc(event.bloc_established());
    case OrganisationEvent::kBlocJoined:
      return CheckJoined(event.bloc_joined(), *date);
    case OrganisationEvent::kBlocLeft:
      return CheckMember(event.bloc_left().cluster(), event.bloc_left().bloc(), *date);
    case OrganisationEvent::kLineage:
      return CheckLineage(event.lineage(), *date);
    case OrganisationEvent::kChairAppointed:
      return CheckMember(event.chair_appointed().cluster(), event.chair_appointed().bloc(), *date);
    case OrganisationEvent::WHAT_NOT_SET:
      break;
  }
  return Malformed("the event says nothing", "Sự kiện không có nội dung.");
}

absl::Status View::CheckCluster(const directory::v1::ClusterEstablished& event) const {
  if (absl::Status id = CheckId(event.cluster()); !id.ok()) return id;
  if (clusters_.contains(event.cluster())) {
    return Contradiction(absl::StrCat("cluster '", event.cluster(), "' exists"),
                         absl::StrCat("Cụm “", event.cluster(), "” đã có."));
  }
  return CheckText(event.name(), "a cluster");
}

absl::Status View::CheckBloc(const directory::v1::BlocEstablished& event) const {
  if (absl::Status id = CheckId(event.bloc()); !id.ok()) return id;
  if (blocs_.contains(event.bloc())) {
    return Contradiction(absl::StrCat("bloc '", event.bloc(), "' exists; ids are never used again"),
                         absl::StrCat("Khối “", event.bloc(), "” đã có; mã không được dùng lại."));
  }
  if (absl::Status province = CheckText(event.province(), "a province"); !province.ok()) return province;
  if (event.codes_size() > kMostCodes) {
    return Malformed(absl::StrCat("a province has at most ", kMostCodes, " codes"),
                     absl::StrCat("Mỗi tỉnh có không quá ", kMostCodes, " mã."));
  }
  for (const directory::v1::ProvinceCode& code : event.codes()) {
    if (absl::Status status = CheckCode(code); !status.ok()) return status;
  }
  return CheckText(event.name(), "a bloc");
}

bool View::IsMember(const ClusterRecord& cluster, const std::string& bloc, absl::CivilDay on) const {
  const std::vector<std::string> members = MembersLocked(cluster, on);
  return std::find(members.begin(), members.end(), bloc) != members.end();
}

absl::Status View::CheckJoined(const directory::v1::BlocJoined& event, absl::CivilDay date) const {
  if (!clusters_.contains(event.cluster())) return UnknownCluster(event.cluster());
  if (!blocs_.contains(event.bloc())) return UnknownBloc(event.bloc());
  for (const auto& [name, cluster] : clusters_) {
    if (!IsMember(cluster, event.bloc(), date)) continue;
    return Contradiction(absl::StrCat("bloc '", event.bloc(), "' is in cluster '", name, "' on that day"),
                         absl::StrCat("Khối “", event.bloc(), "” đang thuộc cụm “", name, "”."));
  }
  return absl::OkStatus();
}

absl::Status View::CheckMember(const std::string& cluster, const std::string& bloc, absl::CivilDay date) const {
  const auto record = clusters_.find(cluster);
  if (record == clusters_.end()) return UnknownCluster(cluster);
  if (IsMember(record->second, bloc, date)) return absl::OkStatus();
  return Contradiction(absl::StrCat("bloc '", bloc, "' is not in cluster '", cluster, "' on that day"),
                       absl::StrCat("Khối “", bloc, "” không thuộc cụm “", cluster, "” vào ngày đó."));
}

absl::Status View::CheckLineage(const LineageEvent& event, absl::CivilDay date) const {
  if (!CountsFit(event)) {
    return Malformed("the number of blocs before and after does not fit this kind of event",
                     "Số khối trước và sau không khớp với loại sự kiện.");
  }
  if (event.kind() == directory::v1::LINEAGE_KIND_RENAME || event.has_name()) {
    if (absl::Status name = CheckText(event.name(), "a rename"); !name.ok()) return name;
  }
  const bool wants_closed = event.kind() == directory::v1::LINEAGE_KIND_REESTABLISH;
  for (const std::string& bloc : event.predecessors()) {
    const auto record = blocs_.find(bloc);
    if (record == blocs_.end()) return UnknownBloc(bloc);
    const bool closed = record->second.closed <= date;
    if (closed != wants_closed || record->second.from > date) {
      return Contradiction(absl::StrCat("bloc '", bloc, "' is ", closed ? "closed" : "not closed", " on that day"),
                           absl::StrCat("Khối “", bloc, closed ? "” đã kết thúc." : "” chưa kết thúc."));
    }
  }
  for (const std::string& bloc : event.successors()) {
    if (!blocs_.contains(bloc)) return UnknownBloc(bloc);
  }
  if (event.kind() == directory::v1::LINEAGE_KIND_ABSORB &&
      std::find(event.predecessors().begin(), event.predecessors().end(), event.successors(0)) ==
          event.predecessors().end()) {
    return Malformed("the absorbing bloc must be among the blocs before as well",
                     "Khối tiếp nhận phải có trong danh sách các khối trước sự kiện.");
  }
  return absl::OkStatus();
}

absl::Status View::CheckPeriod(const PeriodEvent& event) const {
  const auto half = contract::HalfYear::Parse(event.period());
  if (!half.ok()) {
    return Malformed(absl::StrCat("'", event.period(), "' is not a half-year such as 2023-H1"),
                     absl::StrCat("“", event.period(), "” không phải kỳ báo cáo (ví dụ 2023-H1)."));
  }
  const auto cluster = clusters_.find(event.cluster());
  if (cluster == clusters_.end()) return UnknownCluster(event.cluster());
  if (LongerThan(event.reason(), kTextCharacters)) return TooLong("the reason", "Lý do", kTextCharacters);
  if (event.has_scheduled()) {
    const auto& times = event.scheduled();
    return OrderedTimes(times.due_time(), times.close_time()) && times.open_time() < times.due_time() ? absl::OkStatus()
                                                                                                      : BadTimes();
  }
  const auto period = cluster->second.periods.find(*half);
  if (period == cluster->second.periods.end() || !period->second.times) {
    return Contradiction(absl::StrCat("period ", event.period(), " is not scheduled"),
                         absl::StrCat("Kỳ ", event.period(), " chưa được lập lịch."));
  }
  if ((event.has_extended() || event.has_reopened()) && event.reason().empty()) {
    return Malformed("extending or reopening a period needs a reason",
                     "Gia hạn hoặc mở lại kỳ báo cáo phải nêu lý do.");
  }
  const std::string& bloc = event.has_extended() ? event.extended().bloc() : event.host_appointed().bloc();
  if ((event.has_host_appointed() || !bloc.empty()) && !IsMember(cluster->second, bloc, half->last_day())) {
    return UnknownBloc(bloc);
  }
  if (event.has_extended() && !OrderedTimes(event.extended().due_time(), event.extended().close_time())) {
    return BadTimes();
  }
  if (event.has_reopened() && !IsTime(event.reopened().close_time())) return BadTimes();
  return event.what_case() == PeriodEvent::WHAT_NOT_SET
             ? Malformed("the event says nothing", "Sự kiện không có nội dung.")
             : absl::OkStatus();
}

}  // namespace giaoban::clusters
