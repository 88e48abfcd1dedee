// The audit log of one process: what is recorded of denials and log-ins, and how it is read.
#ifndef GIAOBAN_AUDIT_LOG_H_
#define GIAOBAN_AUDIT_LOG_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "giaoban/audit/v1/audit.pb.h"
#include "services/shared/audit/coalescer.h"
#include "services/shared/journal/journal.h"
#include "services/shared/runtime/environment.h"
#include "services/shared/storage/store.h"

namespace giaoban::audit {

// Thread-safe but for Tick. Each entry is an event under the cluster name "audit".
class Log {
 public:
  // Opens or creates `<data>/audit.db` and `<data>/audit.key`. The environment's metrics must outlive the log.
  static absl::StatusOr<std::unique_ptr<Log>> Open(const runtime::Environment& environment);
  // Records what was only counted so far, and waits until all that was taken is durable or lost.
  ~Log();

  // Takes an event that happens now and returns at once. A log-in is recorded as it is; `recorded` gets OK when it is
  // durable. Other events go through the Coalescer: for one that is only counted `recorded` gets OK at once. What
  // cannot be recorded is UNAVAILABLE, and counted as lost.
  void Take(v1::Event event, runtime::AccessEvents::Recorded recorded);

  // To be called every second by one thread: records what was counted in windows that ended, and says at most once a
  // minute in the log of the process when events were lost.
  void Tick();

  // Events as the request asks, but without `process`. INVALID_ARGUMENT, RESOURCE_EXHAUSTED.
  absl::StatusOr<v1::ListEventsResponse> List(const v1::ListEventsRequest& request) const;

 private:
  explicit Log(const runtime::Environment& environment);

  void Record(v1::Event event, runtime::AccessEvents::Recorded recorded);
  void Lose(int64_t count);

  const std::function<absl::Time()> clock_;
  const runtime::Limits limits_;
  runtime::Metrics& metrics_;
  Coalescer coalescer_;
  std::atomic<int64_t> lost_ = 0;
  // What was said last of lost events, and when the next word is due.
  int64_t lost_said_ = 0;
  absl::Time next_word_ = absl::InfinitePast();
  // Entries get ids that were never used: the position of the last entry when the log was opened, and a number.
  int64_t opened_at_ = 0;
  std::atomic<int64_t> taken_ = 0;
  std::unique_ptr<storage::Store> store_;
  // Last: its thread uses what is above.
  std::unique_ptr<journal::Journal> journal_;
};

}  // namespace giaoban::audit

#endif  // GIAOBAN_AUDIT_LOG_H_
