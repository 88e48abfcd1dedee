// The requests of one commit.
#ifndef GIAOBAN_JOURNAL_GROUP_H_
#define GIAOBAN_JOURNAL_GROUP_H_

#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/shared/journal/journal.h"
#include "services/shared/journal/signer.h"
#include "services/shared/journal/tables.h"
#include "services/shared/storage/store.h"

namespace giaoban::journal {

// One call of Append that waits.
struct Request {
  RequestKey key;
  Journal::Prepare prepare;
  Journal::Decide decide;
  Journal::Done done;
  // Decided on in a commit that came to nothing, as far as could be seen.
  bool tried = false;
};

// Decides on requests of one cluster inside one write transaction. The new entries
// are stored at its end, when the whole group can be signed at once; until
// then later requests of the group see their views, and what was asked for them is remembered here.
class Group {
 public:
  // All three must outlive the group. No entry is older than the one before it, whatever the clock says.
  Group(std::list<Request>& requests, const Signer& signer, const Options& options);

  // The transaction. An error means that nothing of the group may be committed.
  absl::Status Run(storage::Session& session);

  // Turns every outcome into what the caller gets when the transaction came to nothing.
  void Fail(const absl::Status& failure);

  // What each caller gets, in the order of the requests. Called once, after Run and, where it applies, Fail.
  std::vector<absl::StatusOr<Committed>> TakeOutcomes() { return std::move(outcomes_); }

  // New entries, and the last position with them.
  int size() const { return static_cast<int>(hashes_.size()); }
  int64_t last_position() const { return head_.position; }
  const std::string& cluster() const { return requests_.front().key.cluster; }

 private:
  // What is known of the requests, what they want to know, and the end of the journal, in one answer.
  absl::Status Read(storage::Session& session);
  absl::Status DecideOn(storage::Session& session, Request& request, std::optional<RequestRecord> known);
  // What is known of a request from an earlier one of the group.
  std::optional<RequestRecord> Taken(const RequestKey& request) const;
  absl::StatusOr<Committed> Replay(storage::Session& session, const Request& request, const RequestRecord& known);
  absl::Status Take(storage::Session& session, const RequestKey& request, std::string body);
  absl::Status Seal(storage::Session& session);

  std::list<Request>& requests_;
  const Signer& signer_;
  const Options& options_;
  std::vector<std::optional<RequestRecord>> known_;  // for each request
  // The requests with new entries, by scope and id, and their positions.
  std::map<std::pair<absl::string_view, absl::string_view>, std::pair<const RequestKey*, int64_t>> taken_;
  int64_t first_ = 0;  // position of the group's first new entry
  Head head_;
  std::map<int64_t, int64_t> tally_;
  std::vector<std::string> hashes_;  // of the new entries
  std::vector<absl::Time> times_;    // of the new entries
  std::vector<size_t> outcome_of_;   // index into outcomes_, for each new entry
  std::vector<absl::StatusOr<Committed>> outcomes_;
};

}  // namespace giaoban::journal

#endif  // GIAOBAN_JOURNAL_GROUP_H_
