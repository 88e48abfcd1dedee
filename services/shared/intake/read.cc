#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "services/shared/intake/engine_internal.h"
#include "services/shared/intake/errors.h"
#include "services/shared/runtime/page_token.h"

namespace giaoban::intake {

using google::protobuf::Message;
using google::protobuf::util::TimeUtil;
using report::v1::ReportKey;
using report::v1::Revision;
using report::v1::Selection;

namespace {

constexpr char kHistory[] = "revisions";

const RevisionRow* Choose(const std::vector<RevisionRow>& revisions, const Selection& selection) {
  if (revisions.empty()) return nullptr;
  if (selection.accepted()) return AcceptedOf(revisions);
  if (selection.revision() == 0) return &revisions.back();
  for (const RevisionRow& row : revisions) {
    if (row.revision == selection.revision()) return &row;
  }
  return nullptr;
}

absl::StatusOr<Revision> DescribeDraft(const DraftRow& row, Message& report) {
  report::v1::Draft draft;
  if (row.version == 0) return NoRevision();
  if (!draft.ParseFromString(row.header) || !report.ParseFromString(row.report)) {
    return absl::InternalError("a stored draft cannot be read");
  }
  Revision revision;
  *revision.mutable_key() = draft.key();
  revision.set_revision(row.version);
  revision.set_state(report::v1::STATE_DRAFT);
  *revision.mutable_submit_time() = TimeUtil::MicrosecondsToTimestamp(row.saved_micros);
  revision.set_submitter(row.author);
  *revision.mutable_explanations() = draft.explanations();
  return revision;
}

}  // namespace

absl::StatusOr<Revision> Engine::Describe(const ReportKey& key, const RevisionRow& row, Message* report) const {
  auto entry = journal_->Get(key.cluster(), row.position);
  if (!entry.ok()) return entry.status();
  report::v1::Fact fact;
  if (!fact.ParseFromString(entry->entry.body()) ||
      (report != nullptr && !report->ParseFromString(fact.submitted().report()))) {
    return absl::InternalError(absl::StrCat("entry ", row.position, " cannot be read"));
  }
  Revision revision;
  *revision.mutable_key() = fact.key();
  revision.set_revision(row.revision);
  revision.set_state(row.state);
  revision.set_position(row.position);
  revision.set_hash(entry->entry.hash());
  *revision.mutable_submit_time() = fact.time();
  revision.set_submitter(fact.actor());
  revision.set_reason(fact.reason());
  *revision.mutable_explanations() = fact.submitted().explanations();
  revision.set_late(fact.submitted().late());
  if (row.decision_position == 0) return revision;
  auto decision = journal_->Get(key.cluster(), row.decision_position);
  if (!decision.ok()) return decision.status();
  if (!fact.ParseFromString(decision->entry.body())) return absl::InternalError("a decision cannot be read");
  *revision.mutable_decision_time() = fact.time();
  revision.set_decider(fact.actor());
  revision.set_decision_reason(fact.reason());
  return revision;
}

absl::StatusOr<Revision> Engine::Get(const runtime::Identity& caller, const Selection& selection,
                                     Message& report) const {
  const ReportKey& key = selection.key();
  absl::Status allowed = selection.draft() ? MayOffice(caller, key) : MayRead(caller, key);
  if (!allowed.ok()) return allowed;
  std::vector<RevisionRow> revisions;
  DraftRow draft;
  absl::Status status = store_->Read([&](storage::Session& session) -> absl::Status {
    auto rows = Revisions(session, key);
    if (!rows.ok()) return rows.status();
    revisions = *std::move(rows);
    if (!selection.draft()) return absl::OkStatus();
    auto stored = ReadDraft(session, key);
    if (stored.ok()) draft = *std::move(stored);
    return stored.status();
  });
  if (!status.ok()) return status;
  if (selection.draft()) return DescribeDraft(draft, report);
  const RevisionRow* row = Choose(revisions, selection);
  return row == nullptr ? NoRevision() : Describe(key, *row, &report);
}

absl::StatusOr<Engine::Page> Engine::History(const runtime::Identity& caller, const ReportKey& key, int page_size,
                                             const std::string& page_token) const {
  if (absl::Status status = MayRead(caller, key); !status.ok()) return status;
  const auto size = runtime::PageSize(page_size, limits_, metrics_);
  if (!size.ok()) return size.status();
  const auto after = runtime::NumberOf(kHistory, page_token);
  if (!after.ok()) return after.status();
  std::vector<RevisionRow> rows;
  absl::Status status = store_->Read([&](storage::Session& session) -> absl::Status {
    // One more than asked for tells whether there is another page.
    auto read = RevisionsAfter(session, key, *after, *size + 1);
    if (read.ok()) rows = *std::move(read);
    return read.status();
  });
  if (!status.ok()) return status;
  Page page;
  if (rows.size() > static_cast<size_t>(*size)) {
    rows.pop_back();
    page.next_page_token = runtime::PageToken(kHistory, rows.back().revision);
  }
  for (const RevisionRow& row : rows) {
    auto revision = Describe(key, row, nullptr);
    if (!revision.ok()) return revision.status();
    page.revisions.push_back(*std::move(revision));
  }
  return page;
}

absl::StatusOr<std::vector<report::v1::ReportStatus>> Engine::List(const runtime::Identity& caller,
                                                                   const std::string& cluster,
                                                                   const std::string& period) const {
  ReportKey key;
  key.set_cluster(cluster);
  key.set_period(period);
  key.set_bloc(caller.name);
  if (absl::Status status = MayRead(caller, key); !status.ok()) return status;
  if (!contract::HalfYear::Parse(period).ok()) {
    return BadRequest("period is not a half-year such as 2023-H1", "Kỳ báo cáo phải có dạng “2023-H1”.");
  }
  const bool all = Chairs(caller, cluster);
  std::vector<RevisionRow> rows;
  absl::Status status = store_->Read([&](storage::Session& session) -> absl::Status {
    auto read = all ? PeriodRevisions(session, cluster, period) : Revisions(session, key);
    if (read.ok()) rows = *std::move(read);
    return read.status();
  });
  if (!status.ok()) return status;
  std::vector<report::v1::ReportStatus> reports;
  report::v1::ReportStatus next;
  for (size_t i = 0; i < rows.size(); ++i) {
    key.set_bloc(rows[i].bloc);
    const bool last = i + 1 == rows.size() || rows[i + 1].bloc != rows[i].bloc;
    const bool accepted = rows[i].state == report::v1::STATE_ACCEPTED;
    if (!last && !accepted) continue;
    auto revision = Describe(key, rows[i], nullptr);
    if (!revision.ok()) return revision.status();
    if (accepted) {
      next.set_accepted_revision(revision->revision());
      next.set_accepted_hash(revision->hash());
    }
    if (!last) continue;
    *next.mutable_latest() = *std::move(revision);
    reports.push_back(std::move(next));
    next.Clear();
  }
  return reports;
}

}  // namespace giaoban::intake
