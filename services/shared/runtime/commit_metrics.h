// The metrics of a journal's commits.
#ifndef GIAOBAN_RUNTIME_COMMIT_METRICS_H_
#define GIAOBAN_RUNTIME_COMMIT_METRICS_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/shared/runtime/metrics.h"

namespace giaoban::runtime {

// What to call about commits; a journal takes them as its observer. A failed commit is logged with its cause, which
// callers are not told. Any thread.
struct CommitMetrics {
  CommitMetrics(Metrics& metrics, absl::string_view service, absl::string_view engine);

  std::function<void(int entries, absl::Duration took, const absl::Status& outcome)> committed;
  std::function<void(int waiting)> waiting;
};

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_COMMIT_METRICS_H_
