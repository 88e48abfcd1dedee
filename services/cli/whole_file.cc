#include "services/cli/whole_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "services/shared/runtime/status.h"

namespace giaoban::cli {
namespace {

absl::Status Unusable(const std::string& path, absl::string_view vi, absl::string_view en) {
  const std::string cause = errno == 0 ? "" : absl::StrCat(": ", strerror(errno));
  return runtime::Error(absl::StatusCode::kFailedPrecondition, absl::StrCat(path, " ", en, cause),
                        {.reason = "IDENTITY_FOLDER", .vietnamese = absl::StrCat(path, " ", vi, cause)});
}

absl::Status Unwritable(const std::string& path) { return Unusable(path, "không ghi được", "cannot be written"); }

bool WriteAndSync(int descriptor, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(descriptor, text.data(), text.size());
    if (count < 0) return false;
    text.remove_prefix(static_cast<size_t>(count));
  }
  return fsync(descriptor) == 0;
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return Unusable(path, "không có, rỗng hoặc không đọc được", "is missing, empty or not readable");
  }
  return text.str();
}

absl::Status WriteFile(const std::string& path, absl::string_view text) {
  if (const auto there = ReadFile(path); there.ok() && *there == text) return absl::OkStatus();
  const std::string unfinished = path + ".new";
  unlink(unfinished.c_str());  // what an interrupted run may have left, whatever its mode
  const int descriptor = open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return Unwritable(path);
  const bool written = WriteAndSync(descriptor, text);
  close(descriptor);
  if (!written || rename(unfinished.c_str(), path.c_str()) != 0) return Unwritable(path);
  return absl::OkStatus();
}

absl::Status SyncFolder(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return Unwritable(path);
  const bool synced = fsync(descriptor) == 0;
  close(descriptor);
  return synced ? absl::OkStatus() : Unwritable(path);
}

absl::Status MakeFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return absl::OkStatus();
  return Unwritable(path);
}

FolderLock::FolderLock(const std::string& path) : descriptor_(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0 || flock(descriptor_, LOCK_EX) != 0) {
    status_ = Unusable(path, "không phải thư mục dùng được", "is not a folder that can be used");
  }
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace giaoban::cli
