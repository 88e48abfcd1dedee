// The /metrics page, on the loopback interface only.
#ifndef GIAOBAN_RUNTIME_METRICS_SERVER_H_
#define GIAOBAN_RUNTIME_METRICS_SERVER_H_

#include <prometheus/exposer.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/shared/runtime/metrics.h"

namespace giaoban::runtime {

class MetricsServer {
 public:
  // Serves on "host:port", checked to be of the loopback interface by Faults(settings); port 0
  // takes a free one. UNAVAILABLE when the address cannot be had.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(const std::string& address, const Metrics& metrics);
  ~MetricsServer();

  // "host:port" with the port really taken.
  std::string address() const;

 private:
  MetricsServer(std::string host, std::unique_ptr<prometheus::Exposer> exposer)
      : host_(std::move(host)), exposer_(std::move(exposer)) {}

  const std::string host_;
  std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_METRICS_SERVER_H_
