#include "services/shared/runtime/log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "absl/strings/str_split.h"

namespace giaoban::runtime {
namespace {

std::vector<nlohmann::json> Captured() {
  std::vector<nlohmann::json> lines;
  const std::string text = testing::internal::GetCapturedStderr();
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    lines.push_back(nlohmann::json::parse(line.begin(), line.end()));
  }
  return lines;
}

// Goal: a line is one JSON object with what was said, whatever characters are in it.
TEST(Log, WritesOneObjectALine) {
  testing::internal::CaptureStderr();
  Log(Severity::kWarning, "quoted \"text\"\nand a line", {{"identity", "office/quang-ninh"}, {"text", "Quảng Ninh"}});
  const std::vector<nlohmann::json> lines = Captured();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["severity"], "warning");
  EXPECT_EQ(lines[0]["message"], "quoted \"text\"\nand a line");
  EXPECT_EQ(lines[0]["identity"], "office/quang-ninh");
  EXPECT_EQ(lines[0]["text"], "Quảng Ninh");
  EXPECT_EQ(lines[0]["time"].get<std::string>().back(), 'Z');
}

// Goal: bytes that are not UTF-8 do not spoil the line.
TEST(Log, SurvivesBytesThatAreNoText) {
  testing::internal::CaptureStderr();
  Log(Severity::kError, "a\xff");
  EXPECT_EQ(Captured().at(0)["message"], "a\uFFFD");
}

// Goal: lines of several threads never mix.
TEST(Log, KeepsLinesWhole) {
  testing::internal::CaptureStderr();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([] {
      for (int i = 0; i < 100; ++i) Log(Severity::kInfo, std::string(2000, 'x'));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Captured().size(), 400u);
}

}  // namespace
}  // namespace giaoban::runtime
