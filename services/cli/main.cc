// The command line of the suite.
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "google/protobuf/stubs/logging.h"
#include "services/cli/commands.h"
#include "services/cli/uuid.h"

int main(int argc, char** argv) {
  // What the library would write to standard error is said in our own words.
  google::protobuf::SetLogHandler(nullptr);
  const giaoban::cli::World world{
      .out = std::cout,
      .err = std::cerr,
      .environment =
          [](const std::string& name) {
            const char* value = std::getenv(name.c_str());
            return std::string(value == nullptr ? "" : value);
          },
      .connect = giaoban::cli::MakeConnection,
      .new_id = giaoban::cli::NewUuid,
      .clock = absl::Now,
  };
  return giaoban::cli::Run(std::vector<std::string>(argv + 1, argv + argc), world);
}
