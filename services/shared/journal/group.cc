#include "services/shared/journal/group.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace giaoban::journal {

Group::Group(std::list<Request>& requests, const Signer& signer, const std::function<absl::Time()>& clock)
    : requests_(requests), signer_(signer), clock_(clock) {}

absl::Status Group::Run(storage::Session& session) {
  absl::StatusOr<Head> head = ReadHead(session, cluster());
  if (!head.ok()) return head.status();
  head_ = *std::move(head);
  first_ = head_.position + 1;
  for (Request& request : requests_) {
    if (absl::Status status = DecideOn(session, request); !status.ok()) return status;
  }
  return Seal(session);
}

absl::Status Group::DecideOn(storage::Session& session, Request& request) {
  const absl::StatusOr<std::optional<RequestRecord>> known = ReadRequest(session, request.key);
  if (!known.ok()) return known.status();
  if (known->has_value()) {
    outcomes_.push_back(Replay(session, request, **known));
    return absl::OkStatus();
  }
  request.tried = true;
  head_.time = std::max(head_.time, clock_());
  absl::StatusOr<std::string> body = request.decide(session, Slot{head_.position + 1, head_.time});
  if (body.ok()) return Take(session, request.key, *std::move(body));
  outcomes_.push_back(body.status());
  return absl::OkStatus();
}

absl::StatusOr<Committed> Group::Replay(storage::Session& session, const Request& request, const RequestRecord& known) {
  if (!known.same) return IdUsedBefore(request.key);
  absl::StatusOr<Committed> committed = known.position < first_
                                            ? ReadCommitted(session, request.key.cluster, known.position)
                                            : outcomes_[outcome_of_[static_cast<size_t>(known.position - first_)]];
  // What this very request did when its commit was lost on the way is no repetition.
  if (committed.ok()) committed->replayed = !request.tried;
  return committed;
}

absl::Status Group::Take(storage::Session& session, const RequestKey& request, std::string body) {
  Committed committed;
  committed.entry.set_cluster(request.cluster);
  committed.entry.set_position(++head_.position);
  head_.hash = EntryHash(head_.hash, request.cluster, head_.position, body);
  committed.entry.set_body(std::move(body));
  committed.entry.set_hash(head_.hash);
  hashes_.push_back(head_.hash);
  times_.push_back(head_.time);
  outcome_of_.push_back(outcomes_.size());
  outcomes_.push_back(std::move(committed));
  return InsertRequest(session, request, head_.position);
}

absl::Status Group::Seal(storage::Session& session) {
  if (hashes_.empty()) return absl::OkStatus();
  const std::vector<report::v1::Proof> proofs = signer_.Sign(cluster(), hashes_);
  for (absl::StatusOr<Committed>& outcome : outcomes_) {
    if (!outcome.ok() || outcome->entry.position() < first_) continue;
    const auto index = static_cast<size_t>(outcome->entry.position() - first_);
    outcome->proof = proofs[index];
    if (outcome->replayed) continue;
    if (absl::Status status = InsertCommitted(session, *outcome, times_[index]); !status.ok()) return status;
  }
  return InsertCluster(session, cluster());
}

void Group::Fail(const absl::Status& failure) {
  absl::Status answer = failure;
  if (absl::IsResourceExhausted(failure)) {
    answer = absl::ResourceExhaustedError("the store has no room; nothing was recorded");
  } else if (absl::IsUnavailable(failure) || absl::IsAborted(failure)) {
    answer = absl::UnavailableError("the commit failed; repeat the request to learn its outcome");
  }
  outcomes_.assign(requests_.size(), answer);
}

}  // namespace giaoban::journal
