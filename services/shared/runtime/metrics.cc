#include "services/shared/runtime/metrics.h"

#include <string>

namespace giaoban::runtime {
namespace {

template <typename Builder>
auto& Add(Builder builder, const char* name, const char* help, prometheus::Registry& registry) {
  return builder.Name(name).Help(help).Register(registry);
}

auto& Counters(const char* name, const char* help, prometheus::Registry& registry) {
  return Add(prometheus::BuildCounter(), name, help, registry);
}

auto& Gauges(const char* name, const char* help, prometheus::Registry& registry) {
  return Add(prometheus::BuildGauge(), name, help, registry);
}

auto& Histograms(const char* name, const char* help, prometheus::Registry& registry) {
  return Add(prometheus::BuildHistogram(), name, help, registry);
}

}  // namespace

Metrics::Metrics()
    : registry(std::make_shared<prometheus::Registry>()),
      grpc_started(Counters("grpc_server_started_total", "Calls started.", *registry)),
      grpc_handled(Counters("grpc_server_handled_total", "Calls ended, by the code they ended with.", *registry)),
      grpc_handling(Histograms("grpc_server_handling_seconds", "Time from a call's start to its status.", *registry)),
      access_denied(Counters("giaoban_access_denied_total", "Calls refused before any handler ran.", *registry)),
      limit(Gauges("giaoban_limit", "Limits in force.", *registry)),
      limit_reached(Counters("giaoban_limit_reached_total", "Calls refused past a limit.", *registry)),
      certificate_expiry(Gauges("giaoban_certificate_expiry_timestamp_seconds",
                                "When the certificate in use ends, in Unix time.", *registry)),
      identity_usable(Gauges(
          "giaoban_identity_usable",
          "1 while the identity folder can be used as it is; otherwise 0, and the last usable one is.", *registry)),
      reports(Gauges("giaoban_reports", "Report revisions by the state they are in.", *registry)),
      period_expected(
          Gauges("giaoban_period_reports_expected", "Reports the open periods of all clusters ask for.", *registry)),
      period_accepted(Gauges("giaoban_period_reports_accepted",
                             "Reports accepted for the open periods of all clusters.", *registry)),
      commit_seconds(Histograms("giaoban_commit_seconds", "Time of one commit, fsync included.", *registry)),
      commit_entries(Histograms("giaoban_commit_entries", "Journal entries that shared one commit.", *registry)),
      commit_waiting(Gauges("giaoban_commit_waiting", "Requests that wait for a commit.", *registry)),
      commit_failures(Counters("giaoban_commit_failures_total", "Commits that failed.", *registry)),
      feed_entries(Counters("giaoban_feed_entries_total", "Entries taken in from a change feed.", *registry)),
      feed_lag(Gauges("giaoban_feed_lag_seconds",
                      "Age of the entry of a change feed taken in last, when it was taken in.", *registry)),
      feed_connected(Gauges("giaoban_feed_connected", "1 while a change feed is connected, otherwise 0.", *registry)),
      findings(Counters("giaoban_findings_total", "Findings of submissions, stored or refused.", *registry)),
      audit_events(Counters("giaoban_audit_events_total", "Denials and log-ins, by what happened.", *registry)),
      audit_lost(Counters("giaoban_audit_lost_total", "Denials and log-ins that could not be recorded.", *registry)),
      password_checks(Counters("giaoban_password_checks_total",
                               "Passwords compared with what is kept of them, one for each log-in that was looked at.",
                               *registry)),
      build_info(Gauges("giaoban_build_info", "Always 1; version and compiler of this binary.", *registry)) {
  build_info.Add({{"version", GIAOBAN_VERSION}, {"compiler", __VERSION__}}).Set(1);
}

const prometheus::Histogram::BucketBoundaries& SecondsBuckets() {
  static const auto& buckets = *new prometheus::Histogram::BucketBoundaries{
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  return buckets;
}

}  // namespace giaoban::runtime
