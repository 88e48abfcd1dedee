// The table in which events are looked for: a view of the audit journal.
#ifndef GIAOBAN_AUDIT_EVENT_TABLE_H_
#define GIAOBAN_AUDIT_EVENT_TABLE_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "giaoban/audit/v1/audit.pb.h"
#include "services/shared/storage/store.h"

namespace giaoban::audit {

absl::Status MigrateEvents(storage::Store& store);

// Enters the event of the entry at this position.
absl::Status InsertEvent(storage::Session& session, int64_t position, const v1::Event& event);

// Positions of the events that meet the conditions of `request`, newest first, at most `limit`; those that come after
// the event at `after`, or from the newest when it is 0. INVALID_ARGUMENT when there is no event at `after`.
absl::StatusOr<std::vector<int64_t>> FindEvents(storage::Session& session, const v1::ListEventsRequest& request,
                                                int64_t after, int64_t limit);

}  // namespace giaoban::audit

#endif  // GIAOBAN_AUDIT_EVENT_TABLE_H_
