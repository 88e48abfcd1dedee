// The audit log as a component: keeps what this process reports of denials and log-ins, and answers AuditService.
//
// Every main adds it behind its own component. It listens to the environment's access events, and keeps them in a store
// of its own, `<data>/audit.db` with `<data>/audit.key`: append-only, hash-chained and signed like reports. So every
// process needs a data folder of its own.
//
// A first denial and every log-in are recorded at once, repetitions as one entry a minute (see coalescer.h). A denial
// is answered without waiting for the disk. So a process that is killed loses what was denied in its last
// milliseconds, and of repetitions the number of at most a minute; one that is stopped loses nothing. A log-in is
// answered when its entry is durable, and so never lost.
//
// When the log cannot be written, log-ins are UNAVAILABLE, because `recorded` fails, and reports go on: readiness does
// not depend on it. giaoban_audit_lost_total counts what was lost, the log of the process tells it at most once a
// minute, and so does ListEvents. A store that cannot be opened at all stops the start, like any other.
//
// Nothing is ever deleted. An entry takes less than 1 KB of disk. A usual year, some hundred denials and a log-in of
// each of 100 people on each working day, takes less than 30 MB. One hostile certificate adds at most some 64 entries
// a minute, 30 GB in a year of nothing else, and all together at most some 512 a minute, 250 GB a year. Log-ins that
// succeed come on top, as fast as passwords can be checked.
#ifndef GIAOBAN_AUDIT_AUDIT_H_
#define GIAOBAN_AUDIT_AUDIT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "services/shared/runtime/component.h"

namespace giaoban::audit {

// To be made once for a process.
absl::StatusOr<std::unique_ptr<runtime::Component>> MakeAudit(const runtime::Environment& environment);

}  // namespace giaoban::audit

#endif  // GIAOBAN_AUDIT_AUDIT_H_
