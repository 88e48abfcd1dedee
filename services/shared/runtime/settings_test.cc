#include "services/shared/runtime/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace giaoban::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Settings Right() { return {testing::TempDir(), "", testing::TempDir(), "", "127.0.0.1:0", absl::Seconds(10)}; }

// Goal: right settings have no faults.
TEST(Settings, RightOnesPass) {
  EXPECT_THAT(Faults(Right()), IsEmpty());
  Settings settings = Right();
  settings.listen = "[::1]:7001";
  for (const std::string metrics : {"localhost:9101", "127.0.0.2:0", "[::1]:9101"}) {
    settings.metrics = metrics;
    EXPECT_THAT(Faults(settings), IsEmpty()) << metrics;
  }
}

// Goal: every wrong setting is named at once.
TEST(Settings, AllFaultsAreNamed) {
  Settings settings{"", "nowhere", "/no/such/folder", "", "0.0.0.0:9101", absl::Seconds(-1)};
  settings.limits.page = 0;
  EXPECT_THAT(Faults(settings), ElementsAre(HasSubstr("--identity is missing"), HasSubstr("--data=/no/such/folder"),
                                            HasSubstr("--metrics=0.0.0.0:9101"), HasSubstr("--listen=nowhere"),
                                            HasSubstr("--drain_seconds=-1"), HasSubstr("--max_page=0")));
}

// Goal: metrics have no certificate, so they never leave the machine.
TEST(Settings, MetricsStayOnTheMachine) {
  for (const std::string metrics : {"", "9101", ":9101", "0.0.0.0:9101", "[::]:9101", "10.0.0.1:9101",
                                    "localhost.example.com:9101", "127.evil.example.com:1", "127.0.0.1:70000"}) {
    Settings settings = Right();
    settings.metrics = metrics;
    EXPECT_THAT(Faults(settings), ElementsAre(HasSubstr("--metrics="))) << metrics;
  }
}

}  // namespace
}  // namespace giaoban::runtime
