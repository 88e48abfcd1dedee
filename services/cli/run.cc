#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/cli/commands.h"
#include "services/cli/errors.h"

namespace giaoban::cli {
namespace {

// The language for errors about the line itself, found before it is understood.
contract::Language LanguageOf(const std::vector<std::string>& words) {
  for (size_t i = 0; i < words.size(); ++i) {
    const bool next = words[i] == "--lang" && i + 1 < words.size() && words[i + 1] == "en";
    if (next || words[i] == "--lang=en") return contract::Language::kEnglish;
  }
  return contract::Language::kVietnamese;
}

absl::Status Choose(absl::string_view option, const std::string& value,
                    std::initializer_list<absl::string_view> choices) {
  if (value.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) return absl::OkStatus();
  std::string list;
  for (absl::string_view choice : choices) absl::StrAppend(&list, list.empty() ? "" : ", ", choice);
  return UsageError(absl::StrCat("--", option, " phải là một trong: ", list, "; không phải “", value, "”"),
                    absl::StrCat("--", option, " must be one of: ", list, "; not \"", value, "\""));
}

absl::Status SetConsole(const Arguments& arguments, Console& console) {
  if (absl::Status status = Choose("lang", arguments.Get("lang"), {"vi", "en"}); !status.ok()) return status;
  const std::string format = arguments.Get("format");
  if (absl::Status status = Choose("format", format, {"text", "csv", "json"}); !status.ok()) return status;
  if (format == "csv") console.format = Format::kCsv;
  if (format == "json") console.format = Format::kJson;
  return absl::OkStatus();
}

absl::StatusOr<absl::Duration> TimeoutOf(const Arguments& arguments) {
  if (!arguments.Has("timeout")) return absl::Seconds(10);
  double seconds = 0;
  const std::string text = arguments.Get("timeout");
  if (absl::SimpleAtod(text, &seconds) && seconds > 0 && seconds <= 86400) return absl::Seconds(seconds);
  return UsageError(absl::StrCat("--timeout phải là số giây lớn hơn 0, không phải “", text, "”"),
                    absl::StrCat("--timeout must be a number of seconds above 0, not \"", text, "\""));
}

absl::StatusOr<int> RunCommand(const Arguments& arguments, const Console& console, const World& world) {
  const auto catalogue = contract::SuiteCatalogue();
  if (!catalogue.ok()) return catalogue.status();
  const absl::StatusOr<absl::Duration> timeout = TimeoutOf(arguments);
  if (!timeout.ok()) return timeout.status();
  std::string identity = arguments.Get("identity");
  if (identity.empty()) identity = world.environment("GIAOBAN_IDENTITY");
  // Several calls may wait at once.
  absl::Mutex telling;
  const auto waiting = [&](absl::string_view service, absl::Duration so_far) {
    absl::MutexLock lock(&telling);
    console.err << absl::StrCat(console.In("đang chờ ", "waiting for "), service, ": ", absl::ToInt64Seconds(so_far),
                                " s\n")
                << std::flush;
  };
  const std::unique_ptr<Connection> connection = world.connect(identity, *timeout, waiting);
  return arguments.command->run(Context{arguments, console, **catalogue, *connection, world});
}

absl::StatusOr<int> RunWords(const std::vector<std::string>& words, Console& console, const World& world) {
  const absl::StatusOr<Arguments> arguments = ParseArguments(words, Commands(), Options(), GlobalOptions());
  if (!arguments.ok()) return arguments.status();
  if (absl::Status status = SetConsole(*arguments, console); !status.ok()) return status;
  if (arguments->Has("help")) {
    PrintHelp(arguments->command, console);
    return kExitDone;
  }
  return RunCommand(*arguments, console, world);
}

}  // namespace

int Run(const std::vector<std::string>& words, const World& world) {
  Console console{world.out, world.err, Format::kText, LanguageOf(words)};
  const absl::StatusOr<int> code = RunWords(words, console, world);
  if (code.ok()) return *code;
  PrintError(code.status(), console);
  if (ExitCodeOf(code.status()) == kExitUsage) {
    console.err << console.In("Xem: giaoban help", "See: giaoban help") << std::endl;
  }
  return ExitCodeOf(code.status());
}

}  // namespace giaoban::cli
