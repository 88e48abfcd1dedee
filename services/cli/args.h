// The command line: which commands there are, what they take, and what was typed.
#ifndef GIAOBAN_CLI_ARGS_H_
#define GIAOBAN_CLI_ARGS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace giaoban::cli {

struct Context;

// A text in both languages.
struct Words {
  absl::string_view vi;
  absl::string_view en;
};

// An option of any command: "--period P". An empty placeholder makes it a switch.
struct Option {
  absl::string_view name;
  absl::string_view placeholder;
  Words help;
};

// A command: "review accept".
struct Command {
  absl::string_view name;
  // What stands beside the options: "" nothing, "FILE" exactly one, "FILE…" one or more, "[FILE…]" any number.
  absl::string_view operands;
  std::vector<absl::string_view> required;
  std::vector<absl::string_view> optional;
  Words help;
  absl::string_view example;
  // Returns the exit code, having printed the outcome; an error is printed by the caller.
  std::function<absl::StatusOr<int>(const Context&)> run;
};

// What was typed, checked against the command.
struct Arguments {
  // Null when no command was named: `help`, or nothing at all.
  const Command* command = nullptr;
  std::map<std::string, std::string> options;
  std::vector<std::string> operands;

  bool Has(absl::string_view name) const { return options.contains(std::string(name)); }
  // Empty when it was not given.
  std::string Get(absl::string_view name) const;
  // A number above or equal to zero; nullopt when it was not given.
  absl::StatusOr<std::optional<int64_t>> Number(absl::string_view name) const;
};

// An error of the person typing, in both languages. The exit code of it is 2.
absl::Status UsageError(absl::string_view vi, absl::string_view en);

// Reads "summary --cluster dong-bac --period=2023-H1". Options may stand anywhere; after "--" everything is
// an operand. A usage error names what is unknown, missing, given twice or too much.
// Global options are taken by every command. `help`, and --help with any command, give
// arguments whose options include "help".
absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& words, const std::vector<Command>& commands,
                                         const std::vector<Option>& options,
                                         const std::vector<absl::string_view>& global);

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_ARGS_H_
