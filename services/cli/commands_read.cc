#include "absl/strings/str_cat.h"
#include "services/cli/commands.h"
#include "services/cli/errors.h"
#include "services/cli/revision_print.h"

namespace giaoban::cli {
namespace {

absl::StatusOr<report::v1::Selection> SelectionOf(const Context& context) {
  const Arguments& arguments = context.arguments;
  if (arguments.Has("revision") + arguments.Has("accepted") + arguments.Has("draft") > 1) {
    return UsageError("chỉ chọn một trong --revision, --accepted, --draft",
                      "only one of --revision, --accepted and --draft can be chosen");
  }
  const absl::StatusOr<std::optional<int64_t>> revision = arguments.Number("revision");
  if (!revision.ok()) return revision.status();
  report::v1::Selection selection;
  *selection.mutable_key() = KeyOf(context);
  if (*revision) selection.set_revision(**revision);
  if (arguments.Has("accepted")) selection.set_accepted(true);
  if (arguments.Has("draft")) selection.set_draft(true);
  return selection;
}

absl::StatusOr<int> Show(const Context& context) {
  const absl::StatusOr<const contract::Form*> form = FormOf(context);
  if (!form.ok()) return form.status();
  const absl::StatusOr<report::v1::Selection> selection = SelectionOf(context);
  if (!selection.ok()) return selection.status();
  const absl::StatusOr<ReportClient::Content> content = ReportClient(context.connection, **form).Get(*selection);
  if (!content.ok()) return content.status();
  PrintContent(context, **form, *content);
  return kExitDone;
}

absl::StatusOr<int> History(const Context& context) {
  const absl::StatusOr<const contract::Form*> form = FormOf(context);
  if (!form.ok()) return form.status();
  const auto revisions = ReportClient(context.connection, **form).History(KeyOf(context));
  if (!revisions.ok()) return revisions.status();
  context.console.Print(RevisionTable(*revisions, context.console));
  return kExitDone;
}

absl::StatusOr<contract::Cells> CellsOf(const Context& context, ReportClient& client, absl::string_view option) {
  const absl::StatusOr<std::optional<int64_t>> revision = context.arguments.Number(option);
  if (!revision.ok()) return revision.status();
  report::v1::Selection selection;
  *selection.mutable_key() = KeyOf(context);
  selection.set_revision(revision->value());
  absl::StatusOr<ReportClient::Content> content = client.Get(selection);
  if (!content.ok()) return content.status();
  return content->cells;
}

absl::StatusOr<int> Diff(const Context& context) {
  const absl::StatusOr<const contract::Form*> form = FormOf(context);
  if (!form.ok()) return form.status();
  ReportClient client(context.connection, **form);
  const absl::StatusOr<contract::Cells> from = CellsOf(context, client, "from");
  if (!from.ok()) return from.status();
  const absl::StatusOr<contract::Cells> to = CellsOf(context, client, "to");
  if (!to.ok()) return to.status();
  const Table table = DiffTable(**form, *from, *to, context.console);
  if (context.console.text() && table.empty()) {
    context.console.out << context.console.In("Hai bản có số liệu giống nhau.",
                                              "The two revisions have the same figures.")
                        << std::endl;
    return kExitDone;
  }
  context.console.Print(table);
  return kExitDone;
}

}  // namespace

std::vector<Command> ReadCommands() {
  return {
      {"show",
       "",
       {"kind", "cluster", "period", "bloc"},
       {"revision", "accepted", "draft"},
       {"Xem một bản báo cáo: bản mới nhất, hoặc bản được chọn. Với --format csv in ra tệp để sửa và gửi lại.",
        "Shows a report: the latest revision, or the one chosen. With --format csv a file to change and send again."},
       "giaoban show --kind training --cluster dong-bac --period 2023-H1 --bloc ha-giang --accepted",
       Show},
      {"history",
       "",
       {"kind", "cluster", "period", "bloc"},
       {},
       {"Mọi bản của một báo cáo, cũ trước mới sau.", "All revisions of a report, oldest first."},
       "giaoban history --kind training --cluster dong-bac --period 2023-H1 --bloc ha-giang",
       History},
      {"diff",
       "",
       {"kind", "cluster", "period", "bloc", "from", "to"},
       {},
       {"So hai bản của một báo cáo, chỉ nêu các ô thay đổi.",
        "Compares two revisions of a report, cell by cell; only changed cells are shown."},
       "giaoban diff --kind training --cluster dong-bac --period 2023-H1 --bloc ha-giang --from 1 --to 2",
       Diff},
  };
}

}  // namespace giaoban::cli
