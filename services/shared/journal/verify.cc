#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/shared/journal/journal.h"
#include "services/shared/journal/tables.h"

namespace giaoban::journal {
namespace {

using storage::Row;
using storage::Session;

// Entries read in one transaction, and between two calls of `progress`.
constexpr int kPage = 512;

// Follows one cluster's journal from its first entry and remembers what the next must
// continue. Faults are sentences; empty when there is none.
class Chain {
 public:
  // Without a verifier signatures are left out.
  Chain(std::string cluster, const Verifier* verifier) : cluster_(std::move(cluster)), verifier_(verifier) {}

  std::string Check(int64_t position, absl::string_view body, absl::string_view hash, absl::string_view proof) {
    const int64_t expected = head_.position + 1;
    if (position < expected) return Fault(position, "positions begin at 1");
    if (position > expected) return Fault(expected, absl::StrCat("is missing; ", position, " comes next"));
    if (hash != EntryHash(head_.hash, cluster_, position, body)) {
      return Fault(position, "the hash does not fit the entry and the one before it");
    }
    head_ = {position, std::string(hash)};
    return CheckProof(proof);
  }

  // `last_requested` is the last position a request was answered with.
  std::string CheckEnd(int64_t last_requested) const {
    const int64_t next = head_.position + 1;
    if (InsideCommit()) return Fault(next, "is missing; the commit of the entry before it had more");
    if (last_requested >= next) return Fault(next, absl::StrCat("is missing; a request made entry ", last_requested));
    return "";
  }

 private:
  std::string CheckProof(absl::string_view serialized) {
    report::v1::Proof proof;
    if (!proof.ParseFromString(std::string(serialized))) return Fault(head_.position, "the proof cannot be read");
    const absl::Status status = verifier_ == nullptr ? absl::OkStatus() : verifier_->Check(cluster_, head_.hash, proof);
    if (!status.ok()) return Fault(head_.position, status.message());
    // A path fits trees of several sizes; the neighbours in the commit tell which.
    const bool fits = InsideCommit() ? proof.leaf() == previous_.leaf() + 1 && proof.leaves() == previous_.leaves() &&
                                           proof.signature() == previous_.signature()
                                     : proof.leaf() == 0;
    previous_ = std::move(proof);
    return fits ? "" : Fault(head_.position, "the proof is of another commit than the one before it");
  }

  bool InsideCommit() const { return previous_.leaf() + 1 < previous_.leaves(); }

  std::string Fault(int64_t position, absl::string_view reason) const {
    return absl::StrCat(cluster_, cluster_.empty() ? "" : " ", position, ": ", reason);
  }

  const std::string cluster_;
  const Verifier* const verifier_;
  Head head_;
  report::v1::Proof previous_;
};

absl::StatusOr<std::vector<std::string>> Clusters(const storage::Store& store) {
  std::vector<std::string> clusters;
  absl::Status status = store.Read([&](Session& session) {
    return session.Query("SELECT cluster FROM journal UNION SELECT cluster FROM request ORDER BY cluster", {},
                         [&](const Row& row) { clusters.emplace_back(row.Text(0)); });
  });
  if (!status.ok()) return status;
  return clusters;
}

// Checks the entries of the next page, or the end when there are none, which sets `done`.
absl::Status CheckPage(Session& session, const std::string& cluster, Chain& chain, int64_t& after, VerifyReport& report,
                       bool& done) {
  done = true;
  absl::Status status = session.Query(
      "SELECT position, body, hash, proof FROM journal WHERE cluster = $1 AND position > $2 ORDER BY position LIMIT $3",
      {cluster, after, kPage}, [&](const Row& row) {
        done = false;
        if (!report.fault.empty()) return;
        after = row.Integer(0);
        report.fault = chain.Check(after, row.Blob(1), row.Blob(2), row.Blob(3));
        report.entries += report.fault.empty() ? 1 : 0;
      });
  if (!status.ok() || !done) return status;
  // In the same snapshot as the empty page: a journal that is being written is whole in each.
  return session.Query("SELECT max(position) FROM request WHERE cluster = $1", {cluster},
                       [&](const Row& row) { report.fault = chain.CheckEnd(row.Integer(0)); });
}

absl::StatusOr<VerifyReport> Check(const storage::Store& store, const Verifier* verifier,
                                   const std::function<void(int64_t)>& progress) {
  const absl::StatusOr<std::vector<std::string>> clusters = Clusters(store);
  if (!clusters.ok()) return clusters.status();
  VerifyReport report;
  for (const std::string& cluster : *clusters) {
    ++report.clusters;
    Chain chain(cluster, verifier);
    int64_t after = std::numeric_limits<int64_t>::min();
    for (bool done = false; !done && report.fault.empty(); progress(report.entries)) {
      absl::Status status =
          store.Read([&](Session& session) { return CheckPage(session, cluster, chain, after, report, done); });
      if (!status.ok()) return status;
    }
    if (!report.fault.empty()) break;
  }
  return report;
}

}  // namespace

absl::StatusOr<VerifyReport> Verify(const storage::Store& store, const Verifier& verifier,
                                    std::function<void(int64_t)> progress) {
  absl::StatusOr<VerifyReport> report = Check(store, &verifier, progress);
  if (report.ok()) report->proofs = report->entries;
  return report;
}

absl::StatusOr<VerifyReport> VerifyHashes(const storage::Store& store) {
  return Check(store, nullptr, [](int64_t) {});
}

}  // namespace giaoban::journal
