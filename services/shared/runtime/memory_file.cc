#include "services/shared/runtime/memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace giaoban::runtime {

MemoryFile::~MemoryFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::Status MemoryFile::Write(absl::string_view text) {
  if (descriptor_ >= 0 && text == text_) return absl::OkStatus();
  const int made = memfd_create("giaoban", MFD_CLOEXEC);
  const bool written = made >= 0 && write(made, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  // The new file takes the place of the old one in one step.
  const int placed = !written ? -1 : descriptor_ < 0 ? made : dup3(made, descriptor_, O_CLOEXEC);
  const int cause = errno;
  if (made >= 0 && placed != made) close(made);
  if (placed < 0) return absl::UnavailableError(absl::StrCat("no file in memory: ", strerror(cause)));
  descriptor_ = placed;
  text_ = std::string(text);
  return absl::OkStatus();
}

std::string MemoryFile::path() const { return absl::StrCat("/proc/self/fd/", descriptor_); }

}  // namespace giaoban::runtime
