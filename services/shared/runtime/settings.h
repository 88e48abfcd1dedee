// The settings of a service: flags, and nothing else.
#ifndef GIAOBAN_RUNTIME_SETTINGS_H_
#define GIAOBAN_RUNTIME_SETTINGS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/shared/runtime/limits.h"

namespace giaoban::runtime {

struct Settings {
  std::string identity;
  // Empty: the address the identity folder gives for the first component.
  std::string listen;
  std::string data;
  // libpq's connection string; empty: databases are files in `data`.
  std::string database;
  std::string metrics;
  absl::Duration drain;
  Limits limits;
};

// Reads the flags, --flagfile included. Unknown flags and --help end the process
// inside. Every argument that is no flag is in `unexpected`.
Settings ReadSettings(int argc, char** argv, std::vector<std::string>* unexpected);

// One sentence for each wrong setting, naming its flag; none when all are right.
std::vector<std::string> Faults(const Settings& settings);

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_SETTINGS_H_
