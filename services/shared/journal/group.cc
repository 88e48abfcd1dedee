#include "services/shared/journal/group.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace giaoban::journal {

Group::Group(std::list<Request>& requests, const Signer& signer, const Options& options)
    : requests_(requests), signer_(signer), options_(options), known_(requests.size()) {}

absl::Status Group::Run(storage::Session& session) {
  if (absl::Status status = Read(session); !status.ok()) return status;
  first_ = head_.position + 1;
  auto known = known_.begin();
  for (Request& request : requests_) {
    if (absl::Status status = DecideOn(session, request, *known++); !status.ok()) return status;
  }
  return Seal(session);
}

absl::Status Group::Read(storage::Session& session) {
  auto known = known_.begin();
  for (Request& request : requests_) {
    absl::Status status = AskRequest(session, request.key, *known++);
    if (status.ok() && request.prepare) status = request.prepare(session);
    if (!status.ok()) return status;
  }
  absl::StatusOr<Head> head = ReadHead(session, cluster());
  if (head.ok()) head_ = *std::move(head);
  return head.status();
}

absl::Status Group::DecideOn(storage::Session& session, Request& request, std::optional<RequestRecord> known) {
  if (!known) known = Taken(request.key);
  if (known) {
    outcomes_.push_back(Replay(session, request, *known));
    return absl::OkStatus();
  }
  request.tried = true;
  head_.time = std::max(head_.time, options_.clock());
  absl::StatusOr<std::string> body = request.decide(session, Slot{head_.position + 1, head_.time, tally_});
  if (body.ok()) return Take(session, request.key, *std::move(body));
  outcomes_.push_back(body.status());
  return absl::OkStatus();
}

std::optional<RequestRecord> Group::Taken(const RequestKey& request) const {
  const auto found = taken_.find({request.scope, request.id});
  if (found == taken_.end()) return std::nullopt;
  const auto& [key, position] = found->second;
  return RequestRecord{position, key->digest == request.digest};
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
  taken_[{request.scope, request.id}] = {&request, head_.position};
  return InsertRequest(session, request, head_.position);
}

absl::Status Group::Seal(storage::Session& session) {
  if (hashes_.empty()) return absl::OkStatus();
  if (absl::Status status = options_.settle(session, cluster(), tally_); !status.ok()) return status;
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
