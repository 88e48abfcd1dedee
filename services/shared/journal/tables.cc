#include "services/shared/journal/tables.h"

#include "absl/strings/str_cat.h"
#include "services/shared/storage/migrate.h"

namespace giaoban::journal {
namespace {

using storage::Bytes;
using storage::Row;

// The cluster leads both keys: it is the unit of distribution.
constexpr storage::Migration kMigrations[] = {
    {R"sql(
  CREATE TABLE journal (
    cluster TEXT NOT NULL,
    position BIGINT NOT NULL,
    body BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    proof BYTEA NOT NULL,
    PRIMARY KEY (cluster, position)
  );
  CREATE TABLE request (
    cluster TEXT NOT NULL,
    scope TEXT NOT NULL,
    id TEXT NOT NULL,
    digest BYTEA NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (cluster, scope, id)
  ) /* narrow */;
)sql"},
    // When the entry was made, in microseconds since 1970, so that clocks of several processes cannot make times run
    // backwards, which takes that all of them write it.
    {"ALTER TABLE journal ADD COLUMN time BIGINT NOT NULL DEFAULT 0", /*oldest=*/2},
    // Which clusters have entries, so that all heads are read without going through all entries. All that begin one
    // write it.
    {R"sql(
  CREATE TABLE journal_cluster (cluster TEXT NOT NULL PRIMARY KEY) /* narrow */;
  INSERT INTO journal_cluster (cluster) SELECT DISTINCT cluster FROM journal
)sql",
     /*oldest=*/3}};

constexpr absl::string_view kReadRequest =
    "SELECT position, digest FROM request WHERE cluster = $1 AND scope = $2 AND id = $3";

RequestRecord RecordIn(const Row& row, const RequestKey& request) {
  return {row.Integer(0), row.Blob(1) == request.digest};
}

}  // namespace

absl::Status MigrateTables(storage::Store& store) { return storage::Migrate(store, "journal", kMigrations); }

absl::StatusOr<Head> ReadHead(storage::Session& session, absl::string_view cluster) {
  Head head;
  absl::Status status =
      session.Query("SELECT position, hash, time FROM journal WHERE cluster = $1 ORDER BY position DESC LIMIT 1",
                    {cluster}, [&](const Row& row) {
                      head = {row.Integer(0), std::string(row.Blob(1)), absl::FromUnixMicros(row.Integer(2))};
                    });
  if (!status.ok()) return status;
  return head;
}

absl::StatusOr<std::vector<report::v1::Entry>> ReadEntries(storage::Session& session, absl::string_view cluster,
                                                           int64_t after, int limit) {
  std::vector<report::v1::Entry> entries;
  absl::Status status = session.Query(
      "SELECT position, body, hash FROM journal WHERE cluster = $1 AND position > $2 ORDER BY position LIMIT $3",
      {cluster, after, limit}, [&](const Row& row) {
        report::v1::Entry& entry = entries.emplace_back();
        entry.set_cluster(std::string(cluster));
        entry.set_position(row.Integer(0));
        entry.set_body(std::string(row.Blob(1)));
        entry.set_hash(std::string(row.Blob(2)));
      });
  if (!status.ok()) return status;
  return entries;
}

absl::StatusOr<Committed> ReadCommitted(storage::Session& session, absl::string_view cluster, int64_t position) {
  std::optional<Committed> found;
  bool readable = false;
  absl::Status status = session.Query("SELECT body, hash, proof FROM journal WHERE cluster = $1 AND position = $2",
                                      {cluster, position}, [&](const Row& row) {
                                        found.emplace();
                                        found->entry.set_cluster(std::string(cluster));
                                        found->entry.set_position(position);
                                        found->entry.set_body(std::string(row.Blob(0)));
                                        found->entry.set_hash(std::string(row.Blob(1)));
                                        readable = found->proof.ParseFromString(std::string(row.Blob(2)));
                                      });
  if (!status.ok()) return status;
  if (!found.has_value()) return absl::NotFoundError(absl::StrCat("no entry ", position, " in journal ", cluster));
  if (!readable) return absl::InternalError(absl::StrCat("entry ", position, " of journal ", cluster, " is damaged"));
  return *std::move(found);
}

absl::Status InsertCommitted(storage::Session& session, const Committed& committed, absl::Time time) {
  const report::v1::Entry& entry = committed.entry;
  const std::string proof = committed.proof.SerializeAsString();
  return session.Execute(
      "INSERT INTO journal (cluster, position, body, hash, proof, time) VALUES ($1, $2, $3, $4, $5, $6)",
      {entry.cluster(), entry.position(), Bytes{entry.body()}, Bytes{entry.hash()}, Bytes{proof},
       absl::ToUnixMicros(time)});
}

absl::Status InsertCluster(storage::Session& session, absl::string_view cluster) {
  return session.Execute("INSERT INTO journal_cluster (cluster) VALUES ($1) ON CONFLICT (cluster) DO NOTHING",
                         {cluster});
}

absl::StatusOr<std::vector<report::v1::FeedPosition>> ReadHeads(storage::Session& session) {
  std::vector<report::v1::FeedPosition> heads;
  absl::Status status = session.Query(
      "SELECT cluster, (SELECT coalesce(max(position), 0) FROM journal WHERE journal.cluster = journal_cluster.cluster)"
      " FROM journal_cluster ORDER BY cluster",
      {}, [&](const Row& row) {
        report::v1::FeedPosition& head = heads.emplace_back();
        head.set_cluster(std::string(row.Text(0)));
        head.set_position(row.Integer(1));
      });
  if (!status.ok()) return status;
  return heads;
}

absl::StatusOr<std::optional<RequestRecord>> ReadRequest(storage::Session& session, const RequestKey& request) {
  std::optional<RequestRecord> known;
  absl::Status status = session.Query(kReadRequest, {request.cluster, request.scope, request.id},
                                      [&](const Row& row) { known = RecordIn(row, request); });
  if (!status.ok()) return status;
  return known;
}

absl::Status AskRequest(storage::Session& session, const RequestKey& request, std::optional<RequestRecord>& known) {
  return session.Ask(kReadRequest, {request.cluster, request.scope, request.id},
                     [&](const Row& row) { known = RecordIn(row, request); });
}

absl::Status InsertRequest(storage::Session& session, const RequestKey& request, int64_t position) {
  return session.Execute("INSERT INTO request (cluster, scope, id, digest, position) VALUES ($1, $2, $3, $4, $5)",
                         {request.cluster, request.scope, request.id, Bytes{request.digest}, position});
}

absl::Status IdUsedBefore(const RequestKey& request) {
  return absl::AlreadyExistsError(absl::StrCat("request id ", request.id, " was used before for something else"));
}

}  // namespace giaoban::journal
