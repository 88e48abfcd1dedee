#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/cli/commands.h"
#include "services/cli/errors.h"
#include "services/cli/names.h"
#include "services/cli/record_event.h"

namespace giaoban::cli {
namespace {

using directory::v1::Cluster;
using directory::v1::OrganisationEvent;

// All of them, page by page.
absl::StatusOr<std::vector<Cluster>> AllClusters(Connection& connection) {
  std::vector<Cluster> clusters;
  directory::v1::ListClustersRequest request;
  do {
    directory::v1::ListClustersResponse response;
    if (absl::Status status = connection.Call(request, &response); !status.ok()) return status;
    clusters.insert(clusters.end(), response.clusters().begin(), response.clusters().end());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return clusters;
}

absl::StatusOr<int> List(const Context& context) {
  const absl::StatusOr<std::vector<Cluster>> clusters = AllClusters(context.connection);
  if (!clusters.ok()) return clusters.status();
  const Console& console = context.console;
  Table table({{"cluster", console.In("Mã", "Id")},
               {"name", console.In("Tên", "Name")},
               {"blocs", console.In("Số đơn vị", "Blocs"), true},
               {"chair", console.In("Cụm trưởng", "Chair")},
               {"last_period", console.In("Kỳ mới nhất", "Last period")}});
  for (const Cluster& cluster : *clusters) {
    table.Add({Text(cluster.cluster()), Text(console.In(cluster.name())), Number(cluster.blocs_size()),
               Text(cluster.chair()),
               Text(cluster.periods().empty() ? "" : cluster.periods(cluster.periods_size() - 1).period())});
  }
  console.Print(table);
  return kExitDone;
}

Table BlocTable(const Cluster& cluster, const Console& console) {
  Table table({{"bloc", console.In("Mã", "Id")},
               {"name", console.In("Tên", "Name")},
               {"province", console.In("Tỉnh", "Province")},
               {"chair", console.In("Cụm trưởng", "Chair")}});
  for (const directory::v1::Bloc& bloc : cluster.blocs()) {
    const bool chair = bloc.bloc() == cluster.chair();
    table.Add({Text(bloc.bloc()), Text(console.In(bloc.name())), Text(console.In(bloc.province())),
               Text(chair ? console.In("cụm trưởng", "chair") : "", chair ? "true" : "false")});
  }
  return table;
}

absl::StatusOr<directory::v1::GetClusterRequest> ShowRequest(const Context& context) {
  directory::v1::GetClusterRequest request;
  request.set_cluster(context.arguments.Get("cluster"));
  if (context.arguments.Has("on")) {
    const absl::StatusOr<std::string> on = ParseDate("on", context.arguments.Get("on"));
    if (!on.ok()) return on.status();
    request.set_on(*on);
  }
  if (context.arguments.Has("as-of")) {
    const absl::StatusOr<absl::Time> as_of = ParseMoment("as-of", context.arguments.Get("as-of"), DayEdge::kEnd);
    if (!as_of.ok()) return as_of.status();
    *request.mutable_as_of() = ToTimestamp(*as_of);
  }
  return request;
}

absl::StatusOr<int> Show(const Context& context) {
  const absl::StatusOr<directory::v1::GetClusterRequest> request = ShowRequest(context);
  if (!request.ok()) return request.status();
  directory::v1::GetClusterResponse response;
  if (absl::Status status = context.connection.Call(*request, &response); !status.ok()) return status;
  const Console& console = context.console;
  if (console.json()) {
    console.Print(ToJson(response));
    return kExitDone;
  }
  if (console.text()) {
    console.out << console.In(response.cluster().name()) << " (" << response.cluster().cluster() << ")\n\n";
  }
  console.Print(BlocTable(response.cluster(), console));
  return kExitDone;
}

absl::StatusOr<int> Apply(const Context& context) {
  const absl::StatusOr<std::vector<directory::v1::Event>> events = ReadEvents(context.arguments.operands[0]);
  if (!events.ok()) return events.status();
  Progress progress(context.console.err, context.world.clock);
  int64_t position = 0;
  for (size_t i = 0; i < events->size(); ++i) {
    const directory::v1::Event& event = (*events)[i];
    progress.Tell(absl::StrCat(i, "/", events->size()));
    const absl::StatusOr<report::v1::Entry> entry = RecordEvent(context.connection, event, RequestIdFor(event));
    if (!entry.ok()) {
      context.console.err << context.console.In("sự kiện ", "event ") << i + 1 << "/" << events->size() << std::endl;
      return entry.status();
    }
    position = std::max(position, entry->position());
  }
  if (context.console.json()) {
    context.console.Print(Json{{"events", events->size()}, {"position", position}});
  } else {
    context.console.out << events->size()
                        << context.console.In(" sự kiện đã ghi, đến vị trí ", " events recorded, up to position ")
                        << position << std::endl;
  }
  return kExitDone;
}

// What an event did, in a few words; ids as they are.
std::string InWords(const OrganisationEvent& event, const Console& console) {
  switch (event.what_case()) {
    case OrganisationEvent::kClusterEstablished:
      return absl::StrCat(console.In("lập cụm ", "cluster established: "), event.cluster_established().cluster());
    case OrganisationEvent::kBlocEstablished:
      return absl::StrCat(console.In("thành lập ", "established: "), console.In(event.bloc_established().name()));
    case OrganisationEvent::kBlocJoined:
      return absl::StrCat(console.In("vào cụm ", "joined "), event.bloc_joined().cluster());
    case OrganisationEvent::kBlocLeft:
      return absl::StrCat(console.In("rời cụm ", "left "), event.bloc_left().cluster());
    case OrganisationEvent::kLineage:
      return absl::StrCat(console.State(event.lineage().kind()).shown, ": ",
                          absl::StrJoin(event.lineage().predecessors(), ", "), " → ",
                          absl::StrJoin(event.lineage().successors(), ", "), " ", console.In(event.lineage().name()));
    case OrganisationEvent::kChairAppointed:
      return absl::StrCat(console.In("làm cụm trưởng ", "appointed chair of "), event.chair_appointed().cluster());
    case OrganisationEvent::WHAT_NOT_SET:
      return "";
  }
  return "";
}

absl::StatusOr<int> Lineage(const Context& context) {
  directory::v1::GetLineageRequest request;
  request.set_bloc(context.arguments.operands[0]);
  directory::v1::GetLineageResponse response;
  if (absl::Status status = context.connection.Call(request, &response); !status.ok()) return status;
  const Console& console = context.console;
  if (console.json()) {
    console.Print(ToJson(response));
    return kExitDone;
  }
  Table table({{"date", console.In("Ngày", "Date")},
               {"event", console.In("Sự kiện", "Event")},
               {"decision", console.In("Quyết định", "Decision")},
               {"note", console.In("Ghi chú", "Note")}});
  for (const OrganisationEvent& event : response.events()) {
    table.Add({Text(event.date()), Text(InWords(event, console)), Text(event.decision()), Text(event.note())});
  }
  console.Print(table);
  return kExitDone;
}

absl::StatusOr<int> Chair(const Context& context) {
  const absl::StatusOr<std::string> date = ParseDate("date", context.arguments.Get("date"));
  if (!date.ok()) return date.status();
  directory::v1::Event event;
  event.mutable_organisation()->set_date(*date);
  event.mutable_organisation()->mutable_chair_appointed()->set_cluster(context.arguments.Get("cluster"));
  event.mutable_organisation()->mutable_chair_appointed()->set_bloc(context.arguments.Get("bloc"));
  return RecordAndPrint(context, event);
}

}  // namespace

std::vector<Command> ClusterCommands() {
  return {
      {"cluster list", "", {}, {}, {"Mọi cụm.", "All clusters."}, "giaoban cluster list", List},
      {"cluster show",
       "",
       {"cluster"},
       {"on", "as-of"},
       {"Các đơn vị của cụm vào một ngày, theo những gì đã biết đến một thời điểm.",
        "The blocs of a cluster on a day, as known at a moment."},
       "giaoban cluster show --cluster dong-bac --on 2023-06-30",
       Show},
      {"cluster apply",
       "FILE",
       {},
       {},
       {"Ghi các sự kiện trong tệp JSON vào danh bạ; ghi lại lần nữa không đổi gì.",
        "Records the events of a JSON file in the directory; doing so again changes nothing."},
       "giaoban cluster apply cluster.json",
       Apply},
      {"cluster lineage",
       "BLOC",
       {},
       {},
       {"Lịch sử tổ chức của một đơn vị.", "What a bloc went through."},
       "giaoban cluster lineage quang-ninh",
       Lineage},
      {"cluster chair",
       "",
       {"cluster", "bloc", "date"},
       {"request-id"},
       {"Chọn cụm trưởng từ một ngày.", "Appoints the chair of a cluster from a day on."},
       "giaoban cluster chair --cluster dong-bac --bloc quang-ninh --date 2023-01-01",
       Chair},
  };
}

}  // namespace giaoban::cli
