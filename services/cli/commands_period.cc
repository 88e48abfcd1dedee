#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/cli/commands.h"
#include "services/cli/errors.h"
#include "services/cli/names.h"
#include "services/cli/record_event.h"

namespace giaoban::cli {
namespace {

using directory::v1::Event;
using directory::v1::PeriodEvent;

// Sets a time from an option; what is not given stays unset.
absl::Status SetTime(const Context& context, absl::string_view option, DayEdge edge,
                     google::protobuf::Timestamp* (*field)(PeriodEvent&), PeriodEvent& event) {
  if (!context.arguments.Has(option)) return absl::OkStatus();
  const absl::StatusOr<absl::Time> time = ParseMoment(option, context.arguments.Get(option), edge);
  if (!time.ok()) return time.status();
  *field(event) = ToTimestamp(*time);
  return absl::OkStatus();
}

Event EventFor(const Context& context) {
  Event event;
  event.mutable_period()->set_cluster(context.arguments.Get("cluster"));
  event.mutable_period()->set_period(context.arguments.Get("period"));
  event.mutable_period()->set_reason(context.arguments.Get("reason"));
  return event;
}

absl::StatusOr<int> Schedule(const Context& context) {
  Event event = EventFor(context);
  PeriodEvent& period = *event.mutable_period();
  absl::Status status = SetTime(
      context, "open", DayEdge::kStart, [](PeriodEvent& e) { return e.mutable_scheduled()->mutable_open_time(); },
      period);
  status.Update(SetTime(
      context, "due", DayEdge::kEnd, [](PeriodEvent& e) { return e.mutable_scheduled()->mutable_due_time(); }, period));
  status.Update(SetTime(
      context, "close", DayEdge::kEnd, [](PeriodEvent& e) { return e.mutable_scheduled()->mutable_close_time(); },
      period));
  if (!status.ok()) return status;
  return RecordAndPrint(context, event);
}

absl::StatusOr<int> Extend(const Context& context) {
  Event event = EventFor(context);
  PeriodEvent& period = *event.mutable_period();
  period.mutable_extended()->set_bloc(context.arguments.Get("bloc"));
  absl::Status status = SetTime(
      context, "due", DayEdge::kEnd, [](PeriodEvent& e) { return e.mutable_extended()->mutable_due_time(); }, period);
  status.Update(SetTime(
      context, "close", DayEdge::kEnd, [](PeriodEvent& e) { return e.mutable_extended()->mutable_close_time(); },
      period));
  if (!status.ok()) return status;
  return RecordAndPrint(context, event);
}

absl::StatusOr<int> Close(const Context& context) {
  Event event = EventFor(context);
  event.mutable_period()->mutable_closed();
  return RecordAndPrint(context, event);
}

absl::StatusOr<int> Reopen(const Context& context) {
  Event event = EventFor(context);
  const absl::Status status = SetTime(
      context, "close", DayEdge::kEnd, [](PeriodEvent& e) { return e.mutable_reopened()->mutable_close_time(); },
      *event.mutable_period());
  if (!status.ok()) return status;
  return RecordAndPrint(context, event);
}

absl::StatusOr<int> Host(const Context& context) {
  Event event = EventFor(context);
  event.mutable_period()->mutable_host_appointed()->set_bloc(context.arguments.Get("bloc"));
  return RecordAndPrint(context, event);
}

Table PeriodTable(const directory::v1::Cluster& cluster, const Console& console) {
  Table table({{"period", console.In("Kỳ", "Period")},
               {"state", console.In("Trạng thái", "State")},
               {"open_time", console.In("Mở", "Opens")},
               {"due_time", console.In("Hạn nộp", "Due")},
               {"close_time", console.In("Đóng", "Closes")},
               {"expected", console.In("Số đơn vị", "Blocs"), true},
               {"host", console.In("Đăng cai", "Host")},
               {"extended", console.In("Gia hạn", "Extended")}});
  for (const directory::v1::Period& period : cluster.periods()) {
    const std::string extended = absl::StrJoin(period.extensions(), " ", [](std::string* text, const auto& extension) {
      absl::StrAppend(text, extension.bloc());
    });
    table.Add({Text(period.period()), console.State(period.state()), console.Time(period.times().open_time()),
               console.Time(period.times().due_time()), console.Time(period.times().close_time()),
               Number(period.expected_size()), Text(period.host()), Text(extended)});
  }
  return table;
}

absl::StatusOr<int> List(const Context& context) {
  directory::v1::GetClusterRequest request;
  request.set_cluster(context.arguments.Get("cluster"));
  directory::v1::GetClusterResponse response;
  if (absl::Status status = context.connection.Call(request, &response); !status.ok()) return status;
  context.console.Print(PeriodTable(response.cluster(), context.console));
  return kExitDone;
}

}  // namespace

std::vector<Command> PeriodCommands() {
  return {
      {"period list",
       "",
       {"cluster"},
       {},
       {"Các kỳ báo cáo của cụm và thời hạn.", "The periods of a cluster and their times."},
       "giaoban period list --cluster dong-bac",
       List},
      {"period schedule",
       "",
       {"cluster", "period", "open", "due", "close"},
       {"reason", "request-id"},
       {"Thông báo một kỳ: ngày mở, hạn nộp, ngày đóng.", "Announces a period: when it opens, is due and closes."},
       "giaoban period schedule --cluster dong-bac --period 2023-H1 --open 2023-06-15 --due 2023-07-05 --close "
       "2023-07-20",
       Schedule},
      {"period extend",
       "",
       {"cluster", "period", "due", "close", "reason"},
       {"bloc", "request-id"},
       {"Gia hạn cho cả cụm hoặc một đơn vị (--bloc), kèm lý do.",
        "Gives more time to everyone or one bloc (--bloc), with a reason."},
       "giaoban period extend --cluster dong-bac --period 2023-H1 --bloc ha-giang --due 2023-07-10 --close 2023-07-20 "
       "--reason \"…\"",
       Extend},
      {"period close",
       "",
       {"cluster", "period"},
       {"reason", "request-id"},
       {"Đóng kỳ ngay bây giờ.", "Closes a period now."},
       "giaoban period close --cluster dong-bac --period 2023-H1",
       Close},
      {"period reopen",
       "",
       {"cluster", "period", "close", "reason"},
       {"request-id"},
       {"Mở lại kỳ đã đóng đến thời điểm mới, kèm lý do.",
        "Opens a closed period again until a new time, with a reason."},
       "giaoban period reopen --cluster dong-bac --period 2023-H1 --close 2023-08-01 --reason \"…\"",
       Reopen},
      {"period host",
       "",
       {"cluster", "period", "bloc"},
       {"reason", "request-id"},
       {"Chọn đơn vị đăng cai hội nghị giao ban của kỳ.", "Names the bloc that hosts the conference on a period."},
       "giaoban period host --cluster dong-bac --period 2023-H1 --bloc quang-ninh",
       Host},
  };
}

}  // namespace giaoban::cli
