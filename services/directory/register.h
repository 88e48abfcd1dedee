// The directory's journal and what it says.
#ifndef GIAOBAN_DIRECTORY_REGISTER_H_
#define GIAOBAN_DIRECTORY_REGISTER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "giaoban/directory/v1/directory.pb.h"
#include "services/shared/clusters/view.h"
#include "services/shared/journal/feed.h"
#include "services/shared/journal/journal.h"
#include "services/shared/journal/tail.h"
#include "services/shared/runtime/component.h"
#include "services/shared/runtime/identity.h"
#include "services/shared/storage/store.h"

namespace giaoban::directory {

// The directory's own journal: it belongs to no cluster.
inline constexpr char kDirectoryJournal[] = "";

// Events are checked against everything recorded before them inside the commit, so
// that two contradicting ones can never both be recorded.
class Register {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<report::v1::Entry>)>;

  // Opens or creates `<data>/directory.db` and reads all of it. Keys that were published are told to the environment's
  // statement keys, then and later.
  static absl::StatusOr<std::unique_ptr<Register>> Open(const runtime::Environment& environment);

  // Records an event; its time and actor are set here.
  void Record(const runtime::Caller& caller, const std::string& request_id, v1::Event event, Done done);

  // A cluster on a day, as known at `as_of` (infinite: now). NOT_FOUND.
  absl::StatusOr<v1::GetClusterResponse> Cluster(const std::string& cluster, absl::CivilDay on, absl::Time as_of) const;
  // One of view().Clusters() as it stands today.
  v1::Cluster ClusterToday(const std::string& cluster) const;
  absl::StatusOr<std::vector<v1::OrganisationEvent>> Lineage(const std::string& bloc) const;

  std::shared_ptr<journal::Feed> Follow(int64_t after);
  absl::Time Now() const { return clock_(); }
  const clusters::View& view() const { return view_; }
  // Where the directory's other journals stand, in the same database.
  storage::Store& store() { return *store_; }
  journal::Journal& journal() { return *journal_; }

 private:
  explicit Register(const runtime::Environment& environment)
      : clock_(environment.clock), statement_keys_(environment.statement_keys) {}
  absl::Status Apply(const report::v1::Entry& entry);
  // Calls `visit` with each event recorded, oldest first.
  absl::Status ForEach(const std::function<void(int64_t position, const v1::Event&)>& visit) const;

  std::function<absl::Time()> clock_;
  runtime::StatementKeys& statement_keys_;
  clusters::View view_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<journal::Journal> journal_;
  // Keeps the view, and the statement keys, as all processes left them.
  std::unique_ptr<journal::Tail> tail_;
};

}  // namespace giaoban::directory

#endif  // GIAOBAN_DIRECTORY_REGISTER_H_
