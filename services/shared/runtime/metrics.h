// Metrics in Prometheus form. Every family the suite exposes is declared here, and listed with
// its type, labels and help in tests/contract/metrics.golden, which the test compares and the
// manual shows. Bloc codes and report ids are never labels.
#ifndef GIAOBAN_RUNTIME_METRICS_H_
#define GIAOBAN_RUNTIME_METRICS_H_

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <memory>

namespace giaoban::runtime {

// All families of one process. Thread-safe.
class Metrics {
 public:
  Metrics();

  std::shared_ptr<prometheus::Registry> registry;

  // What the ecosystem's gRPC dashboards expect. Labels grpc_type, grpc_service,
  // grpc_method; handled also grpc_code.
  prometheus::Family<prometheus::Counter>& grpc_started;
  prometheus::Family<prometheus::Counter>& grpc_handled;
  prometheus::Family<prometheus::Histogram>& grpc_handling;
  // giaoban_access_denied_total{grpc_service,grpc_method}: calls refused before a handler.
  prometheus::Family<prometheus::Counter>& access_denied;
  // giaoban_limit{limit}: limits in force; giaoban_limit_reached_total{limit}: calls refused past one.
  prometheus::Family<prometheus::Gauge>& limit;
  prometheus::Family<prometheus::Counter>& limit_reached;
  // giaoban_certificate_expiry_timestamp_seconds: when the certificate in use ends, in Unix time.
  // giaoban_identity_usable: 1 while the identity folder can be used as it is, otherwise 0: the last usable one is.
  prometheus::Family<prometheus::Gauge>& certificate_expiry;
  prometheus::Family<prometheus::Gauge>& identity_usable;
  // giaoban_reports{kind,state}: report revisions by the state they are in.
  prometheus::Family<prometheus::Gauge>& reports;
  // giaoban_period_reports_expected{kind} and giaoban_period_reports_accepted{kind}: coverage of the open
  // periods of all clusters.
  prometheus::Family<prometheus::Gauge>& period_expected;
  prometheus::Family<prometheus::Gauge>& period_accepted;
  // giaoban_commit_seconds{service,engine}, giaoban_commit_entries{service,engine} (histograms),
  // giaoban_commit_waiting{service}, giaoban_commit_failures_total{service,engine}.
  prometheus::Family<prometheus::Histogram>& commit_seconds;
  prometheus::Family<prometheus::Histogram>& commit_entries;
  prometheus::Family<prometheus::Gauge>& commit_waiting;
  prometheus::Family<prometheus::Counter>& commit_failures;
  // giaoban_feed_entries_total{service,feed} taken in; giaoban_feed_lag_seconds{service,feed}: age of the entry
  // taken in last when it was taken in; giaoban_feed_connected{service,feed}: 1 or 0.
  prometheus::Family<prometheus::Counter>& feed_entries;
  prometheus::Family<prometheus::Gauge>& feed_lag;
  prometheus::Family<prometheus::Gauge>& feed_connected;
  // giaoban_findings_total{kind,severity}: findings of submissions, stored or refused.
  prometheus::Family<prometheus::Counter>& findings;
  // giaoban_audit_events_total{kind}: denials and log-ins; giaoban_audit_lost_total: those that could not be recorded.
  prometheus::Family<prometheus::Counter>& audit_events;
  prometheus::Family<prometheus::Counter>& audit_lost;
  // giaoban_password_checks_total: passwords compared with what is kept of them, one for each log-in that was looked
  // at.
  prometheus::Family<prometheus::Counter>& password_checks;
  // giaoban_build_info{version,compiler}: always 1.
  prometheus::Family<prometheus::Gauge>& build_info;
};

// Bucket bounds in seconds for everything that is timed.
const prometheus::Histogram::BucketBoundaries& SecondsBuckets();

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_METRICS_H_
