// The append-only journal: hash-chained entries keyed by (cluster, position),
// committed in groups, followed without gaps.
//
// Everything else a service stores is a view of its journal, written in the same
// transaction as the entry it comes from.
#ifndef GIAOBAN_JOURNAL_JOURNAL_H_
#define GIAOBAN_JOURNAL_JOURNAL_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "giaoban/report/v1/report.pb.h"
#include "services/shared/journal/signer.h"
#include "services/shared/storage/store.h"

namespace giaoban::journal {

// What names a request so that its repetition is recognised.
struct RequestKey {
  std::string cluster;
  // Who the id is unique for: the caller's identity.
  std::string scope;
  std::string id;
  // SHA-256 of what was asked; the same id with another digest is ALREADY_EXISTS.
  std::string digest;
  // What it changes, such as a report. Two of one subject are never in one commit; "" is none.
  std::string subject = "";
};

// An entry that is durable.
struct Committed {
  report::v1::Entry entry;
  report::v1::Proof proof;
  // True when an earlier call with the same request made it.
  bool replayed = false;
};

// Where the entry being decided on will stand.
struct Slot {
  int64_t position = 0;
  absl::Time time;
  // Numbers that the whole commit adds to, for Options::settle; a refusal adds nothing.
  std::map<int64_t, int64_t>& tally;
};

// Called by the journal about its work; used for metrics. Any thread.
struct Observer {
  // `outcome` tells why a commit came to nothing: for operators, not for callers.
  std::function<void(int entries, absl::Duration took, const absl::Status& outcome)> committed =
      [](int, absl::Duration, const absl::Status&) {};
  std::function<void(int waiting)> waiting = [](int) {};
};

struct Options {
  // Requests waiting beyond this are refused with what `full` says.
  int queue_limit = 4096;
  std::function<absl::Status()> full = [] { return absl::ResourceExhaustedError("too many requests wait already"); };
  // Entries in one commit at most.
  int group_limit = 256;
  // Tells the time of entries. Times of one cluster never run backwards, even when the
  // clock does, or another process's clock is ahead.
  std::function<absl::Time()> clock = absl::Now;
  // Called in each commit with new entries after the last decision, with what they have added to Slot::tally.
  using Settle =
      std::function<absl::Status(storage::Session&, const std::string& cluster, const std::map<int64_t, int64_t>&)>;
  Settle settle = [](storage::Session&, const std::string&, const std::map<int64_t, int64_t>&) {
    return absl::OkStatus();
  };
  Observer observer;
  // The file that keeps how far this process has acknowledged (see acknowledged.h); "" keeps nothing.
  std::string acknowledged;
};

class Acknowledged;
class Committer;
class Listeners;

// A journal open for appending. Thread-safe.
class Journal {
 public:
  // Decides on one request inside the write transaction, with everything before
  // it already visible, group members included. Returns the body of the entry,
  // after having written the views that follow from it; or anything but OK to
  // refuse, and then must have written nothing. Called again when the commit came to
  // nothing and is tried again, perhaps among fewer.
  using Decide = absl::AnyInvocable<absl::StatusOr<std::string>(storage::Session&, const Slot&)>;
  // Asks (Session::Ask) for what Decide will need, so that all of a commit ask at once, before the first decision: only
  // for what no request of another subject changes.
  using Prepare = absl::AnyInvocable<absl::Status(storage::Session&)>;
  // Gets the outcome once: on a thread of the journal, in the order of commits, or inside Append when the
  // request is refused at once. It must not block.
  using Done = absl::AnyInvocable<void(absl::StatusOr<Committed>)>;
  // Gets told that `cluster` now has entries up to `position`. Must not block.
  using Listener = std::function<void(const std::string& cluster, int64_t position)>;

  // Brings the schema up to date and starts the committer. `store` must outlive
  // the journal. FAILED_PRECONDITION when its files cannot be used. DATA_LOSS when it ends before what was
  // acknowledged, or when the process before did not close the store and a hash does not fit.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(storage::Store& store, Signer signer, Options options);
  // Commits what waits, then stops; an Append meanwhile is UNAVAILABLE.
  ~Journal();

  // Queues a request and returns at once; a waiting request holds no thread. All
  // requests of one commit are of one cluster. A commit that fails is tried again for as long
  // as the store says that it may come back (Store::recovery), with the effect of one. Then `done`
  // gets UNAVAILABLE: the outcome is unknown to the caller and a repetition
  // with the same request tells. Where a statement fails each request gets a commit of its own, and the one it was of
  // its status. RESOURCE_EXHAUSTED where the store had no room: nothing was recorded. What Options::full says when too
  // many wait.
  void Append(RequestKey request, Decide decide, Done done, Prepare prepare = nullptr);

  // From now on a commit that fails is not tried again, for the process is about to end: whoever waits is told, and may
  // ask another one.
  void EndRetries();

  // The entry an earlier call with this request made; nullopt when there is none;
  // ALREADY_EXISTS when the id was used for something else. Not to be acknowledged: after a crash of the database its
  // primary alone may have it. Append with the same request answers once it is certain.
  absl::StatusOr<std::optional<Committed>> FindRequest(const RequestKey& request) const;

  // Entries after `after`, oldest first, at most `limit`.
  absl::StatusOr<std::vector<report::v1::Entry>> Read(const std::string& cluster, int64_t after, int limit) const;
  // One entry. NOT_FOUND.
  absl::StatusOr<Committed> Get(const std::string& cluster, int64_t position) const;
  // The same within a transaction of the store.
  static absl::StatusOr<Committed> Get(storage::Session& session, const std::string& cluster, int64_t position);
  // Every cluster with its last position.
  absl::StatusOr<std::vector<report::v1::FeedPosition>> Heads() const;

  // Calls `listener` after commits, of any process that has the store open, until the returned handle is destroyed
  // (which waits for a running call, unless destroyed by that call). The entries
  // are visible to Read by then, so Listen and then Read misses none. Several commits may be told
  // as one, by the last position.
  std::shared_ptr<void> Listen(Listener listener);

 private:
  Journal(storage::Store& store, Signer signer, Options options, std::unique_ptr<Acknowledged> acknowledged);
  absl::Status CheckWhole() const;
  // What another process announced; nullopt: something may have been missed.
  void Hear(std::optional<absl::string_view> message);

  storage::Store& store_;
  const std::unique_ptr<Acknowledged> acknowledged_;
  std::unique_ptr<Listeners> listeners_;
  // Last: their threads use what is above.
  std::unique_ptr<Committer> committer_;
  std::shared_ptr<void> hearing_;
};

// What a check of a whole journal found.
struct VerifyReport {
  int64_t clusters = 0;
  int64_t entries = 0;
  int64_t proofs = 0;
  // The first entry that does not fit: "dong-bac 17: …"; empty when all do.
  std::string fault;
};

// Recomputes every hash and checks every proof of a journal, in order of cluster
// and position. A tail that was cut off is found only where a commit was cut
// in two or a request still points into it; receipts tell the rest. `progress` is
// called now and then with the entries done so far.
absl::StatusOr<VerifyReport> Verify(const storage::Store& store, const Verifier& verifier,
                                    std::function<void(int64_t)> progress);

// The same without the signatures.
absl::StatusOr<VerifyReport> VerifyHashes(const storage::Store& store);

// The hash of an entry, as report.v1.Entry describes. `previous` is 32 bytes.
std::string EntryHash(absl::string_view previous, absl::string_view cluster, int64_t position, absl::string_view body);

}  // namespace giaoban::journal

#endif  // GIAOBAN_JOURNAL_JOURNAL_H_
