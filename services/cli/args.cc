#include "services/cli/args.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/shared/runtime/status.h"

namespace giaoban::cli {
namespace {

using Names = std::vector<absl::string_view>;

bool Contains(const Names& names, absl::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Splits what was typed into options and other words, knowing only which options take a value.
class Splitter {
 public:
  Splitter(const std::vector<std::string>& words, const std::vector<Option>& options)
      : words_(words), options_(options) {}

  absl::Status Split(Arguments& arguments) {
    while (next_ < words_.size()) {
      const std::string& word = words_[next_++];
      if (word == "--") {
        arguments.operands.insert(arguments.operands.end(), words_.begin() + next_, words_.end());
        return absl::OkStatus();
      }
      if (!absl::StartsWith(word, "--")) {
        arguments.operands.push_back(word);
        continue;
      }
      if (absl::Status status = TakeOption(word.substr(2), arguments); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  absl::Status TakeOption(const std::string& text, Arguments& arguments) {
    const size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const auto option =
        std::find_if(options_.begin(), options_.end(), [&](const Option& known) { return known.name == name; });
    if (option == options_.end()) {
      return UsageError(absl::StrCat("không có tùy chọn --", name), absl::StrCat("unknown option --", name));
    }
    std::string value;
    if (equals != std::string::npos) value = text.substr(equals + 1);
    if (option->placeholder.empty()) {
      if (equals != std::string::npos) {
        return UsageError(absl::StrCat("--", name, " không nhận giá trị"), absl::StrCat("--", name, " takes no value"));
      }
    } else if (equals == std::string::npos) {
      if (next_ < words_.size()) value = words_[next_++];
    }
    if (!option->placeholder.empty() && value.empty()) {
      return UsageError(absl::StrCat("--", name, " cần một giá trị: --", name, " ", option->placeholder),
                        absl::StrCat("--", name, " needs a value: --", name, " ", option->placeholder));
    }
    if (!arguments.options.emplace(name, value).second) {
      return UsageError(absl::StrCat("--", name, " được ghi hai lần"), absl::StrCat("--", name, " is given twice"));
    }
    return absl::OkStatus();
  }

  const std::vector<std::string>& words_;
  const std::vector<Option>& options_;
  size_t next_ = 0;
};

// The command with the longest name that begins the operands; its words are taken away.
const Command* TakeCommand(const std::vector<Command>& commands, std::vector<std::string>& operands) {
  for (size_t length = std::min<size_t>(2, operands.size()); length > 0; --length) {
    const std::string name = absl::StrJoin(operands.begin(), operands.begin() + length, " ");
    for (const Command& command : commands) {
      if (command.name != name) continue;
      operands.erase(operands.begin(), operands.begin() + length);
      return &command;
    }
  }
  return nullptr;
}

absl::Status CheckOperands(const Command& command, const std::vector<std::string>& operands) {
  const bool many = absl::StrContains(command.operands, "…");
  const bool optional = absl::StartsWith(command.operands, "[");
  if (operands.empty() && !command.operands.empty() && !optional) {
    return UsageError(absl::StrCat("lệnh ", command.name, " cần ", command.operands),
                      absl::StrCat(command.name, " needs ", command.operands));
  }
  const size_t limit = command.operands.empty() ? 0 : 1;
  if (!many && operands.size() > limit) {
    return UsageError(absl::StrCat("lệnh ", command.name, " không hiểu: ", operands[limit]),
                      absl::StrCat(command.name, " does not take: ", operands[limit]));
  }
  return absl::OkStatus();
}

absl::Status CheckOptions(const Command& command, const Arguments& arguments, const Names& global) {
  for (const auto& [name, value] : arguments.options) {
    if (Contains(global, name) || Contains(command.required, name) || Contains(command.optional, name)) continue;
    return UsageError(absl::StrCat("lệnh ", command.name, " không có tùy chọn --", name),
                      absl::StrCat(command.name, " has no option --", name));
  }
  Names missing;
  for (absl::string_view name : command.required) {
    if (!arguments.Has(name)) missing.push_back(name);
  }
  if (missing.empty()) return absl::OkStatus();
  const std::string list = absl::StrCat("--", absl::StrJoin(missing, ", --"));
  return UsageError(absl::StrCat("lệnh ", command.name, " còn thiếu ", list),
                    absl::StrCat(command.name, " lacks ", list));
}

}  // namespace

std::string Arguments::Get(absl::string_view name) const {
  const auto found = options.find(std::string(name));
  return found == options.end() ? "" : found->second;
}

absl::StatusOr<std::optional<int64_t>> Arguments::Number(absl::string_view name) const {
  if (!Has(name)) return std::nullopt;
  int64_t number = 0;
  if (!absl::SimpleAtoi(Get(name), &number) || number < 0) {
    return UsageError(absl::StrCat("--", name, " phải là số nguyên không âm, không phải “", Get(name), "”"),
                      absl::StrCat("--", name, " must be a whole number from 0, not \"", Get(name), "\""));
  }
  return number;
}

absl::Status UsageError(absl::string_view vi, absl::string_view en) {
  return runtime::Error(absl::StatusCode::kInvalidArgument, en,
                        {.reason = "USAGE", .vietnamese = std::string(vi), .metadata = {}, .findings = {}});
}

absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& words, const std::vector<Command>& commands,
                                         const std::vector<Option>& options, const Names& global) {
  Arguments arguments;
  if (absl::Status status = Splitter(words, options).Split(arguments); !status.ok()) return status;
  if (!arguments.operands.empty() && arguments.operands.front() == "help") {
    arguments.operands.erase(arguments.operands.begin());
    arguments.options.emplace("help", "");
  }
  arguments.command = TakeCommand(commands, arguments.operands);
  if (arguments.command == nullptr && !arguments.operands.empty()) {
    const std::string typed = absl::StrJoin(arguments.operands, " ");
    return UsageError(absl::StrCat("không có lệnh “", typed, "”"), absl::StrCat("no command \"", typed, "\""));
  }
  if (arguments.Has("help")) return arguments;
  if (arguments.command == nullptr) return UsageError("chưa có lệnh nào", "no command given");
  if (absl::Status status = CheckOperands(*arguments.command, arguments.operands); !status.ok()) return status;
  if (absl::Status status = CheckOptions(*arguments.command, arguments, global); !status.ok()) return status;
  return arguments;
}

}  // namespace giaoban::cli
