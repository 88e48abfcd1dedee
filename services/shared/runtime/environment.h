// What a service may use of the process it runs in.
#ifndef GIAOBAN_RUNTIME_ENVIRONMENT_H_
#define GIAOBAN_RUNTIME_ENVIRONMENT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "services/shared/runtime/access_events.h"
#include "services/shared/runtime/callers.h"
#include "services/shared/runtime/credentials.h"
#include "services/shared/runtime/limits.h"
#include "services/shared/runtime/metrics.h"
#include "services/shared/runtime/statement.h"

namespace giaoban::runtime {

// References to what the process has one of; they outlive every service.
struct Environment {
  // Null only where nothing is served and nobody called.
  std::shared_ptr<Credentials> credentials;
  // Folder for databases and keys; exists and is writable.
  std::string data_directory;
  // What storage::Open takes: where databases are that are not in the folder.
  std::string database;
  Metrics& metrics;
  std::function<absl::Time()> clock;
  const Limits& limits;
  Callers& callers;
  // Filled by whoever follows the directory.
  StatementKeys& statement_keys;
  AccessEvents& access_events;
};

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_ENVIRONMENT_H_
