#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/cli/commands.h"
#include "services/cli/names.h"

namespace giaoban::cli {

absl::StatusOr<const contract::Form*> FormOf(const Context& context) {
  const std::string kind = context.arguments.Get("kind");
  if (const contract::Form* form = context.catalogue.FindForm(kind); form != nullptr) return form;
  const std::string kinds =
      absl::StrJoin(context.catalogue.forms(), ", ",
                    [](std::string* text, const contract::Form& form) { absl::StrAppend(text, form.kind); });
  return UsageError(absl::StrCat("--kind phải là một trong: ", kinds, "; không phải “", kind, "”"),
                    absl::StrCat("--kind must be one of: ", kinds, "; not \"", kind, "\""));
}

report::v1::ReportKey KeyOf(const Context& context) {
  report::v1::ReportKey key;
  key.set_cluster(context.arguments.Get("cluster"));
  key.set_period(context.arguments.Get("period"));
  key.set_bloc(context.arguments.Get("bloc"));
  return key;
}

std::string RequestIdOf(const Context& context) {
  return context.arguments.Has("request-id") ? context.arguments.Get("request-id") : context.world.new_id();
}

Table ReceiptTable() {
  return Table({{"kind", ""},
                {"cluster", ""},
                {"period", ""},
                {"bloc", ""},
                {"revision", ""},
                {"position", ""},
                {"time", ""},
                {"entry_hash", ""},
                {"request_id", ""}});
}

void AddReceipt(const report::v1::Receipt& receipt, const std::string& request_id, const Console& console,
                Table& table) {
  const report::v1::ReportKey& key = receipt.key();
  table.Add({Text(receipt.kind()), Text(key.cluster()), Text(key.period()), Text(key.bloc()),
             Number(receipt.revision()), Number(receipt.position()), console.Time(receipt.time()),
             console.Hash(receipt.entry_hash()), Text(request_id)});
}

void PrintReceipt(const report::v1::Receipt& receipt, const std::string& request_id, Json extra,
                  const Console& console) {
  const report::v1::ReportKey& key = receipt.key();
  if (console.json()) {
    extra["requestId"] = request_id;
    extra["receipt"] = ToJson(receipt);
    return console.Print(extra);
  }
  if (console.format == Format::kCsv) {
    Table table = ReceiptTable();
    AddReceipt(receipt, request_id, console, table);
    return console.Print(table);
  }
  console.out << receipt.kind() << " " << key.cluster() << " " << key.period() << " " << key.bloc() << ": "
              << console.In("bản ", "revision ") << receipt.revision() << ", " << console.In("vị trí ", "position ")
              << receipt.position() << ", " << console.Time(receipt.time()).shown << "\n"
              << "  " << console.In("mã băm ", "hash ") << console.Hash(receipt.entry_hash()).plain << "\n"
              << "  request_id " << request_id << std::endl;
}

}  // namespace giaoban::cli
