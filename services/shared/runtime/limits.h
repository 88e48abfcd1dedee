// What a process holds at most for its callers.
//
// A limit has one name everywhere: that of the member below with "max_" before it, as in "max_calls_per_caller". It is
// the flag that sets it, the label of giaoban_limit (the value in force) and of giaoban_limit_reached_total (how often
// something was refused past it), and in the details of the error. Past a limit the answer is RESOURCE_EXHAUSTED with
// the reason LIMIT, and nothing is lost: what was refused was not begun. Limits on content (lengths of texts, numbers
// of elements) are no settings: they are the same everywhere and stand in the comments of the proto fields.
//
// gRPC itself keeps some of them and has no hook to count or word what it refuses past them; that is said at each.
// Their giaoban_limit_reached_total stays 0.
//
// Nothing is held for ever, deadline or not. Handlers end by themselves: with a commit, or the answer that one is under
// way, or after two seconds of waiting for a feed. Calls whose client is gone end with its connection, which keepalive
// looks after; calls whose request never comes, and streams, end by the age of their connection.
#ifndef GIAOBAN_RUNTIME_LIMITS_H_
#define GIAOBAN_RUNTIME_LIMITS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/shared/runtime/metrics.h"

namespace giaoban::runtime {

// The limits in force, with their defaults. What can be set is between the bounds in limits.cc.
struct Limits {
  // Connections open at once, silent ones too, counted together with the other files of the process. More are closed as
  // they come, which their clients see as UNAVAILABLE. A silent one costs 27 KB, one with a certificate 110 KB.
  int64_t connections = 2500;
  // Bytes of one request. gRPC refuses a longer one with RESOURCE_EXHAUSTED and its own words before anything of ours
  // sees the call.
  int64_t request_bytes = 1 << 20;
  // Calls in progress on one connection, as HTTP/2 has it: nothing is refused, a client keeps further calls back until
  // one ends. One that opens them all the same has them reset by gRPC. Connections take turns, and all of one's calls
  // are looked at in its turn, refused or not: this many times the connections that flood is how many calls wait before
  // another's, some 12 KB each. Who needs more at once, for many people's streams, opens another connection.
  int64_t calls_per_connection = 10;
  // Calls in progress in the process, streams included. A caller that has fewer than eight is let in all the same, so
  // that some who take all there is leave others theirs.
  int64_t calls = 1024;
  // The same, of one caller. Those that were let through and whose request has not arrived count, see Callers. One
  // whose answer nobody reads holds 200 KB.
  int64_t calls_per_caller = 128;
  // Streams open at once of one caller: Watch and WatchSummary.
  int64_t streams_per_caller = 32;
  // Streams of server reflection, each of which has a thread of gRPC's, which refuses others with RESOURCE_EXHAUSTED.
  int64_t reflection_streams = 16;
  // Calls a second of one caller in the long run, and how many it may make at once after a rest.
  int64_t calls_per_second = 200;
  int64_t call_burst = 2000;
  // Requests that wait for a commit, by journal.
  int64_t waiting_commits = 4096;
  // Log-ins that wait for their password to be looked at, by line: strangers' and known ones'.
  int64_t waiting_passwords = 16;
  // Revisions of one report. An office can hand in no more, whatever its rate: with three reports for each of two open
  // half-years 6000, of at most 0.5 MB each (2 KB as reports usually are), and with each at most one decision. Drafts
  // are one for each report, of at most 0.5 MB. Nothing else an office does is kept. What chairs and operators record
  // of periods, organisations and accounts is limited by their rate only: 17 million entries a day.
  int64_t revisions = 1000;
  // Elements of one page of a list.
  int64_t page = 500;
  // Bytes gRPC may hold for connections, 24 KB for each that has shown a certificate, and for requests that are
  // arriving on all of them. Past half of that it reads less at a time; past all of it, it ends calls with
  // RESOURCE_EXHAUSTED and connections with GOAWAY "Buffers full" (UNAVAILABLE), whosever they are. What a call costs
  // before any of its request has come, some 12 KB, is not among them.
  int64_t memory_bytes = 128 << 20;
  // A connection without a call is closed after this, which its client sees only when it calls again (and connects).
  int64_t connection_idle_seconds = 15 * 60;
  // Any connection is closed to new calls after this …
  int64_t connection_age_seconds = 60 * 60;
  // … and those of its calls that still run are ended this much later.
  int64_t connection_grace_seconds = 5 * 60;
  // A connection that has not shown a certificate is closed after this.
  int64_t handshake_seconds = 10;
};

using LimitField = int64_t Limits::*;

// "max_calls_per_caller".
std::string NameOf(LimitField limit);

// What the flags say. Only in a process that has read its flags.
Limits LimitsOfFlags();

// One sentence for each limit that cannot be, naming its flag and what it may be; none when all can.
std::vector<std::string> Faults(const Limits& limits);

// Sets giaoban_limit for every limit, and begins giaoban_limit_reached_total at 0. Once at start.
void Show(const Limits& limits, Metrics& metrics);

// Counts something refused past a limit.
void CountPastLimit(LimitField limit, Metrics& metrics);
// The same, with the answer: RESOURCE_EXHAUSTED.
absl::Status PastLimit(LimitField limit, const Limits& limits, Metrics& metrics);
// The same as something to call later, for parts that know no limits. Limits and metrics must outlive it.
std::function<absl::Status()> WhenPast(LimitField limit, const Limits& limits, Metrics& metrics);

// How long a page is to be: `asked`, or for 0 100, or the limit where that is less. RESOURCE_EXHAUSTED above the limit,
// INVALID_ARGUMENT below zero.
absl::StatusOr<int> PageSize(int64_t asked, const Limits& limits, Metrics& metrics);

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_LIMITS_H_
