#include "services/shared/runtime/log.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "absl/base/attributes.h"
#include "absl/base/const_init.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace giaoban::runtime {
namespace {

ABSL_CONST_INIT absl::Mutex mutex(absl::kConstInit);

const char* Word(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "error";
}

// A log that cannot be written is given up: there is nowhere else to say so.
void WriteAll(absl::string_view line) {
  absl::MutexLock lock(&mutex);
  while (!line.empty()) {
    const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    line.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

void Log(Severity severity, absl::string_view message,
         std::initializer_list<std::pair<absl::string_view, std::string>> fields) {
  nlohmann::ordered_json line;
  line["time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone());
  line["severity"] = Word(severity);
  line["message"] = std::string(message);
  for (const auto& [name, value] : fields) line[std::string(name)] = value;
  // Bytes that are not UTF-8 become U+FFFD: the line stays valid JSON.
  std::string text = line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text += '\n';
  WriteAll(text);
}

}  // namespace giaoban::runtime
