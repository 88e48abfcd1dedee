// A file that is in memory only.
#ifndef GIAOBAN_RUNTIME_MEMORY_FILE_H_
#define GIAOBAN_RUNTIME_MEMORY_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace giaoban::runtime {

// Gives a text a path by which this process, and no other without its rights, can read it. Gone with the object. Not
// for several threads, but whoever reads by the path may be another one.
class MemoryFile {
 public:
  MemoryFile() = default;
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  // Who opens the path from now on reads this; who has it open reads on what was before. The path does not change.
  // UNAVAILABLE when there is no memory or descriptor for it; then nothing has changed.
  absl::Status Write(absl::string_view text);

  // Only after the first Write.
  std::string path() const;

 private:
  int descriptor_ = -1;
  std::string text_;
};

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_MEMORY_FILE_H_
