#include "absl/strings/str_cat.h"
#include "services/cli/commands.h"
#include "services/cli/errors.h"
#include "services/cli/report_file.h"
#include "services/cli/revision_print.h"

namespace giaoban::cli {
namespace {

report::v1::Selection DraftOf(const report::v1::ReportKey& key) {
  report::v1::Selection selection;
  *selection.mutable_key() = key;
  selection.set_draft(true);
  return selection;
}

// The version to replace: --base, or the one there is now.
absl::StatusOr<int64_t> VersionOf(const Context& context, ReportClient& client, const report::v1::ReportKey& key) {
  const absl::StatusOr<std::optional<int64_t>> base = context.arguments.Number("base");
  if (!base.ok()) return base.status();
  if (*base) return **base;
  const absl::StatusOr<ReportClient::Content> draft = client.Get(DraftOf(key));
  if (absl::IsNotFound(draft.status())) return 0;
  if (!draft.ok()) return draft.status();
  return draft->revision.revision();
}

absl::StatusOr<int> Save(const Context& context) {
  const absl::StatusOr<contract::Sheet> sheet = ReadReportFile(context, context.arguments.operands[0]);
  if (!sheet.ok()) return sheet.status();
  // A draft may be wrong, but a cell that cannot be read would be lost without a word.
  if (!sheet->findings.empty()) return Refused(sheet->findings);
  ReportClient client(context.connection, *sheet->form);
  const absl::StatusOr<int64_t> version = VersionOf(context, client, sheet->key);
  if (!version.ok()) return version.status();
  report::v1::Draft draft;
  *draft.mutable_key() = sheet->key;
  draft.set_version(*version);
  draft.mutable_explanations()->insert(sheet->explanations.begin(), sheet->explanations.end());
  const absl::StatusOr<int64_t> saved = client.SaveDraft(draft, sheet->cells);
  if (!saved.ok()) return saved.status();
  if (context.console.json()) {
    context.console.Print(Json{{"kind", sheet->form->kind}, {"version", *saved}});
  } else {
    context.console.out << context.console.In("đã lưu bản nháp, lần ", "draft saved, version ") << *saved << std::endl;
  }
  return kExitDone;
}

absl::StatusOr<int> Show(const Context& context) {
  const absl::StatusOr<const contract::Form*> form = FormOf(context);
  if (!form.ok()) return form.status();
  ReportClient client(context.connection, **form);
  const absl::StatusOr<ReportClient::Content> draft = client.Get(DraftOf(KeyOf(context)));
  if (!draft.ok()) return draft.status();
  PrintContent(context, **form, *draft);
  return kExitDone;
}

}  // namespace

std::vector<Command> DraftCommands() {
  const Words save = {"Lưu tệp báo cáo làm bản nháp; chỉ văn phòng mình xem được.",
                      "Saves a report file as a draft; only its office can see it."};
  return {
      {"draft save", "FILE", {}, {"base"}, save, "giaoban draft save training.csv", Save},
      {"draft show",
       "",
       {"kind", "cluster", "period", "bloc"},
       {},
       {"Xem bản nháp.", "Shows the draft."},
       "giaoban draft show --kind training --cluster dong-bac --period 2023-H1 --bloc ha-giang",
       Show},
  };
}

}  // namespace giaoban::cli
