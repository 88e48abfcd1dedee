#include <utility>

#include "absl/strings/str_cat.h"
#include "services/cli/commands.h"
#include "services/cli/errors.h"
#include "services/cli/report_file.h"
#include "services/cli/sending.h"
#include "services/shared/runtime/error.h"

namespace giaoban::cli {
namespace {

// The first thing that went wrong decides the exit code.
void Note(int code, int& exit_code) {
  if (exit_code == kExitDone) exit_code = code;
}

// What is known about a file that was checked, in the form asked for.
class CheckPrinter {
 public:
  explicit CheckPrinter(const Console& console) : console_(console) {}

  void Print(const std::string& path, const Verdict& verdict) {
    if (console_.json()) return PrintJson(path, verdict);
    if (console_.format == Format::kCsv) {
      all_.insert(all_.end(), verdict.findings.begin(), verdict.findings.end());
      return;
    }
    console_.out << path << ": " << Outcome(verdict) << std::endl;
    PrintFindings(verdict.findings, console_, console_.out);
  }
  void Finish() const {
    if (console_.format == Format::kCsv) console_.Print(FindingTable(all_, console_));
  }

 private:
  std::string Outcome(const Verdict& verdict) const {
    if (verdict.status.ok()) return console_.In("hợp lệ", "would be accepted");
    if (!FindingsIn(verdict.status).empty()) return console_.In("không hợp lệ", "refused");
    return console_.In("chưa kiểm tra được với dịch vụ", "the service could not be asked");
  }
  void PrintJson(const std::string& path, const Verdict& verdict) const {
    console_.Print({{"file", path}, {"valid", verdict.status.ok()}, {"findings", ToJson(verdict.findings)}});
  }

  const Console& console_;
  FindingList all_;
};

// A file with faults is refused whatever kept the service from adding its own.
int CodeOf(const Verdict& verdict) {
  const bool said = verdict.status.ok() || !FindingsIn(verdict.status).empty();
  return said || verdict.findings.empty() ? ExitCodeOf(verdict.status) : kExitRefused;
}

absl::StatusOr<int> Check(const Context& context) {
  int exit_code = kExitDone;
  CheckPrinter printer(context.console);
  Progress progress(context.console.err, context.world.clock);
  const absl::StatusOr<std::vector<std::string>> found = ReportFiles(context);
  if (!found.ok()) return found.status();
  const std::vector<std::string>& files = *found;
  for (size_t i = 0; i < files.size(); ++i) {
    progress.Tell(absl::StrCat(i, "/", files.size(), " ", files[i]));
    const absl::StatusOr<contract::Sheet> sheet = ReadReportFile(context, files[i]);
    if (!sheet.ok() && ExitCodeOf(sheet.status()) != kExitRefused) return sheet.status();
    const Verdict verdict =
        sheet.ok() ? AskVerdict(context, *sheet) : Verdict{sheet.status(), FindingsIn(sheet.status())};
    printer.Print(files[i], verdict);
    Note(CodeOf(verdict), exit_code);
    if (!verdict.status.ok() && FindingsIn(verdict.status).empty())
      PrintError(verdict.status, context.console, files[i]);
  }
  printer.Finish();
  return exit_code;
}

void PrintSent(const Outcome::Sent& sent, const std::string& path, const Console& console, Table& receipts) {
  const report::v1::Receipt& receipt = *sent.answer.receipt;
  if (console.format == Format::kCsv) return AddReceipt(receipt, sent.request_id, console, receipts);
  PrintReceipt(receipt, sent.request_id, {{"file", path}, {"findings", ToJson(sent.answer.findings)}}, console);
  if (console.text()) PrintFindings(sent.answer.findings, console, console.out);
}

absl::StatusOr<int> Submit(const Context& context) {
  const absl::StatusOr<std::vector<std::string>> files = ReportFiles(context);
  if (!files.ok()) return files.status();
  if (files->size() > 1 && context.arguments.Has("request-id")) {
    return UsageError("--request-id chỉ dùng với một tệp", "--request-id goes with one file only");
  }
  int exit_code = kExitDone;
  Table receipts = ReceiptTable();
  Progress progress(context.console.err, context.world.clock);
  size_t begun = 0;
  SubmitAll(context, *files, [&](size_t i, const Outcome& outcome) {
    ++begun;
    const std::string& file = (*files)[i];
    progress.Tell(absl::StrCat(i + 1, "/", files->size(), " ", file));
    if (outcome.sent.ok()) return PrintSent(*outcome.sent, file, context.console, receipts);
    if (!outcome.not_asked.ok()) PrintError(outcome.not_asked, context.console, file);
    PrintError(outcome.sent.status(), context.console, file);
    Note(ExitCodeOf(outcome.sent.status()), exit_code);
  });
  if (const size_t left = files->size() - begun; left > 0) {
    PrintError(runtime::Error(absl::StatusCode::kUnavailable, absl::StrCat(left, " more files were not sent"),
                              {.vietnamese = absl::StrCat("còn ", left, " tệp chưa gửi")}),
               context.console);
  }
  if (context.console.format == Format::kCsv) context.console.Print(receipts);
  return exit_code;
}

absl::StatusOr<int> Withdraw(const Context& context) {
  const absl::StatusOr<const contract::Form*> form = FormOf(context);
  if (!form.ok()) return form.status();
  ReportClient client(context.connection, **form);
  report::v1::Withdrawal withdrawal;
  *withdrawal.mutable_key() = KeyOf(context);
  const absl::StatusOr<std::optional<int64_t>> revision = context.arguments.Number("revision");
  if (!revision.ok()) return revision.status();
  if (*revision) {
    withdrawal.set_revision(**revision);
  } else {
    const absl::StatusOr<int64_t> current = CurrentRevision(client, withdrawal.key());
    if (!current.ok()) return current.status();
    withdrawal.set_revision(*current);
  }
  withdrawal.set_reason(context.arguments.Get("reason"));
  withdrawal.set_request_id(RequestIdOf(context));
  const absl::StatusOr<report::v1::Receipt> receipt = client.Withdraw(withdrawal);
  if (!receipt.ok()) return receipt.status();
  PrintReceipt(*receipt, withdrawal.request_id(), Json::object(), context.console);
  return kExitDone;
}

}  // namespace

std::vector<Command> ReportCommands() {
  return {
      {"check",
       "FILE…",
       {},
       {"base", "reason"},
       {"Kiểm tra tệp báo cáo (hoặc mọi tệp trong thư mục) và nêu mọi lỗi cùng lúc; không lưu gì.",
        "Checks report files, or all in a folder, and names every fault at once; stores nothing."},
       "giaoban check training.csv",
       Check},
      {"submit",
       "FILE…",
       {},
       {"base", "reason", "request-id"},
       {"Gửi tệp báo cáo (hoặc mọi tệp trong thư mục, nhiều tệp cùng lúc) và in biên nhận. Tệp có lỗi thì không gửi.",
        "Submits report files, or all in a folder, several at once, and prints the receipts. A faulty file is not "
        "sent."},
       "giaoban submit membership.csv training.csv inspection.csv",
       Submit},
      {"withdraw",
       "",
       {"kind", "cluster", "period", "bloc"},
       {"revision", "reason", "request-id"},
       {"Rút lại bản đã gửi khi cụm trưởng chưa quyết định.",
        "Takes back a submitted revision before the chair has decided."},
       "giaoban withdraw --kind training --cluster dong-bac --period 2023-H1 --bloc ha-giang",
       Withdraw},
  };
}

}  // namespace giaoban::cli
