#include "services/shared/runtime/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/flags/reflection.h"
#include "absl/strings/str_cat.h"
#include "services/shared/runtime/status.h"

namespace giaoban::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::map<std::string, double> Series(Metrics& metrics, const std::string& family) {
  std::map<std::string, double> series;
  for (const prometheus::MetricFamily& found : metrics.registry->Collect()) {
    if (found.name != family) continue;
    for (const prometheus::ClientMetric& metric : found.metric) {
      series[metric.label.front().value] = metric.gauge.value + metric.counter.value;
    }
  }
  return series;
}

// Goal: what stands in limits.h is what holds without flags, and is a setting that is allowed.
TEST(Limits, DefaultsCanBe) { EXPECT_THAT(Faults(Limits()), IsEmpty()); }

// Goal: every limit can be set by the flag of its name, which says what it is and what it may be.
TEST(Limits, EveryLimitHasAFlag) {
  const absl::FlagSaver restore;
  Metrics metrics;
  Show(Limits(), metrics);
  const auto flags = absl::GetAllFlags();
  for (const auto& [name, value] : Series(metrics, "giaoban_limit")) {
    ASSERT_TRUE(flags.contains(name)) << name;
    EXPECT_EQ(flags.at(name)->DefaultValue(), absl::StrCat(static_cast<int64_t>(value)));
    EXPECT_THAT(flags.at(name)->Help(), testing::ContainsRegex(", [0-9]+ to [0-9]+\\.$")) << name;
    std::string error;
    EXPECT_TRUE(absl::FindCommandLineFlag(name)->ParseFrom("77", &error)) << error;
  }
  Metrics changed;
  Show(LimitsOfFlags(), changed);
  for (const auto& [name, value] : Series(changed, "giaoban_limit")) EXPECT_EQ(value, 77) << name;
}

// Goal: all wrong limits are named at once, on either side of what they may be.
TEST(Limits, AllFaultsAreNamed) {
  Limits limits;
  limits.request_bytes = 1;
  limits.calls = -1;
  limits.page = 10'001;
  limits.handshake_seconds = 0;
  EXPECT_THAT(Faults(limits), ElementsAre(HasSubstr("--max_request_bytes=1: expected 65536 to "),
                                          HasSubstr("--max_calls=-1: expected 1 to "),
                                          HasSubstr("--max_page=10001: expected 1 to 10000"),
                                          HasSubstr("--max_handshake_seconds=0: expected 1 to 600")));
}

// Goal: every limit is shown with its value, and its refusals from 0 on.
TEST(Limits, AreShown) {
  Limits limits;
  limits.page = 7;
  Metrics metrics;
  Show(limits, metrics);
  const auto shown = Series(metrics, "giaoban_limit"), reached = Series(metrics, "giaoban_limit_reached_total");
  EXPECT_EQ(shown.size(), sizeof(Limits) / sizeof(int64_t));
  EXPECT_EQ(shown.at("max_page"), 7);
  EXPECT_EQ(shown.at("max_calls"), static_cast<double>(limits.calls));
  EXPECT_EQ(reached.size(), shown.size());
  for (const auto& [name, count] : reached) EXPECT_EQ(count, 0) << name;
  EXPECT_EQ(WhenPast(&Limits::page, limits, metrics)().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Series(metrics, "giaoban_limit_reached_total").at("max_page"), 1);
}

// Goal: a page is as long as was asked, 100 when nothing was, and never longer than the limit.
TEST(Limits, PagesHaveASize) {
  Limits limits;
  Metrics metrics;
  EXPECT_EQ(PageSize(0, limits, metrics).value(), 100);
  EXPECT_EQ(PageSize(1, limits, metrics).value(), 1);
  EXPECT_EQ(PageSize(500, limits, metrics).value(), 500);
  const absl::Status longer = PageSize(501, limits, metrics).status();
  EXPECT_EQ(longer.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(DetailOf(longer).metadata, testing::Contains(testing::Pair("limit", "max_page")));
  const absl::Status negative = PageSize(-1, limits, metrics).status();
  EXPECT_EQ(negative.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DetailOf(negative).reason, "REQUEST_MALFORMED");
  EXPECT_FALSE(DetailOf(negative).vietnamese.empty());
  limits.page = 20;
  EXPECT_EQ(PageSize(0, limits, metrics).value(), 20);
}

}  // namespace
}  // namespace giaoban::runtime
