#include "services/shared/runtime/limits.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "services/shared/runtime/status.h"

// Every limit once: its member of Limits, the least and the most it may be, and what it is. Flags, metrics and faults
// come from here.
#define GIAOBAN_LIMITS(LIMIT)                                                                                      \
  LIMIT(connections, 100, 1000000, "Connections, with the other files of the process; another is closed at once")  \
  LIMIT(request_bytes, 65536, 67108864, "Bytes of one request; a longer one is refused")                           \
  LIMIT(calls_per_connection, 1, 10000, "Calls in progress on one connection; its client holds others back")       \
  LIMIT(calls, 1, 1000000, "Calls in progress in the process, streams included; others are refused")               \
  LIMIT(calls_per_caller, 1, 1000000, "Calls in progress of one caller; others are refused")                       \
  LIMIT(streams_per_caller, 1, 1000000, "Streams open at once of one caller; others are refused")                  \
  LIMIT(reflection_streams, 1, 10000, "Streams of server reflection; others are refused")                          \
  LIMIT(calls_per_second, 1, 1000000, "Calls a second of one caller in the long run; others are refused")          \
  LIMIT(call_burst, 1, 1000000, "Calls of one caller at once after a rest; others are refused")                    \
  LIMIT(waiting_commits, 1, 1000000, "Requests that wait for a commit, by journal; others are refused")            \
  LIMIT(waiting_passwords, 1, 1000, "Log-ins that wait to be looked at; others are refused")                       \
  LIMIT(revisions, 1, 1000000, "Revisions of one report; another is refused")                                      \
  LIMIT(page, 1, 10000, "Elements of one page of a list; a longer page is refused")                                \
  LIMIT(memory_bytes, 16777216, 1099511627776, "Bytes gRPC may hold for all connections; past that it ends calls") \
  LIMIT(connection_idle_seconds, 1, 604800, "Seconds after which a connection without a call is closed")           \
  LIMIT(connection_age_seconds, 1, 604800, "Seconds after which a connection takes no new calls")                  \
  LIMIT(connection_grace_seconds, 1, 604800, "Seconds from then until its calls that still run are ended")         \
  LIMIT(handshake_seconds, 1, 600, "Seconds after which a connection that has shown no certificate is closed")

#define GIAOBAN_FLAG(member, least, most, help) \
  ABSL_FLAG(int64_t, max_##member, giaoban::runtime::Limits().member, help ", " #least " to " #most ".");
GIAOBAN_LIMITS(GIAOBAN_FLAG)
#undef GIAOBAN_FLAG

namespace giaoban::runtime {
namespace {

struct Entry {
  absl::string_view name;
  LimitField limit;
  int64_t least, most;
  const absl::Flag<int64_t>& flag;
};

#define GIAOBAN_ENTRY(member, least, most, help) {"max_" #member, &Limits::member, least, most, FLAGS_max_##member},
constexpr Entry kLimits[] = {GIAOBAN_LIMITS(GIAOBAN_ENTRY)};
#undef GIAOBAN_ENTRY
static_assert(std::size(kLimits) * sizeof(int64_t) == sizeof(Limits), "a limit is not in the list");

constexpr int kUsualPage = 100;

}  // namespace

std::string NameOf(LimitField limit) {
  for (const Entry& entry : kLimits) {
    if (entry.limit == limit) return std::string(entry.name);
  }
  std::abort();
}

Limits LimitsOfFlags() {
  Limits limits;
  for (const Entry& entry : kLimits) limits.*entry.limit = absl::GetFlag(entry.flag);
  return limits;
}

std::vector<std::string> Faults(const Limits& limits) {
  std::vector<std::string> faults;
  for (const Entry& entry : kLimits) {
    const int64_t value = limits.*entry.limit;
    if (value >= entry.least && value <= entry.most) continue;
    faults.push_back(absl::StrCat("--", entry.name, "=", value, ": expected ", entry.least, " to ", entry.most));
  }
  return faults;
}

void Show(const Limits& limits, Metrics& metrics) {
  for (const Entry& entry : kLimits) {
    const prometheus::Labels labels{{"limit", std::string(entry.name)}};
    metrics.limit.Add(labels).Set(static_cast<double>(limits.*entry.limit));
    metrics.limit_reached.Add(labels);
  }
}

void CountPastLimit(LimitField limit, Metrics& metrics) {
  metrics.limit_reached.Add({{"limit", NameOf(limit)}}).Increment();
}

absl::Status PastLimit(LimitField limit, const Limits& limits, Metrics& metrics) {
  CountPastLimit(limit, metrics);
  const std::string name = NameOf(limit);
  const int64_t value = limits.*limit;
  return Error(absl::StatusCode::kResourceExhausted, absl::StrCat("past the limit ", name, " of ", value),
               {.reason = "LIMIT",
                .vietnamese = absl::StrCat("Vượt giới hạn của hệ thống: ", name, " = ", value, "."),
                .metadata = {{"limit", name}, {"value", absl::StrCat(value)}}});
}

std::function<absl::Status()> WhenPast(LimitField limit, const Limits& limits, Metrics& metrics) {
  return [limit, &limits, &metrics] { return PastLimit(limit, limits, metrics); };
}

absl::StatusOr<int> PageSize(int64_t asked, const Limits& limits, Metrics& metrics) {
  if (asked < 0) {
    return Error(absl::StatusCode::kInvalidArgument, "page_size is below zero",
                 {.reason = "REQUEST_MALFORMED", .vietnamese = "Số dòng mỗi trang (page_size) không được âm."});
  }
  if (asked > limits.page) return PastLimit(&Limits::page, limits, metrics);
  return static_cast<int>(asked == 0 ? std::min<int64_t>(kUsualPage, limits.page) : asked);
}

}  // namespace giaoban::runtime
