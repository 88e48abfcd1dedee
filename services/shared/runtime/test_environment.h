// For tests: what a process has one of, with nobody around it.
#ifndef GIAOBAN_RUNTIME_TEST_ENVIRONMENT_H_
#define GIAOBAN_RUNTIME_TEST_ENVIRONMENT_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "services/shared/runtime/environment.h"

namespace giaoban::runtime {

struct TestEnvironment {
  Metrics metrics;
  Limits limits;
  Callers callers{limits, metrics};
  StatementKeys statement_keys;
  AccessEvents access_events;

  Environment Get(std::string data_directory = "", std::function<absl::Time()> clock = absl::Now,
                  std::shared_ptr<Credentials> credentials = nullptr) {
    return {
        std::move(credentials), std::move(data_directory), metrics, std::move(clock), limits, callers, statement_keys,
        access_events};
  }
};

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_TEST_ENVIRONMENT_H_
