// What an intake refuses and how it says so.
#ifndef GIAOBAN_INTAKE_ERRORS_H_
#define GIAOBAN_INTAKE_ERRORS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "giaoban/report/v1/report.pb.h"
#include "services/shared/contract/validation.h"

namespace giaoban::intake {

// Content is at fault: all findings at once. `closed`: the period is closed besides.
absl::Status RefusedContent(const contract::Findings& findings, bool closed);
// Another revision came in between.
absl::Status RevisionConflict(int64_t current_revision);
// Another draft was saved in between.
absl::Status DraftConflict(int64_t current_version);
// There is no such revision.
absl::Status NoRevision();
// The revision waits for no decision any more.
absl::Status NotPending(report::v1::State state);
// The hash is not that revision's.
absl::Status OtherHash();
// The request itself is malformed.
absl::Status BadRequest(absl::string_view english, absl::string_view vietnamese);

}  // namespace giaoban::intake

#endif  // GIAOBAN_INTAKE_ERRORS_H_
