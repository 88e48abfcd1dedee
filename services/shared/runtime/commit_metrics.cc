#include "services/shared/runtime/commit_metrics.h"

#include <string>

#include "services/shared/runtime/log.h"

namespace giaoban::runtime {

CommitMetrics::CommitMetrics(Metrics& metrics, absl::string_view service, absl::string_view engine) {
  const prometheus::Labels labels{{"service", std::string(service)}, {"engine", std::string(engine)}};
  const prometheus::Histogram::BucketBoundaries group_sizes{1, 2, 4, 8, 16, 32, 64, 128, 256};
  auto& seconds = metrics.commit_seconds.Add(labels, SecondsBuckets());
  auto& sizes = metrics.commit_entries.Add(labels, group_sizes);
  auto& failures = metrics.commit_failures.Add(labels);
  auto& queue = metrics.commit_waiting.Add({{"service", std::string(service)}});
  committed = [&seconds, &sizes, &failures, name = std::string(service)](int entries, absl::Duration took,
                                                                         const absl::Status& outcome) {
    if (!outcome.ok()) {
      failures.Increment();
      return Log(Severity::kError, "a commit failed", {{"service", name}, {"cause", outcome.ToString()}});
    }
    seconds.Observe(absl::ToDoubleSeconds(took));
    sizes.Observe(entries);
  };
  waiting = [&queue](int count) { queue.Set(count); };
}

}  // namespace giaoban::runtime
