// What the targets share: how a property is stated, and inputs of several parts.
#ifndef GIAOBAN_FUZZ_FUZZ_H_
#define GIAOBAN_FUZZ_FUZZ_H_

#include <stdlib.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/contract/catalogue.h"

namespace giaoban::fuzz {

// Ends the process when a property does not hold, which libFuzzer reports with the input.
inline void Require(bool holds, absl::string_view what) {
  if (holds) return;
  std::cerr << "does not hold: " << what << std::endl;
  abort();
}

inline const contract::Catalogue& Catalogue() {
  static const auto& catalogue = *new auto(contract::SuiteCatalogue().value());
  return *catalogue;
}

// A folder for what a target can only read from files; gone at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(std::filesystem::temp_directory_path() / "giaoban-fuzz-XXXXXX") {
    Require(mkdtemp(path_.data()) != nullptr, "there is a place for temporary folders");
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string operator/(absl::string_view name) const { return absl::StrCat(path_, "/", name); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// An input of parts is each part's length in two bytes, low one first, and the part. The last takes what there is.
using Parts = std::vector<std::string>;

inline Parts Split(const uint8_t* data, size_t size) {
  Parts parts;
  for (size_t at = 0; at + 2 <= size;) {
    const size_t length = std::min<size_t>(data[at] + 256 * data[at + 1], size - at - 2);
    parts.emplace_back(reinterpret_cast<const char*>(data) + at + 2, length);
    at += 2 + length;
  }
  return parts;
}

inline std::string Join(const Parts& parts) {
  std::string input;
  for (const std::string& part : parts) {
    const std::string fits = part.substr(0, 0xffff);
    input += {static_cast<char>(fits.size() & 0xff), static_cast<char>(fits.size() >> 8)};
    input += fits;
  }
  return input;
}

}  // namespace giaoban::fuzz

#endif  // GIAOBAN_FUZZ_FUZZ_H_
