#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "giaoban/audit/v1/audit.pb.h"
#include "services/cli/commands.h"
#include "services/cli/errors.h"
#include "services/cli/names.h"

namespace giaoban::cli {
namespace {

using audit::v1::Event;

constexpr int64_t kUsualLimit = 100;

// What processes keep, with the names they give themselves.
struct Collected {
  std::vector<std::pair<std::string, Event>> events;
  // By process, where it is not 0.
  std::map<std::string, int64_t> lost;
  // "training (localhost:7002)" and why it could not be asked.
  std::vector<std::pair<std::string, absl::Status>> unanswered;
};

absl::StatusOr<audit::v1::EventKind> KindOf(const std::string& text) {
  const google::protobuf::EnumDescriptor& kinds = *audit::v1::EventKind_descriptor();
  std::vector<std::string> names;
  for (int i = 1; i < kinds.value_count(); ++i) {
    names.push_back(PlainName(*kinds.value(i)));
    if (names.back() == text) return static_cast<audit::v1::EventKind>(kinds.value(i)->number());
  }
  const std::string list = absl::StrJoin(names, ", ");
  return UsageError(absl::StrCat("--kind phải là một trong: ", list, "; không phải “", text, "”"),
                    absl::StrCat("--kind must be one of: ", list, "; not \"", text, "\""));
}

absl::StatusOr<audit::v1::ListEventsRequest> RequestOf(const Arguments& arguments) {
  audit::v1::ListEventsRequest request;
  if (arguments.Has("since")) {
    const absl::StatusOr<absl::Time> since = ParseMoment("since", arguments.Get("since"), DayEdge::kStart);
    if (!since.ok()) return since.status();
    *request.mutable_since() = ToTimestamp(*since);
  }
  if (arguments.Has("until")) {
    const absl::StatusOr<absl::Time> until = ParseMoment("until", arguments.Get("until"), DayEdge::kEnd);
    if (!until.ok()) return until.status();
    *request.mutable_until() = ToTimestamp(*until + absl::Seconds(1));
  }
  if (arguments.Has("kind")) {
    const absl::StatusOr<audit::v1::EventKind> kind = KindOf(arguments.Get("kind"));
    if (!kind.ok()) return kind.status();
    request.set_kind(*kind);
  }
  request.set_actor(arguments.Get("actor"));
  request.set_person(arguments.Get("person"));
  return request;
}

// Asks one process, page by page, for as many as are wanted.
absl::Status Ask(Connection& connection, const std::string& service, const std::string& address,
                 audit::v1::ListEventsRequest request, int64_t limit, Collected& collected) {
  for (int64_t count = 0; count < limit;) {
    audit::v1::ListEventsResponse response;
    if (absl::Status status = connection.CallAt(service, address, request, &response); !status.ok()) return status;
    count += response.events_size();
    for (Event& event : *response.mutable_events()) collected.events.emplace_back(response.process(), std::move(event));
    if (response.lost() > 0) collected.lost[response.process()] = response.lost();
    if (response.next_page_token().empty()) break;
    request.set_page_token(response.next_page_token());
  }
  return absl::OkStatus();
}

Collected AskAll(Connection& connection, const std::map<std::string, std::vector<std::string>>& processes,
                 const audit::v1::ListEventsRequest& request, int64_t limit) {
  Collected collected;
  for (const auto& [address, services] : processes) {
    absl::Status status = Ask(connection, services.front(), address, request, limit, collected);
    if (status.ok()) continue;
    collected.unanswered.emplace_back(absl::StrCat(absl::StrJoin(services, " "), " (", address, ")"),
                                      std::move(status));
  }
  std::stable_sort(collected.events.begin(), collected.events.end(),
                   [](const auto& a, const auto& b) { return ToTime(a.second.time()) > ToTime(b.second.time()); });
  if (collected.events.size() > static_cast<size_t>(limit)) collected.events.resize(limit);
  return collected;
}

// What a reason says in words; a reason this program does not know stands for itself.
std::string InWords(const std::string& reason, const Console& console) {
  static const auto* const words = new std::map<std::string, Words>{
      {"ROLE", {"vai trò không được làm việc này", "not for this role"}},
      {"SCOPE", {"ngoài phạm vi của mình", "out of scope"}},
      {"METHOD", {"không có lệnh gọi này", "no such method"}},
      {"IDENTITY", {"chứng chỉ không nêu định danh", "certificate names nobody"}},
      {"EXPIRED", {"chứng chỉ hết hạn", "certificate expired"}},
      {"REVOKED", {"chứng chỉ bị thu hồi", "certificate revoked"}},
      {"STATEMENT", {"xác nhận của cổng không dùng được", "statement not believed"}},
      {"CREDENTIALS", {"sai tên, mật khẩu hoặc mã", "wrong name, password or code"}},
      {"DELAY", {"sai quá nhiều lần, phải chờ", "too many failures, has to wait"}},
  };
  const auto found = words->find(reason);
  return found == words->end() ? reason : console.In(found->second.vi, found->second.en);
}

// "TrainingService/Get" of a method of ours.
std::string ShortMethod(const std::string& method) {
  if (!absl::StartsWith(method, "/giaoban.")) return method;
  return method.substr(method.rfind('.') + 1);
}

// To the second: in an attack that matters.
std::string Second(absl::Time time, const Console& console) {
  return absl::FormatTime(console.In("%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S"), time, contract::VietnamTime());
}

Table EventTable(const Collected& collected, const Console& console) {
  Table table({{"time", console.In("Lúc", "Time")},
               {"process", console.In("Tiến trình", "Process")},
               {"kind", console.In("Sự kiện", "Event")},
               {"actor", console.In("Ai", "Who")},
               {"person", console.In("Tên đăng nhập", "User name")},
               {"carrier", console.In("Qua", "Through")},
               {"address", console.In("Từ địa chỉ", "From")},
               {"method", console.In("Lệnh gọi", "Method")},
               {"reason", console.In("Lý do", "Reason")},
               {"count", console.In("Số lần", "Times"), true}});
  for (const auto& [process, event] : collected.events) {
    const report::v1::Origin& origin = event.origin();
    table.Add({Text(Second(ToTime(event.time()), console), console.Time(event.time()).plain), Text(process),
               console.State(event.kind()), Text(event.actor()), Text(origin.person()), Text(origin.carrier()),
               Text(origin.address()), Text(ShortMethod(event.method()), event.method()),
               Text(InWords(event.reason(), console), event.reason()), Number(event.count())});
  }
  return table;
}

void Print(const Collected& collected, const Console& console) {
  const Table table = EventTable(collected, console);
  if (console.json()) {
    Json lost = Json::object(), unanswered = Json::array();
    for (const auto& [process, count] : collected.lost) lost[process] = count;
    for (const auto& [process, status] : collected.unanswered) unanswered.push_back(process);
    return console.Print(Json{{"events", table.ToJson()}, {"lost", lost}, {"unanswered", unanswered}});
  }
  if (console.text() && table.empty()) {
    console.out << console.In("Không có sự kiện nào.", "There are no events.") << std::endl;
  } else {
    console.Print(table);
  }
  for (const auto& [process, count] : collected.lost) {
    console.err << process << ": " << count
                << console.In(" sự kiện không ghi lại được kể từ khi tiến trình khởi động",
                              " events could not be recorded since the process started")
                << std::endl;
  }
}

absl::StatusOr<int> Audit(const Context& context) {
  const absl::StatusOr<audit::v1::ListEventsRequest> request = RequestOf(context.arguments);
  if (!request.ok()) return request.status();
  const absl::StatusOr<std::optional<int64_t>> limit = context.arguments.Number("limit");
  if (!limit.ok()) return limit.status();
  if (*limit == 0) return UsageError("--limit phải từ 1 trở lên", "--limit must be at least 1");
  const auto processes = context.connection.Processes();
  if (!processes.ok()) return processes.status();
  const Collected collected = AskAll(context.connection, *processes, *request, limit->value_or(kUsualLimit));
  const bool nobody = collected.unanswered.size() == processes->size();
  if (!nobody) Print(collected, context.console);
  for (const auto& [process, status] : collected.unanswered) PrintError(status, context.console, process);
  if (collected.unanswered.empty()) return kExitDone;
  return nobody ? ExitCodeOf(collected.unanswered.front().second) : kExitUnreachable;
}

}  // namespace

std::vector<Command> AuditCommands() {
  return {
      {"audit",
       "",
       {},
       {"since", "until", "kind", "actor", "person", "limit"},
       {"Những lần bị từ chối và đăng nhập, mới trước cũ sau, hỏi từng tiến trình có địa chỉ trong thư mục định danh. "
        "Thay đổi của báo cáo xem bằng history, của danh bạ bằng cluster và period.",
        "Denials and log-ins, newest first, asked of every process that has an address in the identity folder. Changes "
        "of reports are in history, of the directory in cluster and period."},
       "giaoban audit --since 2023-07-05 --kind denied",
       Audit},
  };
}

}  // namespace giaoban::cli
