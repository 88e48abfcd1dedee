#include "services/shared/runtime/memory_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace giaoban::runtime {
namespace {

std::string Read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Goal: the path stays, what stands there is the last text, and afterwards there is nothing.
TEST(MemoryFile, HasTheLastText) {
  std::string path;
  {
    MemoryFile file;
    ASSERT_TRUE(file.Write("one").ok());
    path = file.path();
    EXPECT_EQ(Read(path), "one");
    EXPECT_EQ(Read(path), "one") << "from its beginning each time";
    ASSERT_TRUE(file.Write("number two").ok());
    EXPECT_EQ(file.path(), path);
    EXPECT_EQ(Read(path), "number two");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

// Goal: a reader sees a whole text, whatever is written meanwhile.
TEST(MemoryFile, IsReplacedAtOnce) {
  const std::string texts[] = {std::string(20'000, 'a'), std::string(30'000, 'b')};
  MemoryFile file;
  ASSERT_TRUE(file.Write(texts[0]).ok());
  std::thread writer([&] {
    for (int i = 0; i < 2000; ++i) ASSERT_TRUE(file.Write(texts[i % 2]).ok());
  });
  for (int i = 0; i < 500; ++i) {
    const std::string read = Read(file.path());
    if (read != texts[0] && read != texts[1]) {
      ADD_FAILURE() << read.size() << " bytes, from " << read.substr(0, 1) << " to " << read.substr(read.size() - 1);
      break;
    }
  }
  writer.join();
}

}  // namespace
}  // namespace giaoban::runtime
