#include "services/cli/revision_print.h"

#include "absl/strings/str_cat.h"
#include "services/cli/names.h"
#include "services/shared/contract/sheet.h"

namespace giaoban::cli {
namespace {

using contract::kBlank;
using contract::Line;

contract::Figure FigureOf(int64_t cell) {
  contract::Figure figure;
  if (cell != kBlank) figure.value = cell;
  return figure;
}

std::string FileOf(const Context& context, const contract::Form& form, const ReportClient::Content& content,
                   contract::SheetFormat format) {
  const auto& explanations = content.revision.explanations();
  return contract::WriteSheet(context.catalogue, form, content.revision.key(), content.cells,
                              {explanations.begin(), explanations.end()}, format, context.console.language);
}

void PrintAbout(const contract::Form& form, const report::v1::Revision& revision, const Console& console) {
  console.out << console.In(form.options->title()) << ", " << revision.key().bloc() << ", "
              << PeriodInWords(revision.key().period(), console) << "\n";
  console.out << console.In("Bản ", "Revision ") << revision.revision() << ": " << console.State(revision.state()).shown
              << ", " << console.Time(revision.submit_time()).shown << ", " << revision.submitter();
  if (revision.late()) console.out << ", " << console.In("muộn", "late");
  console.out << "\n";
  if (!revision.hash().empty()) {
    console.out << console.In("Mã băm ", "Hash ") << console.Hash(revision.hash()).plain << "\n";
  }
  if (!revision.reason().empty()) console.out << console.In("Lý do: ", "Reason: ") << revision.reason() << "\n";
  if (!revision.decider().empty()) {
    console.out << console.In("Quyết định: ", "Decision: ") << console.Time(revision.decision_time()).shown << ", "
                << revision.decider() << (revision.decision_reason().empty() ? "" : ": ") << revision.decision_reason()
                << "\n";
  }
  console.out << "\n";
}

void PrintExplanations(const report::v1::Revision& revision, const Console& console) {
  const std::map<std::string, std::string> sorted(revision.explanations().begin(), revision.explanations().end());
  if (!sorted.empty()) console.out << "\n" << console.In("Giải trình:", "Explanations:") << "\n";
  for (const auto& [code, text] : sorted) console.out << "- " << code << ": " << text << "\n";
}

Table FigureTable(const contract::Form& form, const contract::Cells& cells, const Console& console) {
  Table table({{"code", console.In("Mã", "Code")},
               {"label", console.In("Chỉ tiêu", "Indicator")},
               {"value", console.In("Giá trị", "Value"), true},
               {"unit", console.In("ĐVT", "Unit")}});
  std::string section;
  for (const Line& line : form.lines) {
    if (line.derived()) continue;
    const contract::Figure figure = FigureOf(cells[line.id.cell]);
    if (figure.empty() && line.asked != contract::v1::ASKED_UNSPECIFIED) continue;
    if (line.section != section) {
      section = line.section;
      for (const contract::v1::Section& candidate : form.options->sections()) {
        if (candidate.id() == section) table.AddHeading(absl::StrCat(section, ". ", console.In(candidate.title())));
      }
    }
    table.Add({Text(line.code), Text(console.In(line.label)), console.Figure(line, figure),
               Text(console.In(contract::TextOf(line.unit)))});
  }
  return table;
}

Cell Difference(const Line& line, int64_t from, int64_t to, const Console& console) {
  if (from == kBlank || to == kBlank) return Number("", "");
  Cell cell = console.Figure(line, FigureOf(to - from));
  if (to > from) cell.shown = absl::StrCat("+", cell.shown);
  return cell;
}

}  // namespace

void PrintContent(const Context& context, const contract::Form& form, const ReportClient::Content& content) {
  const Console& console = context.console;
  switch (console.format) {
    case Format::kCsv:
      console.out << FileOf(context, form, content, contract::SheetFormat::kCsv) << std::flush;
      return;
    case Format::kJson:
      return console.Print(Json{{"revision", ToJson(content.revision)},
                                {"report", Json::parse(FileOf(context, form, content, contract::SheetFormat::kJson))}});
    case Format::kText:
      PrintAbout(form, content.revision, console);
      FigureTable(form, content.cells, console).PrintText(console.out);
      PrintExplanations(content.revision, console);
      console.out.flush();
  }
}

Table RevisionTable(const std::vector<report::v1::Revision>& revisions, const Console& console) {
  Table table({{"revision", console.In("Bản", "Revision"), true},
               {"state", console.In("Trạng thái", "State")},
               {"submit_time", console.In("Gửi lúc", "Submitted")},
               {"submitter", console.In("Người gửi", "By")},
               {"late", console.In("Muộn", "Late")},
               {"reason", console.In("Lý do", "Reason")},
               {"decision_time", console.In("Quyết định lúc", "Decided")},
               {"decider", console.In("Người quyết định", "Decided by")},
               {"decision_reason", console.In("Lý do quyết định", "Reason of decision")},
               {"position", console.In("Vị trí", "Position"), true},
               {"hash", console.In("Mã băm", "Hash")}});
  for (const report::v1::Revision& revision : revisions) {
    table.Add({Number(revision.revision()), console.State(revision.state()), console.Time(revision.submit_time()),
               Text(revision.submitter()),
               revision.late() ? Text(console.In("muộn", "late"), "true") : Text("", "false"), Text(revision.reason()),
               console.Time(revision.decision_time()), Text(revision.decider()), Text(revision.decision_reason()),
               Number(revision.position()), console.Hash(revision.hash())});
  }
  return table;
}

Table DiffTable(const contract::Form& form, const contract::Cells& from, const contract::Cells& to,
                const Console& console) {
  Table table({{"code", console.In("Mã", "Code")},
               {"label", console.In("Chỉ tiêu", "Indicator")},
               {"old", console.In("Cũ", "Old"), true},
               {"new", console.In("Mới", "New"), true},
               {"difference", console.In("Chênh lệch", "Difference"), true}});
  for (const Line& line : form.lines) {
    if (line.derived()) continue;
    const int64_t before = from[line.id.cell];
    const int64_t after = to[line.id.cell];
    if (before == after) continue;
    table.Add({Text(line.code), Text(console.In(line.label)), console.Figure(line, FigureOf(before)),
               console.Figure(line, FigureOf(after)), Difference(line, before, after, console)});
  }
  return table;
}

}  // namespace giaoban::cli
