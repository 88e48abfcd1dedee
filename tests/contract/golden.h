// For tests: texts that are kept in the repository, so that a change shows in review.
#ifndef GIAOBAN_TESTS_CONTRACT_GOLDEN_H_
#define GIAOBAN_TESTS_CONTRACT_GOLDEN_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace giaoban {

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path << " cannot be read";
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Compares with the file, or with GIAOBAN_REGENERATE=1 rewrites it.
inline void ExpectGolden(const std::string& path, const std::string& actual) {
  const char* regenerate = std::getenv("GIAOBAN_REGENERATE");
  if (regenerate != nullptr && std::string(regenerate) == "1") std::ofstream(path, std::ios::binary) << actual;
  const std::string expected = ReadFile(path);
  const auto at = std::mismatch(expected.begin(), expected.end(), actual.begin(), actual.end()).second;
  const auto line = std::count(actual.begin(), at, '\n') + 1;
  EXPECT_TRUE(expected == actual)
      << path << ":" << line << ": differs first here, where now is\n"
      << actual.substr(at - actual.begin(), 200)
      << "\nIf the change is meant, run this test with GIAOBAN_REGENERATE=1 and read the diff.";
}

}  // namespace giaoban

#endif  // GIAOBAN_TESTS_CONTRACT_GOLDEN_H_
