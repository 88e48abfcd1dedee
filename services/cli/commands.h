// The commands of the command line, and how a run of it goes.
#ifndef GIAOBAN_CLI_COMMANDS_H_
#define GIAOBAN_CLI_COMMANDS_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "giaoban/report/v1/report.pb.h"
#include "services/cli/args.h"
#include "services/cli/connection.h"
#include "services/cli/console.h"
#include "services/cli/report_client.h"
#include "services/shared/contract/catalogue.h"

namespace giaoban::cli {

// What a run needs from outside.
struct World {
  std::ostream& out;
  std::ostream& err;
  // A variable's value; empty when it is not set.
  std::function<std::string(const std::string&)> environment;
  std::function<std::unique_ptr<Connection>(std::string identity_directory, absl::Duration timeout,
                                            std::function<void(absl::string_view, absl::Duration)> waiting)>
      connect;
  // A new UUID.
  std::function<std::string()> new_id;
  std::function<absl::Time()> clock;
};

// What a command works with.
struct Context {
  const Arguments& arguments;
  const Console& console;
  const contract::Catalogue& catalogue;
  Connection& connection;
  const World& world;
};

// Runs what was typed and returns the exit code.
int Run(const std::vector<std::string>& words, const World& world);

// All commands in the order of the manual, the options they take, and those every command takes.
const std::vector<Command>& Commands();
const std::vector<Option>& Options();
const std::vector<absl::string_view>& GlobalOptions();

// The manual, or one command's page.
void PrintHelp(const Command* command, const Console& console);

// --- Shared by commands --------------------------------------------------------

// The form of --kind; a usage error names the kinds there are.
absl::StatusOr<const contract::Form*> FormOf(const Context& context);
// --cluster, --period, --bloc.
report::v1::ReportKey KeyOf(const Context& context);
// --request-id, or a new one.
std::string RequestIdOf(const Context& context);
// Receipts for programs, one a row.
Table ReceiptTable();
void AddReceipt(const report::v1::Receipt& receipt, const std::string& request_id, const Console& console,
                Table& table);
// Prints what a service signed for. JSON: `extra` with "requestId" and "receipt", on one line.
void PrintReceipt(const report::v1::Receipt& receipt, const std::string& request_id, Json extra,
                  const Console& console);

// --- Groups of commands ---------------------------------------------------------

std::vector<Command> CatalogueCommands();  // catalogue, template
std::vector<Command> ReportCommands();     // check, submit, withdraw
std::vector<Command> DraftCommands();      // draft, draft save, draft show
std::vector<Command> ReadCommands();       // show, history, diff
std::vector<Command> ReviewCommands();     // review accept, review return
std::vector<Command> SummaryCommands();    // status, summary, explain
std::vector<Command> WatchCommands();      // watch
std::vector<Command> VerifyCommands();     // verify
std::vector<Command> StoreCommands();      // store copy
std::vector<Command> AuditCommands();      // audit
std::vector<Command> PeriodCommands();     // period …
std::vector<Command> ClusterCommands();    // cluster …
std::vector<Command> AccountCommands();    // account …
std::vector<Command> CertsCommands();      // certs …

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_COMMANDS_H_
