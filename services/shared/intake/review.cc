#include <algorithm>
#include <utility>

#include "google/protobuf/util/time_util.h"
#include "services/shared/intake/engine_internal.h"
#include "services/shared/intake/errors.h"
#include "services/shared/runtime/fields.h"

namespace giaoban::intake {

using google::protobuf::util::TimeUtil;
using report::v1::Fact;
using report::v1::ReportKey;

namespace {

absl::Status CheckReview(const report::v1::Review& review) {
  if (review.decision() != report::v1::DECISION_ACCEPT && review.decision() != report::v1::DECISION_RETURN) {
    return BadRequest("the decision must be accept or return", "Quyết định phải là chấp nhận hoặc trả lại.");
  }
  if (review.decision() == report::v1::DECISION_RETURN && review.reason().empty()) {
    return BadRequest("returning a report needs a reason", "Trả lại báo cáo phải nêu lý do.");
  }
  if (absl::Status status = runtime::CheckReason(review.reason()); !status.ok()) return status;
  return runtime::CheckRequestId(review.request_id());
}

template <typename Decision>
journal::RequestKey RequestOf(const runtime::Identity& caller, const Decision& decision, absl::string_view method) {
  Decision content = decision;
  content.clear_request_id();
  return {.cluster = decision.key().cluster(),
          .scope = caller.ToString(),
          .id = decision.request_id(),
          .digest = journal::Sha256({method, Deterministic(content)}),
          .subject = SubjectOf(decision.key())};
}

report::v1::State StateAfter(const Fact& fact) {
  if (fact.has_withdrawn()) return report::v1::STATE_WITHDRAWN;
  return fact.decided().decision() == report::v1::DECISION_ACCEPT ? report::v1::STATE_ACCEPTED
                                                                  : report::v1::STATE_RETURNED;
}

}  // namespace

void Engine::Review(const runtime::Caller& caller, const report::v1::Review& review, ReceiptDone done) {
  if (absl::Status status = MayReview(caller, review.key().cluster()); !status.ok()) return done(status);
  if (absl::Status status = CheckReview(review); !status.ok()) return done(status);
  Fact fact;
  *fact.mutable_key() = review.key();
  fact.set_revision(review.revision());
  fact.set_actor(caller.ToString());
  *fact.mutable_origin() = caller.Origin();
  fact.set_reason(review.reason());
  fact.mutable_decided()->set_decision(review.decision());
  fact.mutable_decided()->set_revision_hash(review.revision_hash());
  AppendDecision(RequestOf(caller, review, "review"), std::move(fact), review.revision_hash(), std::move(done));
}

void Engine::Withdraw(const runtime::Caller& caller, const report::v1::Withdrawal& withdrawal, ReceiptDone done) {
  if (absl::Status status = MayOffice(caller, withdrawal.key()); !status.ok()) return done(status);
  if (absl::Status status = runtime::CheckRequestId(withdrawal.request_id()); !status.ok()) return done(status);
  if (absl::Status status = runtime::CheckReason(withdrawal.reason()); !status.ok()) return done(status);
  Fact fact;
  *fact.mutable_key() = withdrawal.key();
  fact.set_revision(withdrawal.revision());
  fact.set_actor(caller.ToString());
  *fact.mutable_origin() = caller.Origin();
  fact.set_reason(withdrawal.reason());
  fact.mutable_withdrawn();
  AppendDecision(RequestOf(caller, withdrawal, "withdraw"), std::move(fact), "", std::move(done));
}

void Engine::AppendDecision(journal::RequestKey request, Fact fact, const std::string& revision_hash,
                            ReceiptDone done) {
  // As of a submission.
  fact.mutable_key()->DiscardUnknownFields();
  fact.set_salt(NewSalt());
  auto decide = [this, fact = std::move(fact), revision_hash](storage::Session& session,
                                                              const journal::Slot& slot) mutable {
    return Decide(session, slot, fact, revision_hash);
  };
  journal_->Append(std::move(request), std::move(decide),
                   [this, done = std::move(done)](absl::StatusOr<journal::Committed> committed) mutable {
                     if (!committed.ok()) return done(committed.status());
                     done(ReceiptOf(*committed));
                   });
}

absl::StatusOr<std::string> Engine::Decide(storage::Session& session, const journal::Slot& slot, Fact& fact,
                                           const std::string& revision_hash) const {
  auto revisions = Revisions(session, fact.key());
  if (!revisions.ok()) return revisions.status();
  const auto row = std::find_if(revisions->begin(), revisions->end(),
                                [&](const RevisionRow& candidate) { return candidate.revision == fact.revision(); });
  if (row == revisions->end()) return NoRevision();
  if (fact.has_decided()) {
    // What is accepted is what was read: the entry's hash pins its content.
    auto entry = journal::Journal::Get(session, fact.key().cluster(), row->position);
    if (!entry.ok()) return entry.status();
    if (entry->entry.hash() != revision_hash) return OtherHash();
  }
  if (row->state != report::v1::STATE_SUBMITTED) return NotPending(row->state);
  *fact.mutable_time() = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(slot.time));
  const report::v1::State after = StateAfter(fact);
  if (const RevisionRow* accepted = AcceptedOf(*revisions); accepted && after == report::v1::STATE_ACCEPTED) {
    absl::Status status = MoveRevision(session, fact.key(), *accepted, report::v1::STATE_SUPERSEDED, 0, slot.tally);
    if (!status.ok()) return status;
  }
  absl::Status status = MoveRevision(session, fact.key(), *row, after, slot.position, slot.tally);
  if (!status.ok()) return status;
  return Deterministic(fact);
}

}  // namespace giaoban::intake
