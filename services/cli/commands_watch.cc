#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "giaoban/aggregator/v1/aggregator.pb.h"
#include "services/cli/commands.h"
#include "services/cli/errors.h"
#include "services/cli/names.h"
#include "services/cli/summary_key.h"
#include "services/cli/summary_print.h"

namespace giaoban::cli {
namespace {

using aggregator::v1::Summary;
using report::v1::Fact;

// What a fact made of its revision.
report::v1::State StateAfter(const Fact& fact) {
  if (fact.has_submitted()) return report::v1::STATE_SUBMITTED;
  if (fact.has_withdrawn()) return report::v1::STATE_WITHDRAWN;
  return fact.decided().decision() == report::v1::DECISION_ACCEPT ? report::v1::STATE_ACCEPTED
                                                                  : report::v1::STATE_RETURNED;
}

// " (lan, portal/web, 192.0.2.7)": what is known of how a change came in, beside who made it.
std::string Beside(const report::v1::Origin& origin) {
  std::vector<std::string> known = {origin.person(), origin.carrier(), origin.address()};
  std::erase(known, "");
  return known.empty() ? "" : absl::StrCat(" (", absl::StrJoin(known, ", "), ")");
}

void PrintEntry(const report::v1::Entry& entry, const Fact& fact, const Console& console) {
  const Cell state = console.State(StateAfter(fact));
  const Cell time = console.Time(fact.time());
  if (console.text()) {
    console.out << entry.position() << "  " << time.shown << "  " << fact.actor() << Beside(fact.origin()) << "  "
                << fact.key().period() << " " << fact.key().bloc() << console.In(" bản ", " revision ")
                << fact.revision() << ": " << state.shown << (fact.reason().empty() ? "" : " — ") << fact.reason()
                << std::endl;
  } else if (console.json()) {
    console.Print(Json{{"cluster", entry.cluster()},
                       {"position", entry.position()},
                       {"time", time.plain},
                       {"actor", fact.actor()},
                       {"period", fact.key().period()},
                       {"bloc", fact.key().bloc()},
                       {"revision", fact.revision()},
                       {"state", state.plain},
                       {"reason", fact.reason()},
                       {"hash", console.Hash(entry.hash()).plain},
                       {"address", fact.origin().address()},
                       {"person", fact.origin().person()},
                       {"carrier", fact.origin().carrier()}});
  } else {
    console.out << entry.position() << "," << time.plain << "," << CsvField(fact.actor()) << "," << fact.key().period()
                << "," << fact.key().bloc() << "," << fact.revision() << "," << state.plain << ","
                << CsvField(fact.reason()) << "," << console.Hash(entry.hash()).plain << ","
                << CsvField(fact.origin().address()) << "," << CsvField(fact.origin().person()) << ","
                << CsvField(fact.origin().carrier()) << std::endl;
  }
}

absl::StatusOr<int> WatchEntries(const Context& context) {
  const absl::StatusOr<const contract::Form*> form = FormOf(context);
  if (!form.ok()) return form.status();
  const absl::StatusOr<std::optional<int64_t>> after = context.arguments.Number("after");
  if (!after.ok()) return after.status();
  report::v1::FeedPosition position;
  position.set_cluster(context.arguments.Get("cluster"));
  position.set_position(after->value_or(0));
  if (context.console.format == Format::kCsv) {
    context.console.out << "position,time,actor,period,bloc,revision,state,reason,hash,address,person,carrier"
                        << std::endl;
  }
  absl::Status broken;
  const absl::Status status =
      ReportClient(context.connection, **form)
          .Watch(position, context.arguments.Has("past-only"), [&](const report::v1::Entry& entry) {
            Fact fact;
            if (!fact.ParseFromString(entry.body())) {
              broken = absl::DataLossError(absl::StrCat("entry ", entry.position(), " is not a fact"));
              return false;
            }
            PrintEntry(entry, fact, context.console);
            return true;
          });
  if (!broken.ok()) return broken;
  if (!status.ok()) return status;
  return kExitDone;
}

// The rows of a summary whose total is not what it was before.
class Changes {
 public:
  explicit Changes(const Context& context) : context_(context) {}

  void Print(const Summary& summary, const Names& names) {
    const Console& console = context_.console;
    PrintCoverage(summary, context_.catalogue, names, console);
    for (const aggregator::v1::Row& row : summary.rows()) {
      const contract::Line* line = context_.catalogue.FindLine(row.code());
      if (line == nullptr) continue;
      const std::string total = console.Figure(*line, ToFigure(row.total())).shown;
      std::string& before = totals_[row.code()];
      if (!first_ && before != total) {
        console.out << "  " << line->code << " " << console.In(line->label) << ": " << (before.empty() ? "–" : before)
                    << " → " << (total.empty() ? "–" : total) << "\n";
      }
      before = total;
    }
    first_ = false;
    console.out << std::endl;
  }

 private:
  const Context& context_;
  bool first_ = true;
  std::map<std::string, std::string> totals_;
};

absl::StatusOr<int> WatchSummary(const Context& context) {
  aggregator::v1::WatchSummaryRequest request;
  if (absl::Status status = SetSummaryKey(context, *request.mutable_key()); !status.ok()) return status;
  if (context.console.format == Format::kCsv) {
    return UsageError("watch --summary chỉ có --format text hoặc json", "watch --summary takes --format text or json");
  }
  Names names;
  if (context.console.text()) {
    names = AskNames(context.connection, context.console, request.key().cluster(), request.key().period());
    context.console.out << names.cluster << ", " << PeriodInWords(request.key().period(), context.console) << "\n"
                        << std::endl;
  }
  Changes changes(context);
  aggregator::v1::WatchSummaryResponse response;
  const absl::Status status = context.connection.Stream(request, &response, [&] {
    if (context.console.json()) {
      context.console.Print(SummaryJson(response.summary(), context.catalogue, context.console));
    } else {
      changes.Print(response.summary(), names);
    }
    return true;
  });
  if (!status.ok()) return status;
  return kExitDone;
}

absl::StatusOr<int> Watch(const Context& context) {
  const bool summary = context.arguments.Has("summary");
  const absl::string_view needed = summary ? "period" : "kind";
  if (!context.arguments.Has(needed)) {
    return UsageError(absl::StrCat("watch còn thiếu --", needed), absl::StrCat("watch lacks --", needed));
  }
  return summary ? WatchSummary(context) : WatchEntries(context);
}

}  // namespace

std::vector<Command> WatchCommands() {
  return {
      {"watch",
       "",
       {"cluster"},
       {"kind", "after", "past-only", "summary", "period", "basis"},
       {"Theo dõi trực tiếp: mỗi mục mới của một loại báo cáo (--kind) một dòng, hoặc bảng tổng hợp sau mỗi thay đổi "
        "(--summary --period). Dừng bằng Ctrl-C.",
        "Follows live: a line for each new entry of a report kind (--kind), or the summary after each change "
        "(--summary --period). Stop with Ctrl-C."},
       "giaoban watch --kind training --cluster dong-bac",
       Watch},
  };
}

}  // namespace giaoban::cli
