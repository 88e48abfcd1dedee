#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "giaoban/aggregator/v1/aggregator.pb.h"
#include "services/cli/commands.h"
#include "services/cli/errors.h"
#include "services/cli/summary_key.h"
#include "services/cli/summary_print.h"

namespace giaoban::cli {
namespace {

using aggregator::v1::ReportCoverage;

// A revision or a position; empty where there is none, or the caller may not know it.
Cell NumberIfSet(int64_t number) { return number == 0 ? Number("", "") : Number(number); }

// --- status -------------------------------------------------------------------

// Of other blocs an office is told what was accepted; "none" would say more than that.
Cell AcceptedCell(const ReportCoverage& report, const Console& console) {
  if (report.state() == report::v1::STATE_ACCEPTED) return console.State(report.state());
  return Text(console.In("chưa có bản được chấp nhận", "nothing accepted"), "");
}

Cell LateCell(const ReportCoverage& report, const Console& console) {
  return report.late() ? Text(console.In("muộn", "late"), "true") : Text("", "false");
}

// "đã gửi, bản 2 (bản 1 đã chấp nhận), muộn"
std::string StateInWords(const ReportCoverage& report, const Console& console) {
  std::string words = console.State(report.state()).shown;
  if (report.revision() > 0) absl::StrAppend(&words, console.In(", bản ", ", revision "), report.revision());
  if (report.accepted_revision() > 0 && report.accepted_revision() != report.revision()) {
    absl::StrAppend(&words, console.In(" (đã chấp nhận bản ", " (accepted: revision "), report.accepted_revision(),
                    ")");
  }
  if (report.late()) absl::StrAppend(&words, console.In(", muộn", ", late"));
  return words;
}

Table StatusTable(const aggregator::v1::GetCoverageResponse& coverage, const Console& console) {
  Table table({{"bloc", ""},
               {"kind", ""},
               {"state", ""},
               {"revision", ""},
               {"accepted_revision", ""},
               {"submit_time", ""},
               {"late", ""}});
  for (const aggregator::v1::BlocCoverage& bloc : coverage.blocs()) {
    for (const ReportCoverage& report : bloc.reports()) {
      if (bloc.accepted_only()) {
        table.Add({Text(bloc.bloc()), Text(report.kind()), AcceptedCell(report, console), NumberIfSet(0),
                   NumberIfSet(0), Text(""), Text("")});
        continue;
      }
      table.Add({Text(bloc.bloc()), Text(report.kind()), console.State(report.state()), Number(report.revision()),
                 Number(report.accepted_revision()), console.Time(report.submit_time()), LateCell(report, console)});
    }
  }
  return table;
}

void PrintStatusText(const Context& context, const aggregator::v1::GetCoverageResponse& coverage) {
  const Console& console = context.console;
  const std::string period = context.arguments.Get("period");
  const Names names = AskNames(context.connection, console, context.arguments.Get("cluster"), period);
  console.out << names.cluster << ", " << PeriodInWords(period, console);
  if (coverage.has_due_time()) {
    console.out << ", " << console.In("hạn nộp ", "due ") << console.Time(coverage.due_time()).shown;
  }
  console.out << "\n\n";
  std::vector<Column> columns = {{"bloc", console.In("Đơn vị", "Bloc")}};
  for (const contract::Form& form : context.catalogue.forms()) {
    columns.push_back({form.kind, console.In(form.options->title())});
  }
  Table table(std::move(columns));
  for (const aggregator::v1::BlocCoverage& bloc : coverage.blocs()) {
    std::map<std::string, std::string> states;
    for (const ReportCoverage& report : bloc.reports()) {
      states[report.kind()] =
          bloc.accepted_only() ? AcceptedCell(report, console).shown : StateInWords(report, console);
    }
    std::vector<Cell> row = {Text(names.Bloc(bloc.bloc()))};
    for (const contract::Form& form : context.catalogue.forms()) row.push_back(Text(states[form.kind]));
    table.Add(std::move(row));
  }
  table.PrintText(console.out);
  console.out.flush();
}

absl::StatusOr<int> Status(const Context& context) {
  aggregator::v1::GetCoverageRequest request;
  request.set_cluster(context.arguments.Get("cluster"));
  request.set_period(context.arguments.Get("period"));
  aggregator::v1::GetCoverageResponse response;
  if (absl::Status status = context.connection.Call(request, &response); !status.ok()) return status;
  const Console& console = context.console;
  if (console.text()) {
    PrintStatusText(context, response);
  } else if (console.json()) {
    const Cell due = console.Time(response.due_time());
    console.Print(Json{{"dueTime", due.plain}, {"reports", StatusTable(response, console).ToJson()}});
  } else {
    console.Print(StatusTable(response, console));
  }
  return kExitDone;
}

// --- summary --------------------------------------------------------------------

absl::StatusOr<int> PrintSummary(const Context& context) {
  aggregator::v1::GetSummaryRequest request;
  if (absl::Status status = SetSummaryKey(context, *request.mutable_key()); !status.ok()) return status;
  aggregator::v1::GetSummaryResponse response;
  if (absl::Status status = context.connection.Call(request, &response); !status.ok()) return status;
  const aggregator::v1::Summary& summary = response.summary();
  switch (context.console.format) {
    case Format::kCsv:
      context.console.Print(SummaryTable(summary, context.catalogue, context.console));
      break;
    case Format::kJson:
      context.console.Print(SummaryJson(summary, context.catalogue, context.console));
      break;
    case Format::kText:
      const Names names =
          AskNames(context.connection, context.console, request.key().cluster(), request.key().period());
      PrintSummaryText(summary, context.catalogue, names, context.arguments.Has("blocs"), context.console);
  }
  return kExitDone;
}

// --- explain ---------------------------------------------------------------------

Table ContributionTable(const Context& context, const aggregator::v1::ExplainFigureResponse& answer) {
  const Console& console = context.console;
  Table table({{"code", console.In("Mã", "Code")},
               {"bloc", console.In("Đơn vị", "Bloc")},
               {"revision", console.In("Bản", "Revision"), true},
               {"value", console.In("Giá trị", "Value"), true},
               {"position", console.In("Vị trí", "Position"), true},
               {"hash", console.In("Mã băm", "Hash")}});
  for (const aggregator::v1::Contribution& part : answer.contributions()) {
    contract::Figure figure;
    if (part.has_value()) figure.value = part.value();
    const contract::Line* line = context.catalogue.FindLine(part.code());
    table.Add({Text(part.code()), Text(part.bloc()), NumberIfSet(part.revision()),
               line == nullptr ? Number("", "") : console.Figure(*line, figure), NumberIfSet(part.position()),
               console.Hash(part.hash())});
  }
  return table;
}

// The sum of each code over the contributions, computed here and not taken from the answer, so that the
// reader sees whether they add up.
std::map<std::string, int64_t> SumsOf(const aggregator::v1::ExplainFigureResponse& answer) {
  std::map<std::string, int64_t> sums;
  for (const aggregator::v1::Contribution& part : answer.contributions()) {
    if (part.has_value()) sums[part.code()] += part.value();
  }
  return sums;
}

void PrintExplanation(const Context& context, const contract::Line& line,
                      const aggregator::v1::ExplainFigureResponse& answer) {
  const Console& console = context.console;
  console.out << line.code << ": " << console.In(line.label) << " = "
              << console.Figure(line, ToFigure(answer.row().total())).shown;
  if (!line.percent()) console.out << " " << console.In(contract::TextOf(line.unit));
  console.out << ", " << answer.row().reported() << "/" << answer.row().expected() << console.In(" đơn vị", " blocs");
  if (answer.over_blocs() != contract::v1::OVER_BLOCS_UNSPECIFIED) {
    console.out << " (" << console.State(answer.over_blocs()).shown << ")";
  }
  console.out << "\n\n";
  ContributionTable(context, answer).PrintText(console.out);
  if (line.derived() || answer.over_blocs() == contract::v1::OVER_BLOCS_SUM) {
    console.out << "\n";
    for (const auto& [code, sum] : SumsOf(answer)) {
      console.out << console.In("Cộng ", "Sum of ") << code << ": " << contract::FormatCount(sum, console.language)
                  << "\n";
    }
  }
  if (answer.missing_size() > 0) {
    console.out << console.In("Chưa có báo cáo: ", "No report from: ") << absl::StrJoin(answer.missing(), ", ") << "\n";
  }
  console.out.flush();
}

Json ExplanationJson(const Context& context, const contract::Line& line,
                     const aggregator::v1::ExplainFigureResponse& answer) {
  const Cell total = context.console.Figure(line, ToFigure(answer.row().total()));
  Json json = {{"code", line.code},
               {"label", context.console.In(line.label)},
               {"total", total.plain.empty() ? Json() : Json::parse(total.plain)},
               {"reported", answer.row().reported()},
               {"expected", answer.row().expected()},
               {"overBlocs", PlainName(*contract::v1::OverBlocs_descriptor()->FindValueByNumber(answer.over_blocs()))},
               {"contributions", ContributionTable(context, answer).ToJson()},
               {"missing", std::vector<std::string>(answer.missing().begin(), answer.missing().end())}};
  return json;
}

absl::StatusOr<int> Explain(const Context& context) {
  aggregator::v1::ExplainFigureRequest request;
  if (absl::Status status = SetSummaryKey(context, *request.mutable_key()); !status.ok()) return status;
  const std::string code = context.arguments.operands[0];
  request.set_code(code);
  const contract::Line* line = context.catalogue.FindLine(code);
  if (line == nullptr) {
    return UsageError(absl::StrCat("không có chỉ tiêu nào mang mã “", code, "”; xem giaoban catalogue"),
                      absl::StrCat("no indicator has the code \"", code, "\"; see giaoban catalogue"));
  }
  aggregator::v1::ExplainFigureResponse response;
  if (absl::Status status = context.connection.Call(request, &response); !status.ok()) return status;
  if (context.console.text()) {
    PrintExplanation(context, *line, response);
  } else if (context.console.json()) {
    context.console.Print(ExplanationJson(context, *line, response));
  } else {
    context.console.Print(ContributionTable(context, response));
  }
  return kExitDone;
}

}  // namespace

absl::Status SetSummaryKey(const Context& context, aggregator::v1::SummaryKey& key) {
  key.set_cluster(context.arguments.Get("cluster"));
  key.set_period(context.arguments.Get("period"));
  key.set_basis(aggregator::v1::BASIS_ACCEPTED);
  const std::string basis = context.arguments.Get("basis");
  if (basis == "submitted") key.set_basis(aggregator::v1::BASIS_SUBMITTED);
  if (basis.empty() || basis == "accepted" || basis == "submitted") return absl::OkStatus();
  return UsageError(absl::StrCat("--basis phải là accepted hoặc submitted, không phải “", basis, "”"),
                    absl::StrCat("--basis must be accepted or submitted, not \"", basis, "\""));
}

std::vector<Command> SummaryCommands() {
  return {
      {"status",
       "",
       {"cluster", "period"},
       {},
       {"Đơn vị nào đã báo cáo, đơn vị nào muộn, cụm trưởng còn phải quyết định gì. Văn phòng khối chỉ biết đơn vị "
        "khác có bản đã được chấp nhận hay chưa.",
        "Who has reported, who is late, and what the chair has not decided yet. Of other blocs an office is told only "
        "what was accepted."},
       "giaoban status --cluster dong-bac --period 2023-H1",
       Status},
      {"summary",
       "",
       {"cluster", "period"},
       {"basis", "blocs"},
       {"Bảng tổng hợp của cụm: mỗi chỉ tiêu một dòng, kèm số đơn vị đã báo cáo.",
        "The cluster's summary: a row for each indicator, with the number of blocs that reported."},
       "giaoban summary --cluster dong-bac --period 2023-H1 --format csv",
       PrintSummary},
      {"explain",
       "CODE",
       {"cluster", "period"},
       {"basis"},
       {"Một tổng số gồm những gì: đơn vị, bản, mã băm, giá trị. Văn phòng khối thấy bản và mã băm của mình.",
        "What a total is made of: bloc, revision, hash and value. An office sees revision and hash of its own."},
       "giaoban explain mem_closing --cluster dong-bac --period 2023-H1",
       Explain},
  };
}

}  // namespace giaoban::cli
