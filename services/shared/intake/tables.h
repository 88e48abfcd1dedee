// The views an intake keeps of its journal, and its drafts.
#ifndef GIAOBAN_INTAKE_TABLES_H_
#define GIAOBAN_INTAKE_TABLES_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "giaoban/report/v1/report.pb.h"
#include "services/shared/storage/migrate.h"
#include "services/shared/storage/store.h"

namespace giaoban::intake {

// A revision as the table `revision` holds it; the rest of it is in its journal entry.
struct RevisionRow {
  std::string bloc;
  int64_t revision = 0;
  report::v1::State state = report::v1::STATE_UNSPECIFIED;
  // Positions in the cluster's journal; 0 when there was no decision.
  int64_t position = 0;
  int64_t decision_position = 0;
};

// A stored draft.
struct DraftRow {
  int64_t version = 0;
  std::string report;
  std::string header;  // serialised report.v1.Draft
  int64_t saved_micros = 0;
  std::string author;
};

extern const absl::Span<const storage::Migration> kMigrations;

// All revisions of one report, oldest first.
absl::StatusOr<std::vector<RevisionRow>> Revisions(storage::Session& session, const report::v1::ReportKey& key);
// The same after one of them, at most so many.
absl::StatusOr<std::vector<RevisionRow>> RevisionsAfter(storage::Session& session, const report::v1::ReportKey& key,
                                                        int64_t revision, int64_t limit);
// Asks (Session::Ask) for the last revision of a report and the accepted one, oldest first; `rows` must live until they
// are there.
absl::Status AskNewest(storage::Session& session, const report::v1::ReportKey& key, std::vector<RevisionRow>& rows);
// All revisions of a period, by bloc, oldest first.
absl::StatusOr<std::vector<RevisionRow>> PeriodRevisions(storage::Session& session, const std::string& cluster,
                                                         const std::string& period);
// The position of the next entry on a bloc's reports in a cluster's journal; 0 when there is none after `after`.
absl::StatusOr<int64_t> NextPositionOf(storage::Session& session, const std::string& cluster, const std::string& bloc,
                                       int64_t after);
// How many revisions more are in a state, by its number.
using Counts = std::map<int64_t, int64_t>;
// Adds a revision that is submitted. With `waited` it supersedes the one before it, which was. Whoever changes a
// revision has it counted.
absl::Status AddRevision(storage::Session& session, const report::v1::ReportKey& key, int64_t revision,
                         int64_t position, bool waited, Counts& counts);
// Sets the state of a revision that is as `row` says, and the decision's position unless it is 0.
absl::Status MoveRevision(storage::Session& session, const report::v1::ReportKey& key, const RevisionRow& row,
                          report::v1::State state, int64_t decision_position, Counts& counts);
absl::Status AddCounts(storage::Session& session, const std::string& cluster, const Counts& counts);
// Number of revisions by state.
absl::StatusOr<std::vector<std::pair<report::v1::State, int64_t>>> CountStates(storage::Session& session);

// The draft of a report; version 0 when there is none.
absl::StatusOr<DraftRow> ReadDraft(storage::Session& session, const report::v1::ReportKey& key);
absl::Status WriteDraft(storage::Session& session, const report::v1::ReportKey& key, const DraftRow& row);
absl::Status DeleteDraft(storage::Session& session, const report::v1::ReportKey& key);

}  // namespace giaoban::intake

#endif  // GIAOBAN_INTAKE_TABLES_H_
