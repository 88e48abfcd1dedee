#include <sys/stat.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/cli/commands.h"
#include "services/cli/errors.h"
#include "services/cli/store_copy.h"

namespace giaoban::cli {
namespace {

Table MovedTable(const Console& console) {
  return Table({{"service", console.In("Kho", "Store")},
                {"tables", console.In("Bảng", "Tables"), true},
                {"rows", console.In("Dòng", "Rows"), true},
                {"clusters", console.In("Cụm", "Clusters"), true},
                {"entries", console.In("Mục", "Entries"), true},
                {"proofs", console.In("Chữ ký", "Proofs"), true}});
}

// The stores typed, or all there are. A usage error names those there are.
absl::StatusOr<std::vector<std::string>> Chosen(const StoreMove& move, const std::vector<std::string>& typed) {
  const std::vector<std::string> all = StoresToMove(move);
  if (all.empty()) {
    return UsageError(absl::StrCat("không có kho nào để sao chép: ", move.directory),
                      absl::StrCat("no store to copy: ", move.directory));
  }
  for (const std::string& service : typed) {
    if (std::find(all.begin(), all.end(), service) != all.end()) continue;
    const std::string list = absl::StrJoin(all, ", ");
    return UsageError(absl::StrCat("không có kho “", service, "”; các kho có: ", list),
                      absl::StrCat("no store \"", service, "\"; there are: ", list));
  }
  return typed.empty() ? all : typed;
}

absl::StatusOr<int> Copy(const Context& context) {
  const Console& console = context.console;
  const StoreMove move{context.arguments.Get("data"), context.arguments.Get("database"), context.arguments.Has("back")};
  const absl::StatusOr<std::vector<std::string>> services = Chosen(move, context.arguments.operands);
  if (!services.ok()) return services.status();
  // As services make their files: for the account that serves and nobody else.
  umask(S_IRWXG | S_IRWXO);
  Progress progress(console.err, context.world.clock);
  Table table = MovedTable(console);
  absl::Status status;
  bool any = false;
  for (const std::string& service : *services) {
    const auto moved = MoveStore(move, service, [&](absl::string_view vi, absl::string_view en, int64_t count) {
      progress.Tell(absl::StrCat(service, ": ", count, " ", console.In(vi, en)));
    });
    status = moved.status();
    if (!status.ok()) break;
    any = true;
    table.Add({Text(service), Number(moved->copied.tables), Number(moved->copied.rows),
               Number(moved->verified.clusters), Number(moved->verified.entries), Number(moved->verified.proofs)});
  }
  // What stands in the table is done, also when an error follows: the rest is named as operands then.
  if (any) console.Print(table);
  if (!status.ok()) return status;
  return kExitDone;
}

}  // namespace

std::vector<Command> StoreCommands() {
  return {
      {"store copy",
       "[SERVICE…]",
       {"data", "database"},
       {"back"},
       {"Chuyển các kho dữ liệu đã dừng từ tệp sang PostgreSQL (--back: ngược lại), mọi kho hoặc các kho được ghi tên: "
        "kiểm tra mã băm và chữ ký của nguồn, sao chép mọi bảng trong một giao dịch, rồi kiểm tra bản sao. Nguồn giữ "
        "nguyên; đích phải trống. Sổ kiểm toán vẫn là tệp. Chạy bằng tài khoản của các dịch vụ.",
        "Moves stores whose services are stopped from files into PostgreSQL (--back: the other way), all of them or "
        "those named: verifies the source, copies every table in one transaction, verifies the copy. The source is "
        "left as it is; the target must be empty. Audit logs remain files. Run it as the account of the services."},
       "giaoban store copy --data data --database \"host=/run/postgresql dbname=giaoban\"",
       Copy},
  };
}

}  // namespace giaoban::cli
