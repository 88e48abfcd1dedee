// For tests: what a process has one of, with nobody around it.
#ifndef GIAOBAN_RUNTIME_TEST_ENVIRONMENT_H_
#define GIAOBAN_RUNTIME_TEST_ENVIRONMENT_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "services/shared/runtime/environment.h"
#include "tests/storage/test_database.h"

namespace giaoban::runtime {

struct TestEnvironment {
  Metrics metrics;
  Limits limits;
  Callers callers{limits, metrics};
  StatementKeys statement_keys;
  AccessEvents access_events;

  Environment Get(std::string data_directory = "", std::function<absl::Time()> clock = absl::Now,
                  std::shared_ptr<Credentials> credentials = nullptr) {
    std::string database = data_directory.empty() ? "" : storage::TestDatabase(data_directory);
    return {std::move(credentials),
            std::move(data_directory),
            std::move(database),
            metrics,
            std::move(clock),
            limits,
            callers,
            statement_keys,
            access_events};
  }
};

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_TEST_ENVIRONMENT_H_
