// What a process holds at most for its callers. Past a limit the answer is RESOURCE_EXHAUSTED with the reason LIMIT and
// the limit's name, nothing is lost, and giaoban_limit_reached_total counts it.
#ifndef GIAOBAN_RUNTIME_LIMITS_H_
#define GIAOBAN_RUNTIME_LIMITS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/shared/runtime/metrics.h"

namespace giaoban::runtime {

// The limits in force, each with its default, a flag of the same name, and a giaoban_limit series.
struct Limits {
  // Bytes of one request.
  int64_t request_bytes = 1 << 20;
  // Calls in progress on one connection.
  int64_t calls_per_connection = 128;
  // Calls in progress in the process, streams included.
  int64_t calls = 4096;
  // The same, of one caller.
  int64_t calls_per_caller = 256;
  // Streams open at once of one caller.
  int64_t streams_per_caller = 64;
  // Calls a second of one caller in the long run, and how many it may make at once after a rest.
  int64_t calls_per_second = 200;
  int64_t call_burst = 2000;
  // Requests that wait for a commit, by journal.
  int64_t waiting_commits = 4096;
  // Elements of one page of a list.
  int64_t page = 500;
  // Bytes gRPC may hold for all connections.
  int64_t memory_bytes = 256 << 20;
  // A connection without a call is closed after `connection_idle`, any connection after `connection_age` and
  // those of its calls that still run `connection_grace` later; one that has not shown a certificate after `handshake`.
  absl::Duration connection_idle = absl::Minutes(15);
  absl::Duration connection_age = absl::Hours(1);
  absl::Duration connection_grace = absl::Minutes(5);
  absl::Duration handshake = absl::Seconds(10);
};

// Past a limit: RESOURCE_EXHAUSTED, counted. `name` is the flag's.
absl::Status PastLimit(absl::string_view name, int64_t limit, Metrics& metrics);

// How long a page is to be: `asked`, or 100 for 0. RESOURCE_EXHAUSTED above the limit, INVALID_ARGUMENT below zero.
absl::StatusOr<int> PageSize(int64_t asked, const Limits& limits, Metrics& metrics);

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_LIMITS_H_
