#include "services/shared/audit/log.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/util/time_util.h"
#include "services/shared/audit/event_table.h"
#include "services/shared/journal/tables.h"
#include "services/shared/runtime/commit_metrics.h"
#include "services/shared/runtime/fields.h"
#include "services/shared/runtime/log.h"
#include "services/shared/runtime/page_token.h"
#include "services/shared/runtime/status.h"

namespace giaoban::audit {
namespace {

using google::protobuf::util::TimeUtil;
using storage::Session;

constexpr char kCluster[] = "audit";
constexpr char kList[] = "events";
constexpr size_t kNameBytes = 100;

// "logged_in"
std::string LabelOf(v1::EventKind kind) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::EventKind_Name(kind), "EVENT_KIND_"));
}

absl::Status Unwritable() {
  return runtime::Error(
      absl::StatusCode::kUnavailable, "the audit log cannot be written",
      {.reason = "AUDIT_LOG", .vietnamese = "Không ghi được nhật ký kiểm tra truy cập; đề nghị thử lại sau giây lát."});
}

absl::StatusOr<v1::Event> ReadEvent(Session& session, int64_t position) {
  const auto committed = journal::ReadCommitted(session, kCluster, position);
  if (!committed.ok()) return committed.status();
  v1::Event event;
  if (event.ParseFromString(committed->entry.body())) return event;
  return absl::InternalError(absl::StrCat("entry ", position, " of the audit log cannot be read"));
}

absl::Status Check(const v1::ListEventsRequest& request) {
  for (const google::protobuf::Timestamp& time : {request.since(), request.until()}) {
    if (absl::Status status = runtime::CheckTime(time); !status.ok()) return status;
  }
  if (v1::EventKind_IsValid(request.kind()) && request.actor().size() <= kNameBytes &&
      request.person().size() <= kNameBytes) {
    return absl::OkStatus();
  }
  return runtime::Error(
      absl::StatusCode::kInvalidArgument, "no event is of this kind, or of somebody with a name this long",
      {.reason = "REQUEST_MALFORMED", .vietnamese = "Không có sự kiện thuộc loại này, hoặc của người có tên dài thế."});
}

}  // namespace

Log::Log(const runtime::Environment& environment)
    : clock_(environment.clock), limits_(environment.limits), metrics_(environment.metrics) {
  // From the beginning, so that the first event shows as a change.
  for (int kind = v1::EVENT_KIND_UNSPECIFIED + 1; kind < v1::EventKind_ARRAYSIZE; ++kind) {
    metrics_.audit_events.Add({{"kind", LabelOf(static_cast<v1::EventKind>(kind))}});
  }
  metrics_.audit_lost.Add({});
}

absl::StatusOr<std::unique_ptr<Log>> Log::Open(const runtime::Environment& environment) {
  std::unique_ptr<Log> log(new Log(environment));
  const std::string stem = absl::StrCat(environment.data_directory, "/audit");
  auto store = storage::OpenSqlite(stem + ".db");
  if (!store.ok()) return store.status();
  log->store_ = *std::move(store);
  if (absl::Status status = MigrateEvents(*log->store_); !status.ok()) return status;
  auto signer = journal::Signer::LoadOrCreate(stem + ".key");
  if (!signer.ok()) return signer.status();
  const runtime::CommitMetrics commits(environment.metrics, "audit", log->store_->engine());
  auto journal = journal::Journal::Open(*log->store_, *std::move(signer),
                                        {.queue_limit = static_cast<int>(environment.limits.waiting_commits),
                                         .clock = environment.clock,
                                         .observer = {.committed = commits.committed, .waiting = commits.waiting},
                                         .acknowledged = stem + ".acknowledged"});
  if (!journal.ok()) return journal.status();
  log->journal_ = *std::move(journal);
  const auto heads = log->journal_->Heads();
  if (!heads.ok()) return heads.status();
  if (!heads->empty()) log->opened_at_ = heads->front().position();
  return log;
}

Log::~Log() {
  if (journal_ == nullptr) return;
  for (v1::Event& event : coalescer_.TakeEnded(absl::InfiniteFuture())) Record(std::move(event), nullptr);
}

void Log::Take(v1::Event event, runtime::AccessEvents::Recorded recorded) {
  const absl::Time now = clock_();
  metrics_.audit_events.Add({{"kind", LabelOf(event.kind())}}).Increment();
  if (event.kind() == v1::EVENT_KIND_LOGGED_IN) {
    *event.mutable_time() = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(now));
    event.set_count(1);
    return Record(std::move(event), std::move(recorded));
  }
  std::optional<v1::Event> first = coalescer_.Add(std::move(event), now);
  if (first.has_value()) return Record(*std::move(first), std::move(recorded));
  if (recorded) recorded(absl::OkStatus());
}

void Log::Record(v1::Event event, runtime::AccessEvents::Recorded recorded) {
  const int64_t count = event.count();
  journal::RequestKey request{.cluster = kCluster,
                              .scope = kCluster,
                              .id = absl::StrCat(opened_at_, ".", ++taken_),
                              .digest = journal::Sha256({event.SerializeAsString()})};
  auto decide = [event = std::move(event)](Session& session, const journal::Slot& slot) -> absl::StatusOr<std::string> {
    if (absl::Status status = InsertEvent(session, slot.position, event); !status.ok()) return status;
    return event.SerializeAsString();
  };
  journal_->Append(
      std::move(request), std::move(decide),
      [this, count, recorded = std::move(recorded)](const absl::StatusOr<journal::Committed>& committed) mutable {
        if (!committed.ok()) Lose(count);
        if (recorded) recorded(committed.ok() ? absl::OkStatus() : Unwritable());
      });
}

void Log::Lose(int64_t count) {
  lost_ += count;
  metrics_.audit_lost.Add({}).Increment(static_cast<double>(count));
}

void Log::Tick() {
  const absl::Time now = clock_();
  for (v1::Event& event : coalescer_.TakeEnded(now)) Record(std::move(event), nullptr);
  const int64_t lost = lost_;
  if (lost == lost_said_ || now < next_word_) return;
  lost_said_ = lost;
  next_word_ = now + absl::Minutes(1);
  runtime::Log(runtime::Severity::kError, "the audit log cannot be written and events were lost",
               {{"lost", absl::StrCat(lost)}});
}

absl::StatusOr<v1::ListEventsResponse> Log::List(const v1::ListEventsRequest& request) const {
  const absl::StatusOr<int> size = runtime::PageSize(request.page_size(), limits_, metrics_);
  if (!size.ok()) return size.status();
  const absl::StatusOr<int64_t> after = runtime::NumberOf(kList, request.page_token());
  if (!after.ok()) return after.status();
  if (absl::Status status = Check(request); !status.ok()) return status;
  v1::ListEventsResponse response;
  response.set_lost(lost_);
  absl::Status status = store_->Read([&](Session& session) -> absl::Status {
    // One more than asked for tells whether there is another page.
    auto positions = FindEvents(session, request, *after, *size + 1);
    if (!positions.ok()) return positions.status();
    if (positions->size() > static_cast<size_t>(*size)) {
      positions->pop_back();
      response.set_next_page_token(runtime::PageToken(kList, positions->back()));
    }
    for (const int64_t position : *positions) {
      auto event = ReadEvent(session, position);
      if (!event.ok()) return event.status();
      *response.add_events() = *std::move(event);
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return response;
}

}  // namespace giaoban::audit
