#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "services/cli/commands.h"
#include "services/cli/errors.h"
#include "services/cli/verify.h"

namespace giaoban::cli {
namespace {

// The files of --receipts and of the operands after it; a folder stands for its *.json.
std::vector<std::string> ReceiptFiles(const Arguments& arguments) {
  std::vector<std::string> files = arguments.operands;
  if (arguments.Has("receipts")) files.insert(files.begin(), arguments.Get("receipts"));
  std::vector<std::string> all;
  for (const std::string& path : files) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      all.push_back(path);
      continue;
    }
    const size_t begin = all.size();
    for (const auto& file : std::filesystem::directory_iterator(path, error)) {
      if (file.path().extension() == ".json") all.push_back(file.path());
    }
    std::sort(all.begin() + static_cast<ptrdiff_t>(begin), all.end());
  }
  return all;
}

struct ReceiptVerdict {
  int64_t checked = 0;
  // The first receipt that does not fit; empty when all do.
  std::string fault;
};

absl::StatusOr<ReceiptVerdict> CheckReceipts(const Context& context, Stores& stores, Progress& progress) {
  ReceiptVerdict verdict;
  for (const std::string& path : ReceiptFiles(context.arguments)) {
    const absl::StatusOr<std::vector<report::v1::Receipt>> receipts = ReadReceipts(path);
    if (!receipts.ok()) {
      const std::string message(receipts.status().message());
      return UsageError(absl::StrCat("không phải tệp biên nhận: ", message), absl::StrCat("no receipts: ", message));
    }
    for (const report::v1::Receipt& receipt : *receipts) {
      const absl::Status status = VerifyReceipt(stores, receipt);
      if (!status.ok()) {
        verdict.fault = absl::StrCat(path, ", ", receipt.kind(), " ", receipt.key().cluster(), " ", receipt.position(),
                                     ": ", status.message());
        return verdict;
      }
      ++verdict.checked;
      progress.Tell(absl::StrCat(verdict.checked, " ", context.console.In("biên nhận", "receipts")));
    }
  }
  return verdict;
}

Table StoreTable(const std::vector<StoreVerdict>& stores, const Console& console) {
  Table table({{"service", console.In("Kho", "Store")},
               {"clusters", console.In("Cụm", "Clusters"), true},
               {"entries", console.In("Mục", "Entries"), true},
               {"proofs", console.In("Chữ ký", "Proofs"), true},
               {"fault", console.In("Kết quả", "Outcome")}});
  for (const StoreVerdict& store : stores) {
    const std::string& fault = store.report.fault;
    table.Add({Text(store.service), Number(store.report.clusters), Number(store.report.entries),
               Number(store.report.proofs),
               Text(fault.empty() ? console.In("khớp", "fits") : absl::StrCat(store.service, " ", fault), fault)});
  }
  return table;
}

void PrintVerdicts(const std::vector<StoreVerdict>& stores, const ReceiptVerdict& receipts, bool asked,
                   const Console& console) {
  if (console.json()) {
    return console.Print(Json{{"stores", StoreTable(stores, console).ToJson()},
                              {"receipts", {{"checked", receipts.checked}, {"fault", receipts.fault}}}});
  }
  console.Print(StoreTable(stores, console));
  if (!asked || !console.text()) return;
  console.out << "\n" << console.In("Biên nhận đã kiểm tra: ", "Receipts checked: ") << receipts.checked << "\n";
  if (!receipts.fault.empty()) {
    console.out << console.In("Biên nhận không khớp: ", "Does not fit: ") << receipts.fault << std::endl;
  }
}

absl::StatusOr<int> Verify(const Context& context) {
  const Console& console = context.console;
  Progress progress(console.err, context.world.clock);
  Stores places(context.arguments.Get("data"), context.arguments.Get("database"));
  const absl::StatusOr<std::vector<StoreVerdict>> stores =
      VerifyStores(places, [&](absl::string_view service, int64_t entries) {
        progress.Tell(absl::StrCat(service, ": ", entries, console.In(" mục", " entries")));
      });
  if (!stores.ok()) {
    const std::string message(stores.status().message());
    if (absl::IsNotFound(stores.status())) {
      return UsageError(absl::StrCat("không có gì để kiểm tra: ", message),
                        absl::StrCat("nothing to check: ", message));
    }
    return absl::DataLossError(message);
  }
  const absl::StatusOr<ReceiptVerdict> receipts = CheckReceipts(context, places, progress);
  if (!receipts.ok()) return receipts.status();
  const bool asked = context.arguments.Has("receipts") || !context.arguments.operands.empty();
  PrintVerdicts(*stores, *receipts, asked, console);
  const bool fits =
      receipts->fault.empty() &&
      std::all_of(stores->begin(), stores->end(), [](const StoreVerdict& store) { return store.report.fault.empty(); });
  return fits ? kExitDone : kExitUnverified;
}

}  // namespace

std::vector<Command> VerifyCommands() {
  return {
      {"verify",
       "[RECEIPT…]",
       {"data"},
       {"receipts", "database"},
       {"Tính lại mọi mã băm và kiểm tra mọi chữ ký của các kho dữ liệu trong thư mục, và các biên nhận nếu có. Với "
        "--database, các kho ở trong PostgreSQL và thư mục chỉ cần các tệp *.key.pub.",
        "Recomputes every hash and checks every signature of the stores in a folder, and receipts if any are given. "
        "With "
        "--database the stores are in PostgreSQL, and the folder has but the files *.key.pub."},
       "giaoban verify --data data --receipts receipts.json",
       Verify},
  };
}

}  // namespace giaoban::cli
