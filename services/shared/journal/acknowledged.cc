#include "services/shared/journal/acknowledged.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace giaoban::journal {
namespace {

// All lines are of one length, so that each can be written over: a position of twenty digits, a space, the cluster,
// spaces, the end of the line. What lies within a sector is written as a whole.
constexpr size_t kLine = 128, kPosition = 20;

}  // namespace

absl::StatusOr<std::unique_ptr<Acknowledged>> Acknowledged::Open(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return absl::FailedPreconditionError(absl::StrCat(path, ": ", strerror(errno)));
  std::unique_ptr<Acknowledged> acknowledged(new Acknowledged(path, descriptor));
  if (absl::Status status = acknowledged->Read(); !status.ok()) return status;
  return acknowledged;
}

Acknowledged::~Acknowledged() { close(descriptor_); }

absl::Status Acknowledged::Read() {
  absl::MutexLock lock(&mutex_);
  std::string line(kLine, '\0');
  for (int64_t number = 0;; ++number) {
    const ssize_t count = pread(descriptor_, line.data(), kLine, number * static_cast<off_t>(kLine));
    if (count == 0) return absl::OkStatus();
    Noted noted{.line = number};
    const absl::string_view text = line;
    if (count != static_cast<ssize_t>(kLine) || text[kPosition] != ' ' || text.back() != '\n' ||
        !absl::SimpleAtoi(text.substr(0, kPosition), &noted.position)) {
      return absl::FailedPreconditionError(absl::StrCat(
          path_, ", line ", number + 1, ": not a position and a cluster; delete the file to go without it"));
    }
    clusters_[std::string(absl::StripAsciiWhitespace(text.substr(kPosition)))] = noted;
  }
}

absl::Status Acknowledged::Check(const std::vector<report::v1::FeedPosition>& heads) const {
  absl::MutexLock lock(&mutex_);
  std::map<std::string, int64_t> ends;
  for (const report::v1::FeedPosition& head : heads) ends[head.cluster()] = head.position();
  for (const auto& [cluster, noted] : clusters_) {
    const int64_t end = ends[cluster];
    if (end >= noted.position) continue;
    return absl::DataLossError(absl::StrCat("the journal of '", cluster, "' ends at position ", end, ", and ",
                                            noted.position, " was acknowledged: restore a copy that has it, or delete ",
                                            path_, " to go on without"));
  }
  return absl::OkStatus();
}

absl::Status Acknowledged::Note(const std::string& cluster, int64_t position) {
  absl::MutexLock lock(&mutex_);
  const auto known = clusters_.find(cluster);
  Noted noted{.line = static_cast<int64_t>(clusters_.size())};
  if (known != clusters_.end()) noted = known->second;
  if (position <= noted.position) return absl::OkStatus();
  noted.position = position;
  const std::string line = absl::StrFormat("%020d %-*s\n", position, static_cast<int>(kLine - kPosition - 2), cluster);
  const ssize_t written = pwrite(descriptor_, line.data(), line.size(), noted.line * static_cast<off_t>(kLine));
  if (written != static_cast<ssize_t>(kLine)) {
    return absl::UnavailableError(absl::StrCat(path_, " cannot be written: ", written < 0 ? strerror(errno) : cluster));
  }
  clusters_[cluster] = noted;
  return absl::OkStatus();
}

}  // namespace giaoban::journal
