#include "services/shared/intake/tables.h"

namespace giaoban::intake {
namespace {

using report::v1::ReportKey;
using storage::Bytes;
using storage::Row;
using storage::Session;
using storage::Value;

constexpr storage::Migration kSteps[] = {
    {"CREATE TABLE revision ("
     " cluster TEXT NOT NULL, period TEXT NOT NULL, bloc TEXT NOT NULL, revision BIGINT NOT NULL,"
     " state BIGINT NOT NULL, position BIGINT NOT NULL, decision_position BIGINT NOT NULL,"
     " PRIMARY KEY (cluster, period, bloc, revision)) /* narrow */;"
     "CREATE TABLE draft ("
     " cluster TEXT NOT NULL, period TEXT NOT NULL, bloc TEXT NOT NULL, version BIGINT NOT NULL,"
     " report BYTEA NOT NULL, header BYTEA NOT NULL, saved BIGINT NOT NULL, author TEXT NOT NULL,"
     " PRIMARY KEY (cluster, period, bloc))"},
    {"CREATE INDEX revision_of_bloc ON revision (cluster, bloc)"},
    // Whoever changes a revision counts it.
    {"CREATE TABLE revision_count ("
     " cluster TEXT NOT NULL, state BIGINT NOT NULL, number BIGINT NOT NULL, PRIMARY KEY (cluster, state))"
     " /* narrow */;"
     "INSERT INTO revision_count (cluster, state, number)"
     " SELECT cluster, state, count(*) FROM revision GROUP BY cluster, state",
     /*oldest=*/3},
    // For those who say `position > 0`, which is true of all: PostgreSQL, as long as it knows nothing of a table, takes
    // any index that fits, and the key is the right one for everybody else.
    {"DROP INDEX revision_of_bloc;"
     "CREATE INDEX revision_followed ON revision (cluster, bloc) WHERE position > 0"},
};

absl::Status SetState(Session& session, const ReportKey& key, int64_t revision, report::v1::State state,
                      int64_t decision_position) {
  return session.Execute(
      "UPDATE revision SET state = $5,"
      " decision_position = CASE WHEN $6 = 0 THEN decision_position ELSE $6 END"
      " WHERE cluster = $1 AND period = $2 AND bloc = $3 AND revision = $4",
      {key.cluster(), key.period(), key.bloc(), revision, static_cast<int64_t>(state), decision_position});
}

RevisionRow RevisionIn(const Row& row) {
  return {.bloc = std::string(row.Text(0)),
          .revision = row.Integer(1),
          .state = static_cast<report::v1::State>(row.Integer(2)),
          .position = row.Integer(3),
          .decision_position = row.Integer(4)};
}

absl::StatusOr<std::vector<RevisionRow>> ReadRevisions(Session& session, absl::string_view sql,
                                                       absl::Span<const Value> parameters) {
  std::vector<RevisionRow> rows;
  absl::Status status = session.Query(sql, parameters, [&](const Row& row) { rows.push_back(RevisionIn(row)); });
  if (!status.ok()) return status;
  return rows;
}

}  // namespace

const absl::Span<const storage::Migration> kMigrations(kSteps);

absl::StatusOr<std::vector<RevisionRow>> Revisions(Session& session, const ReportKey& key) {
  return ReadRevisions(session,
                       "SELECT bloc, revision, state, position, decision_position FROM revision"
                       " WHERE cluster = $1 AND period = $2 AND bloc = $3 ORDER BY revision",
                       {key.cluster(), key.period(), key.bloc()});
}

absl::StatusOr<std::vector<RevisionRow>> RevisionsAfter(Session& session, const ReportKey& key, int64_t revision,
                                                        int64_t limit) {
  return ReadRevisions(session,
                       "SELECT bloc, revision, state, position, decision_position FROM revision"
                       " WHERE cluster = $1 AND period = $2 AND bloc = $3 AND revision > $4 ORDER BY revision LIMIT $5",
                       {key.cluster(), key.period(), key.bloc(), revision, limit});
}

absl::Status AskNewest(Session& session, const ReportKey& key, std::vector<RevisionRow>& rows) {
  rows.clear();
  return session.Ask(
      "SELECT bloc, revision, state, position, decision_position FROM revision"
      " WHERE cluster = $1 AND period = $2 AND bloc = $3 AND (state = $4 OR revision ="
      " (SELECT max(revision) FROM revision WHERE cluster = $1 AND period = $2 AND bloc = $3)) ORDER BY revision",
      {key.cluster(), key.period(), key.bloc(), static_cast<int64_t>(report::v1::STATE_ACCEPTED)},
      [&rows](const Row& row) { rows.push_back(RevisionIn(row)); });
}

absl::StatusOr<std::vector<RevisionRow>> PeriodRevisions(Session& session, const std::string& cluster,
                                                         const std::string& period) {
  return ReadRevisions(session,
                       "SELECT bloc, revision, state, position, decision_position FROM revision"
                       " WHERE cluster = $1 AND period = $2 ORDER BY bloc, revision",
                       {cluster, period});
}

absl::StatusOr<int64_t> NextPositionOf(Session& session, const std::string& cluster, const std::string& bloc,
                                       int64_t after) {
  int64_t next = 0;
  absl::Status status = session.Query(
      "SELECT position FROM revision WHERE cluster = $1 AND bloc = $2 AND position > 0 AND position > $3"
      " UNION ALL SELECT decision_position FROM revision"
      " WHERE cluster = $1 AND bloc = $2 AND position > 0 AND decision_position > $3"
      " ORDER BY position LIMIT 1",
      {cluster, bloc, after}, [&](const Row& row) { next = row.Integer(0); });
  if (!status.ok()) return status;
  return next;
}

absl::Status AddRevision(Session& session, const ReportKey& key, int64_t revision, int64_t position, bool waited,
                         Counts& counts) {
  absl::Status status = session.Execute(
      "INSERT INTO revision (cluster, period, bloc, revision, state, position, decision_position)"
      " VALUES ($1, $2, $3, $4, $5, $6, 0)",
      {key.cluster(), key.period(), key.bloc(), revision, static_cast<int64_t>(report::v1::STATE_SUBMITTED), position});
  ++counts[waited ? report::v1::STATE_SUPERSEDED : report::v1::STATE_SUBMITTED];
  // As many are submitted as before.
  return status.ok() && waited ? SetState(session, key, revision - 1, report::v1::STATE_SUPERSEDED, 0) : status;
}

absl::Status MoveRevision(Session& session, const ReportKey& key, const RevisionRow& row, report::v1::State state,
                          int64_t decision_position, Counts& counts) {
  --counts[row.state];
  ++counts[state];
  return SetState(session, key, row.revision, state, decision_position);
}

absl::Status AddCounts(Session& session, const std::string& cluster, const Counts& counts) {
  absl::Status status;
  for (const auto& [state, more] : counts) {
    if (!status.ok() || more == 0) continue;
    status = session.Execute(
        "INSERT INTO revision_count (cluster, state, number) VALUES ($1, $2, $3)"
        " ON CONFLICT (cluster, state) DO UPDATE SET number = revision_count.number + excluded.number",
        {cluster, state, more});
  }
  return status;
}

absl::StatusOr<std::vector<std::pair<report::v1::State, int64_t>>> CountStates(Session& session) {
  std::vector<std::pair<report::v1::State, int64_t>> counts;
  absl::Status status = session.Query(
      "SELECT state, CAST(sum(number) AS BIGINT) FROM revision_count GROUP BY state", {},
      [&](const Row& row) { counts.emplace_back(static_cast<report::v1::State>(row.Integer(0)), row.Integer(1)); });
  if (!status.ok()) return status;
  return counts;
}

absl::StatusOr<DraftRow> ReadDraft(Session& session, const ReportKey& key) {
  DraftRow draft;
  absl::Status status = session.Query(
      "SELECT version, report, header, saved, author FROM draft WHERE cluster = $1 AND period = $2 AND bloc = $3",
      {key.cluster(), key.period(), key.bloc()}, [&](const Row& row) {
        draft = {.version = row.Integer(0),
                 .report = std::string(row.Blob(1)),
                 .header = std::string(row.Blob(2)),
                 .saved_micros = row.Integer(3),
                 .author = std::string(row.Text(4))};
      });
  if (!status.ok()) return status;
  return draft;
}

absl::Status WriteDraft(Session& session, const ReportKey& key, const DraftRow& row) {
  return session.Execute(
      "INSERT INTO draft (cluster, period, bloc, version, report, header, saved, author) VALUES ($1, $2, $3, $4, $5, "
      "$6, $7, $8)"
      " ON CONFLICT (cluster, period, bloc) DO UPDATE SET version = excluded.version, report = excluded.report,"
      " header = excluded.header, saved = excluded.saved, author = excluded.author",
      {key.cluster(), key.period(), key.bloc(), row.version, Bytes{row.report}, Bytes{row.header}, row.saved_micros,
       row.author});
}

absl::Status DeleteDraft(Session& session, const ReportKey& key) {
  return session.Execute("DELETE FROM draft WHERE cluster = $1 AND period = $2 AND bloc = $3",
                         {key.cluster(), key.period(), key.bloc()});
}

}  // namespace giaoban::intake
