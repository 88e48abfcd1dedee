#include "services/shared/intake/engine.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "services/shared/clusters/follower.h"
#include "services/shared/contract/format.h"
#include "services/shared/intake/engine_internal.h"
#include "services/shared/intake/errors.h"
#include "services/shared/runtime/call.h"
#include "services/shared/runtime/commit_metrics.h"
#include "services/shared/runtime/fields.h"

namespace giaoban::intake {
namespace {

// Room for everything that can be submitted.
constexpr size_t kDraftBytes = 512 << 10;

}  // namespace

using contract::v1::Role;
using google::protobuf::Message;
using report::v1::ReportKey;

Engine::Engine(std::shared_ptr<const contract::Catalogue> catalogue, const contract::Form& form,
               const clusters::View& view, const runtime::Environment& environment,
               std::function<absl::Status()> view_ready)
    : catalogue_(std::move(catalogue)),
      form_(form),
      view_(view),
      view_ready_(std::move(view_ready)),
      limits_(environment.limits),
      metrics_(environment.metrics),
      clock_(environment.clock) {}

absl::StatusOr<std::unique_ptr<Engine>> Engine::Open(std::shared_ptr<const contract::Catalogue> catalogue,
                                                     const contract::Form& form, const clusters::View& view,
                                                     const runtime::Environment& environment,
                                                     std::function<absl::Status()> view_ready) {
  std::unique_ptr<Engine> engine(new Engine(std::move(catalogue), form, view, environment, std::move(view_ready)));
  const std::string stem = absl::StrCat(environment.data_directory, "/", form.kind);
  auto store = storage::Open(environment.database, environment.data_directory, form.kind);
  if (!store.ok()) return store.status();
  engine->store_ = *std::move(store);
  if (absl::Status status = storage::Migrate(*engine->store_, "intake", kMigrations); !status.ok()) return status;
  auto signer = journal::Signer::LoadOrCreate(stem + ".key");
  if (!signer.ok()) return signer.status();
  const runtime::CommitMetrics commits(environment.metrics, form.kind, engine->store_->engine());
  auto journal = journal::Journal::Open(
      *engine->store_, *std::move(signer),
      {.queue_limit = static_cast<int>(environment.limits.waiting_commits),
       .full = runtime::WhenPast(&runtime::Limits::waiting_commits, environment.limits, environment.metrics),
       .clock = environment.clock,
       .settle = AddCounts,
       .observer = {.committed = commits.committed, .waiting = commits.waiting},
       .acknowledged = stem + ".acknowledged"});
  if (!journal.ok()) return journal.status();
  engine->journal_ = *std::move(journal);
  if (absl::Status status = engine->ShowReports(); !status.ok()) return status;
  return engine;
}

absl::Status Engine::ShowReports() {
  return store_->Read([this](storage::Session& session) -> absl::Status {
    const auto states = CountStates(session);
    if (!states.ok()) return states.status();
    // Those no revision was ever in are shown too.
    std::map<report::v1::State, int64_t> counts = {{report::v1::STATE_SUBMITTED, 0},
                                                   {report::v1::STATE_ACCEPTED, 0},
                                                   {report::v1::STATE_RETURNED, 0},
                                                   {report::v1::STATE_WITHDRAWN, 0},
                                                   {report::v1::STATE_SUPERSEDED, 0}};
    for (const auto& [state, count] : *states) counts[state] = count;
    for (const auto& [state, count] : counts) {
      metrics_.reports.Add({{"kind", form_.kind}, {"state", StateLabel(state)}}).Set(static_cast<double>(count));
    }
    return absl::OkStatus();
  });
}

bool Engine::Chairs(const runtime::Identity& caller, const std::string& cluster) const {
  const absl::CivilDay today = absl::ToCivilDay(clock_(), contract::VietnamTime());
  return caller.role == Role::ROLE_CHAIR && view_.Chair(cluster, today) == caller.name;
}

absl::Status Engine::MayOffice(const runtime::Identity& caller, const ReportKey& key) const {
  if (absl::Status ready = view_ready_(); !ready.ok()) return ready;
  const bool own = caller.role == Role::ROLE_OFFICE && caller.name == key.bloc();
  return own && view_.EverMember(key.cluster(), key.bloc()) ? absl::OkStatus() : runtime::Denied();
}

absl::Status Engine::MayReview(const runtime::Identity& caller, const std::string& cluster) const {
  if (absl::Status ready = view_ready_(); !ready.ok()) return ready;
  return Chairs(caller, cluster) ? absl::OkStatus() : runtime::Denied();
}

absl::Status Engine::MayRead(const runtime::Identity& caller, const ReportKey& key) const {
  return caller.role == Role::ROLE_CHAIR ? MayReview(caller, key.cluster()) : MayOffice(caller, key);
}

report::v1::Receipt Engine::ReceiptOf(const journal::Committed& committed) const {
  report::v1::Fact fact;
  fact.ParseFromString(committed.entry.body());
  report::v1::Receipt receipt;
  receipt.set_kind(form_.kind);
  *receipt.mutable_key() = fact.key();
  receipt.set_revision(fact.revision());
  receipt.set_position(committed.entry.position());
  *receipt.mutable_time() = fact.time();
  receipt.set_entry_hash(committed.entry.hash());
  *receipt.mutable_proof() = committed.proof;
  return receipt;
}

absl::StatusOr<int64_t> Engine::SaveDraft(const runtime::Caller& caller, const report::v1::Draft& draft,
                                          const Message& report) {
  const ReportKey& key = draft.key();
  if (absl::Status status = MayOffice(caller, key); !status.ok()) return status;
  const auto half = contract::HalfYear::Parse(key.period());
  if (!half.ok() || !view_.DeadlinesFor(key.cluster(), *half, "")) {
    return BadRequest("unknown period", "Kỳ báo cáo không đúng.");
  }
  const std::string figures = Deterministic(report), header = Deterministic(draft);
  if (figures.size() + header.size() > kDraftBytes) {
    return BadRequest(absl::StrCat("the draft is longer than ", kDraftBytes, " bytes"),
                      absl::StrCat("Bản nháp dài quá ", kDraftBytes, " byte."));
  }
  int64_t version = 0;
  absl::Status status = store_->Write(key.cluster(), [&](storage::Session& session) -> absl::Status {
    const auto current = ReadDraft(session, key);
    if (!current.ok()) return current.status();
    // What a repeated call finds; the header says which version is replaced.
    if (current->report == figures && current->header == header) {
      version = current->version;
      return absl::OkStatus();
    }
    if (current->version != draft.version()) return DraftConflict(current->version);
    version = current->version + 1;
    return WriteDraft(session, key,
                      {.version = version,
                       .report = figures,
                       .header = header,
                       .saved_micros = absl::ToUnixMicros(clock_()),
                       .author = caller.ToString()});
  });
  if (!status.ok()) return status;
  return version;
}

absl::StatusOr<Engine::Following> Engine::Watch(
    const runtime::Identity& caller, const google::protobuf::RepeatedPtrField<report::v1::FeedPosition>& after) {
  if (absl::Status ready = view_ready_(); !ready.ok()) return ready;
  const bool service = caller.role == Role::ROLE_SERVICE;
  if (absl::Status few = runtime::CheckPositionCount(after.size()); !service && !few.ok()) return few;
  std::map<std::string, int64_t> positions;
  for (const report::v1::FeedPosition& from : after) {
    const bool own = caller.role == Role::ROLE_OFFICE && view_.EverMember(from.cluster(), caller.name);
    if (!service && !own && !Chairs(caller, from.cluster())) return runtime::Denied();
    if (absl::Status valid = runtime::CheckPosition(from.position()); !valid.ok()) return valid;
    positions[from.cluster()] = from.position();
  }
  if (!service && positions.empty()) {
    return BadRequest("name the cluster to follow", "Hãy nêu cụm cần theo dõi.");
  }
  auto feed = std::make_shared<journal::Feed>(*journal_, positions, service);
  if (caller.role == Role::ROLE_OFFICE) {
    return Following{.feed = std::move(feed), .next = EntriesOf(caller.name, std::move(positions))};
  }
  NextEntry next = [feed = feed.get()](report::v1::Entry* entry) -> absl::StatusOr<bool> {
    auto read = feed->Next();
    if (!read.ok()) return read.status();
    if (!read->has_value()) return false;
    *entry = **std::move(read);
    return true;
  };
  return Following{.feed = std::move(feed), .next = std::move(next)};
}

// Goes from one entry of the bloc to the next: what others handed in costs no work that could be timed.
Engine::NextEntry Engine::EntriesOf(std::string bloc, std::map<std::string, int64_t> after) const {
  return
      [this, bloc = std::move(bloc), after = std::move(after)](report::v1::Entry* out) mutable -> absl::StatusOr<bool> {
        for (auto& followed : after) {
          const std::string& cluster = followed.first;
          int64_t& position = followed.second;
          int64_t next = 0;
          absl::Status status = store_->Read([&](storage::Session& session) -> absl::Status {
            auto found = NextPositionOf(session, cluster, bloc, position);
            if (found.ok()) next = *found;
            return found.status();
          });
          if (!status.ok()) return status;
          if (next == 0) continue;
          auto entry = journal_->Get(cluster, next);
          if (!entry.ok()) return entry.status();
          position = next;
          *out = std::move(entry->entry);
          return true;
        }
        return false;
      };
}

}  // namespace giaoban::intake
