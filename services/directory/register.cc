#include "services/directory/register.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "services/shared/runtime/commit_metrics.h"
#include "services/shared/runtime/status.h"

namespace giaoban::directory {
namespace {

using contract::VietnamTime;
using google::protobuf::util::TimeUtil;

absl::StatusOr<v1::Event> EventOf(const report::v1::Entry& entry) {
  v1::Event event;
  if (event.ParseFromString(entry.body())) return event;
  return absl::InternalError(absl::StrCat("directory entry ", entry.position(), " cannot be read"));
}

// The blocs an event speaks of.
std::set<std::string> BlocsOf(const v1::OrganisationEvent& event) {
  std::set<std::string> blocs(event.lineage().predecessors().begin(), event.lineage().predecessors().end());
  blocs.insert(event.lineage().successors().begin(), event.lineage().successors().end());
  blocs.insert({event.bloc_established().bloc(), event.bloc_joined().bloc(), event.bloc_left().bloc(),
                event.chair_appointed().bloc()});
  return blocs;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Register>> Register::Open(const runtime::Environment& environment) {
  std::unique_ptr<Register> directory(new Register(environment));
  const std::string stem = absl::StrCat(environment.data_directory, "/directory");
  auto store = storage::Open(environment.database, environment.data_directory, "directory");
  if (!store.ok()) return store.status();
  directory->store_ = *std::move(store);
  auto signer = journal::Signer::LoadOrCreate(stem + ".key");
  if (!signer.ok()) return signer.status();
  const runtime::CommitMetrics commits(environment.metrics, "directory", directory->store_->engine());
  auto journal = journal::Journal::Open(
      *directory->store_, *std::move(signer),
      // One event a commit: each is checked against a view that has all before it, and they are few.
      {.queue_limit = static_cast<int>(environment.limits.waiting_commits),
       .full = runtime::WhenPast(&runtime::Limits::waiting_commits, environment.limits, environment.metrics),
       .group_limit = 1,
       .clock = environment.clock,
       .observer = {.committed = commits.committed, .waiting = commits.waiting},
       .acknowledged = stem + ".acknowledged"});
  if (!journal.ok()) return journal.status();
  directory->journal_ = *std::move(journal);
  directory->tail_ = std::make_unique<journal::Tail>(
      *directory->journal_, kDirectoryJournal,
      [raw = directory.get()](const report::v1::Entry& entry) { return raw->Apply(entry); });
  if (absl::Status status = directory->tail_->CatchUp(); !status.ok()) return status;
  directory->tail_->Follow();
  return directory;
}

absl::Status Register::Apply(const report::v1::Entry& entry) {
  const absl::StatusOr<v1::Event> event = EventOf(entry);
  if (!event.ok()) return event.status();
  if (event->has_statement_key()) statement_keys_.Publish(event->statement_key(), contract::TimeOf(event->time()));
  view_.Apply(entry.position(), *event);
  return absl::OkStatus();
}

absl::Status Register::ForEach(const std::function<void(int64_t, const v1::Event&)>& visit) const {
  journal::Tail whole(*journal_, kDirectoryJournal, [&](const report::v1::Entry& entry) {
    const absl::StatusOr<v1::Event> event = EventOf(entry);
    if (event.ok()) visit(entry.position(), *event);
    return event.status();
  });
  return whole.CatchUp();
}

void Register::Record(const runtime::Caller& caller, const std::string& request_id, v1::Event event, Done done) {
  event.set_actor(caller.ToString());
  journal::RequestKey request{.cluster = kDirectoryJournal,
                              .scope = caller.ToString(),
                              .id = request_id,
                              .digest = journal::Sha256({event.SerializeAsString()})};
  *event.mutable_origin() = caller.Origin();
  auto decide = [this, event = std::move(event)](storage::Session& session,
                                                 const journal::Slot& slot) mutable -> absl::StatusOr<std::string> {
    if (absl::Status status = tail_->CatchUp(session); !status.ok()) return status;
    if (absl::Status status = view_.Check(event); !status.ok()) return status;
    *event.mutable_time() = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(slot.time));
    return event.SerializeAsString();
  };
  journal_->Append(std::move(request), std::move(decide),
                   [this, done = std::move(done)](absl::StatusOr<journal::Committed> committed) mutable {
                     if (!committed.ok()) return done(committed.status());
                     // Who asks next sees it. When it cannot be read now, it is as soon as it can be.
                     tail_->CatchUp().IgnoreError();
                     done(std::move(committed->entry));
                   });
}

absl::StatusOr<v1::GetClusterResponse> Register::Cluster(const std::string& cluster, absl::CivilDay on,
                                                         absl::Time as_of) const {
  clusters::View past;
  const clusters::View* view = &view_;
  if (as_of != absl::InfiniteFuture()) {
    view = &past;
    absl::Status status = ForEach([&](int64_t position, const v1::Event& event) {
      if (contract::TimeOf(event.time()) <= as_of) past.Apply(position, event);
    });
    if (!status.ok()) return status;
  }
  auto described = view->Describe(cluster, on, std::min(clock_(), as_of));
  if (!described.ok()) return described.status();
  v1::GetClusterResponse response;
  *response.mutable_cluster() = *std::move(described);
  response.set_position(view->position());
  return response;
}

v1::Cluster Register::ClusterToday(const std::string& cluster) const {
  const absl::Time now = clock_();
  return view_.Describe(cluster, absl::ToCivilDay(now, VietnamTime()), now).value();
}

absl::StatusOr<std::vector<v1::OrganisationEvent>> Register::Lineage(const std::string& bloc) const {
  if (!view_.HasBloc(bloc)) {
    return runtime::Error(absl::StatusCode::kNotFound, absl::StrCat("no bloc '", bloc, "'"),
                          {.reason = "BLOC_UNKNOWN", .vietnamese = absl::StrCat("Không có khối “", bloc, "”.")});
  }
  std::vector<v1::OrganisationEvent> events;
  absl::Status status = ForEach([&](int64_t, const v1::Event& event) {
    if (event.has_organisation() && BlocsOf(event.organisation()).contains(bloc))
      events.push_back(event.organisation());
  });
  if (!status.ok()) return status;
  std::stable_sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.date() < b.date(); });
  return events;
}

std::shared_ptr<journal::Feed> Register::Follow(int64_t after) {
  return std::make_shared<journal::Feed>(*journal_, std::map<std::string, int64_t>{{kDirectoryJournal, after}}, false);
}

}  // namespace giaoban::directory
