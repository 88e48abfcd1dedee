#include "services/shared/runtime/commit_metrics.h"

#include <string>

namespace giaoban::runtime {

CommitMetrics::CommitMetrics(Metrics& metrics, absl::string_view service, absl::string_view engine) {
  const prometheus::Labels labels{{"service", std::string(service)}, {"engine", std::string(engine)}};
  const prometheus::Histogram::BucketBoundaries group_sizes{1, 2, 4, 8, 16, 32, 64, 128, 256};
  auto& seconds = metrics.commit_seconds.Add(labels, SecondsBuckets());
  auto& sizes = metrics.commit_entries.Add(labels, group_sizes);
  auto& failures = metrics.commit_failures.Add(labels);
  auto& queue = metrics.commit_waiting.Add({{"service", std::string(service)}});
  committed = [&seconds, &sizes, &failures](int entries, absl::Duration took, bool ok) {
    if (!ok) return failures.Increment();
    seconds.Observe(absl::ToDoubleSeconds(took));
    sizes.Observe(entries);
  };
  waiting = [&queue](int count) { queue.Set(count); };
}

}  // namespace giaoban::runtime
