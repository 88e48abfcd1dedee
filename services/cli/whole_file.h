// Files that are there whole or not at all.
#ifndef GIAOBAN_CLI_WHOLE_FILE_H_
#define GIAOBAN_CLI_WHOLE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace giaoban::cli {

// The text of a file. FAILED_PRECONDITION naming it when it cannot be read or is empty.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// Writes a file of mode 0600 aside, makes its text durable, and gives it its name: whoever reads sees the old text or
// the new one, also after a power cut. A file that has this text already is left alone. FAILED_PRECONDITION naming it
// when it cannot be written.
absl::Status WriteFile(const std::string& path, absl::string_view text);

// Makes durable which files a folder has: until then a power cut may bring the files of before back.
absl::Status SyncFolder(const std::string& path);

// Makes a folder of mode 0700 unless it is there. Its parent must be. FAILED_PRECONDITION naming it.
absl::Status MakeFolder(const std::string& path);

// One process at a time in a folder: waits until nobody else holds it, and holds it while alive.
class FolderLock {
 public:
  explicit FolderLock(const std::string& path);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  // FAILED_PRECONDITION naming the folder when it is not there or cannot be held.
  const absl::Status& status() const { return status_; }

 private:
  int descriptor_;
  absl::Status status_;
};

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_WHOLE_FILE_H_
