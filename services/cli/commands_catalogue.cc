#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/cli/commands.h"
#include "services/cli/errors.h"
#include "services/shared/contract/sheet.h"

namespace giaoban::cli {
namespace {

using contract::Form;
using contract::Line;

Table LineTable(const Console& console) {
  return Table({{"kind", console.In("Loại", "Kind")},
                {"section", console.In("Mục", "Section")},
                {"code", console.In("Mã", "Code")},
                {"label", console.In("Chỉ tiêu", "Indicator")},
                {"unit", console.In("ĐVT", "Unit")},
                {"measure", console.In("Tính chất", "Measure")},
                {"over_blocs", console.In("Tổng hợp", "Over blocs")},
                {"over_time", console.In("Theo thời gian", "Over time")},
                {"asked", console.In("Kỳ", "Asked")},
                {"entry", console.In("Nhập", "Entry")}});
}

// Whether an office fills it in, must, or need not: what a clerk looks for.
Cell EntryOf(const Line& line, const Console& console) {
  if (line.derived()) return Text(console.In("tự tính", "derived"), "derived");
  if (line.required) return Text(console.In("bắt buộc", "required"), "required");
  return Text(console.In("nếu có", "optional"), "optional");
}

Cell AskedOf(const Line& line, const Console& console) {
  if (line.asked == contract::v1::ASKED_SECOND_HALF) return Text(console.In("6 tháng cuối năm", "second half"), "H2");
  return Text(console.In("mọi kỳ", "every half-year"), "every");
}

template <typename Enum>
Cell StateOrNone(Enum value, const Console& console) {
  return value == 0 ? Text("") : console.State(value);
}

void AddLines(const Form& form, const Console& console, Table& table) {
  for (const Line& line : form.lines) {
    table.Add({Text(form.kind), Text(line.section), Text(line.code), Text(console.In(line.label)),
               Text(console.In(contract::TextOf(line.unit))), StateOrNone(line.measure, console),
               StateOrNone(line.over_blocs, console), StateOrNone(line.over_time, console), AskedOf(line, console),
               EntryOf(line, console)});
  }
}

void PrintText(const Form& form, const Console& console) {
  console.out << console.In(form.options->title()) << " (" << form.kind << ")\n";
  for (const contract::v1::Section& section : form.options->sections()) {
    console.out << "  " << section.id() << ". " << console.In(section.title()) << "\n";
  }
  console.out << "\n";
  Table table = LineTable(console);
  AddLines(form, console, table);
  table.PrintText(console.out);
  console.out << "\n";
  for (const contract::v1::Rule& rule : form.options->rules()) {
    console.out << rule.id() << " (" << console.In(contract::TextOf(rule.severity()))
                << "): " << console.In(rule.text()) << "\n";
  }
  console.out << std::endl;
}

Json FormJson(const Form& form, const Console& console) {
  Table table = LineTable(console);
  AddLines(form, console, table);
  Json rules = Json::array();
  for (const contract::v1::Rule& rule : form.options->rules()) {
    rules.push_back({{"id", rule.id()},
                     {"severity", console.State(rule.severity()).plain},
                     {"text", {{"vi", rule.text().vi()}, {"en", rule.text().en()}}}});
  }
  return {{"kind", form.kind},
          {"title", console.In(form.options->title())},
          {"indicators", table.ToJson()},
          {"rules", std::move(rules)}};
}

absl::StatusOr<int> Catalogue(const Context& context) {
  std::vector<const Form*> forms;
  if (context.arguments.Has("kind")) {
    const absl::StatusOr<const Form*> form = FormOf(context);
    if (!form.ok()) return form.status();
    forms.push_back(*form);
  } else {
    for (const Form& form : context.catalogue.forms()) forms.push_back(&form);
  }
  Json list = Json::array();
  Table table = LineTable(context.console);
  for (const Form* form : forms) {
    if (context.console.text()) PrintText(*form, context.console);
    AddLines(*form, context.console, table);
    list.push_back(FormJson(*form, context.console));
  }
  if (context.console.json()) context.console.Print(list);
  if (context.console.format == Format::kCsv) context.console.Print(table);
  return kExitDone;
}

absl::StatusOr<int> Template(const Context& context) {
  const absl::StatusOr<const Form*> form = FormOf(context);
  if (!form.ok()) return form.status();
  const absl::StatusOr<contract::HalfYear> half = contract::HalfYear::Parse(context.arguments.Get("period"));
  if (!half.ok()) {
    return UsageError("--period phải có dạng 2023-H1 hoặc 2023-H2", "--period must be like 2023-H1 or 2023-H2");
  }
  const contract::Cells blank((*form)->fields.size(), contract::kBlank);
  const auto format = context.console.json() ? contract::SheetFormat::kJson : contract::SheetFormat::kCsv;
  context.console.out << contract::WriteSheet(context.catalogue, **form, KeyOf(context), blank, {}, format,
                                              context.console.language)
                      << std::flush;
  return kExitDone;
}

}  // namespace

std::vector<Command> CatalogueCommands() {
  return {
      {"catalogue",
       "",
       {},
       {"kind"},
       {"Các chỉ tiêu của mỗi loại báo cáo, đơn vị tính, cách tổng hợp và các quy tắc kiểm tra.",
        "The indicators of each report kind, their units, how they add, and the rules they are checked by."},
       "giaoban catalogue --kind membership",
       Catalogue},
      {"template",
       "",
       {"kind", "period", "cluster", "bloc"},
       {},
       {"Tệp báo cáo trống để điền (CSV, hoặc JSON với --format json), ghi ra đầu ra chuẩn.",
        "An empty report file to fill in (CSV, or JSON with --format json), on standard output."},
       "giaoban template --kind training --cluster dong-bac --period 2023-H1 --bloc ha-giang > training.csv",
       Template},
  };
}

}  // namespace giaoban::cli
