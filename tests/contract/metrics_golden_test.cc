// The golden list of metrics: name, type, labels and help of every family, as the
// manual shows it. With GIAOBAN_REGENERATE=1 the list is written anew.
//
// Families the runtime fills itself are filled by what fills them in service: a server,
// a denied call and a feed follower. The others belong to services; they are given
// one series with the labels metrics.h documents.
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/shared/runtime/commit_metrics.h"
#include "services/shared/runtime/test_support.h"

namespace giaoban::runtime {
namespace {

const char kGolden[] = "tests/contract/metrics.golden";

void RunCalls(TestEnvironment& process) {
  const TestAuthority authority;
  const Environment environment = process.Get("", absl::Now, authority.Load("directory"));
  CountingDirectory directory(environment);
  const auto server = Serve(environment, directory);
  const auto office = authority.Load("quang-ninh", server->address());
  const auto channel = Connect(*office, "directory").value();
  const auto stub = directory::v1::DirectoryService::NewStub(channel);
  grpc::ClientContext allowed, denied;
  directory::v1::GetClusterResponse cluster;
  ASSERT_TRUE(stub->GetCluster(&allowed, {}, &cluster).ok());
  directory::v1::RecordPeriodEventResponse period;
  ASSERT_EQ(stub->RecordPeriodEvent(&denied, {}, &period).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  FeedFollower::Options options;
  options.service = "aggregator";
  options.feed = "directory";
  options.credentials = office;
  const FeedFollower follower(std::move(options), process.metrics);
}

void FillTheOthers(Metrics& metrics) {
  Show(Limits(), metrics);
  metrics.certificate_expiry.Add({});
  metrics.identity_usable.Add({});
  metrics.password_checks.Add({});
  metrics.reports.Add({{"kind", "membership"}, {"state", "accepted"}});
  metrics.period_expected.Add({{"kind", "membership"}});
  metrics.period_accepted.Add({{"kind", "membership"}});
  metrics.findings.Add({{"kind", "membership"}, {"severity", "error"}});
  metrics.audit_events.Add({{"kind", "denied"}});
  metrics.audit_lost.Add({});
  const CommitMetrics commits(metrics, "membership", "sqlite");
  commits.committed(1, absl::Milliseconds(1), absl::OkStatus());
  commits.committed(1, absl::Milliseconds(1), absl::ResourceExhaustedError("no space"));
  commits.waiting(0);
}

std::string TypeOf(prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter:
      return "counter";
    case prometheus::MetricType::Gauge:
      return "gauge";
    case prometheus::MetricType::Histogram:
      return "histogram";
    default:
      return "unexpected";
  }
}

// One line a family: name type {labels} help. A family with no series, or with series of
// different labels, has an empty or longer list and so shows.
std::string Listed(const Metrics& metrics) {
  std::set<std::string> lines;
  for (const prometheus::MetricFamily& family : metrics.registry->Collect()) {
    std::set<std::string> labels;
    for (const prometheus::ClientMetric& metric : family.metric) {
      for (const auto& label : metric.label) labels.insert(label.name);
    }
    lines.insert(
        absl::StrCat(family.name, " ", TypeOf(family.type), " {", absl::StrJoin(labels, ","), "} ", family.help, "\n"));
  }
  return absl::StrJoin(lines, "");
}

// Goal: no family appears, disappears or changes without the list, and so the manual, saying so.
TEST(Metrics, MatchTheGoldenList) {
  TestEnvironment process;
  Metrics& metrics = process.metrics;
  RunCalls(process);
  FillTheOthers(metrics);
  const std::string listed = Listed(metrics);
  if (std::getenv("GIAOBAN_REGENERATE") != nullptr) std::ofstream(kGolden) << listed;
  std::ifstream file(kGolden);
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(listed, golden) << "run this test with GIAOBAN_REGENERATE=1 and review the difference of " << kGolden;
}

// Goal: labels never name a bloc, a report or a person: only these are allowed.
TEST(Metrics, LabelsAreBounded) {
  const std::set<std::string> allowed = {"grpc_type", "grpc_service", "grpc_method", "grpc_code", "kind",
                                         "state",     "service",      "engine",      "feed",      "severity",
                                         "version",   "compiler",     "limit"};
  TestEnvironment process;
  Metrics& metrics = process.metrics;
  RunCalls(process);
  FillTheOthers(metrics);
  for (const prometheus::MetricFamily& family : metrics.registry->Collect()) {
    for (const prometheus::ClientMetric& metric : family.metric) {
      for (const auto& label : metric.label) EXPECT_TRUE(allowed.contains(label.name)) << family.name << label.name;
    }
  }
}

}  // namespace
}  // namespace giaoban::runtime
