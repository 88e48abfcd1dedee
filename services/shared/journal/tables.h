// The journal's tables: what every part of it reads and writes.
//
// journal holds the entries, request what call made which of them, journal_cluster which clusters have any.
#ifndef GIAOBAN_JOURNAL_TABLES_H_
#define GIAOBAN_JOURNAL_TABLES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/shared/journal/journal.h"
#include "services/shared/storage/store.h"

namespace giaoban::journal {

absl::Status MigrateTables(storage::Store& store);

// The end of one cluster's journal: position 0 and 32 zero bytes when it is empty.
struct Head {
  int64_t position = 0;
  std::string hash = std::string(32, '\0');
  absl::Time time = absl::UnixEpoch();
};
absl::StatusOr<Head> ReadHead(storage::Session& session, absl::string_view cluster);

// Entries after `after`, oldest first, at most `limit`.
absl::StatusOr<std::vector<report::v1::Entry>> ReadEntries(storage::Session& session, absl::string_view cluster,
                                                           int64_t after, int limit);
// NOT_FOUND; INTERNAL when what is stored cannot be read.
absl::StatusOr<Committed> ReadCommitted(storage::Session& session, absl::string_view cluster, int64_t position);
absl::Status InsertCommitted(storage::Session& session, const Committed& committed, absl::Time time);

// Notes that a cluster has entries: to be said in every transaction that adds some, for a program of before this table,
// at work beside this one, does not.
absl::Status InsertCluster(storage::Session& session, absl::string_view cluster);
// Every cluster that has entries, with its last position. The cost is the number of clusters, not of entries. The one
// statement on entries that is about all clusters: for who begins to follow them all, and to look once a second.
absl::StatusOr<std::vector<report::v1::FeedPosition>> ReadHeads(storage::Session& session);

// What is known of a request.
struct RequestRecord {
  int64_t position = 0;
  // Whether it asked for the same thing.
  bool same = false;
};
absl::StatusOr<std::optional<RequestRecord>> ReadRequest(storage::Session& session, const RequestKey& request);
// The same, asked for (Session::Ask); both must live until it is there.
absl::Status AskRequest(storage::Session& session, const RequestKey& request, std::optional<RequestRecord>& known);
absl::Status InsertRequest(storage::Session& session, const RequestKey& request, int64_t position);

// How a request is refused whose id stands for something else.
absl::Status IdUsedBefore(const RequestKey& request);

}  // namespace giaoban::journal

#endif  // GIAOBAN_JOURNAL_TABLES_H_
