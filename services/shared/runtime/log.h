// Logs: one JSON object a line on standard error. No figures, no secrets.
#ifndef GIAOBAN_RUNTIME_LOG_H_
#define GIAOBAN_RUNTIME_LOG_H_

#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace giaoban::runtime {

enum class Severity { kInfo, kWarning, kError };

// Writes {"time", "severity", "message", …fields}. Thread-safe; lines never mix.
void Log(Severity severity, absl::string_view message,
         std::initializer_list<std::pair<absl::string_view, std::string>> fields = {});

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_LOG_H_
