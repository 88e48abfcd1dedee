#include "services/cli/sending.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/cli/errors.h"
#include "services/cli/report_file.h"
#include "services/shared/runtime/error.h"

namespace giaoban::cli {
namespace {

// Files under way: as many as one connection has calls, unless the services are set otherwise.
constexpr int kAtOnce = 10;

// The revision a lost race names.
std::optional<int64_t> CurrentIn(const absl::Status& status) {
  if (!absl::IsAborted(status)) return std::nullopt;
  for (const auto& [name, value] : runtime::DetailOf(status).metadata) {
    int64_t revision = 0;
    if (name == "current_revision" && absl::SimpleAtoi(value, &revision)) return revision;
  }
  return std::nullopt;
}

bool IsAway(const absl::Status& status) { return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status); }

// Whoever gets no answer asks again under the same id, and has to know it.
absl::Status WithId(const absl::Status& status, const std::string& request_id) {
  if (!IsAway(status)) return status;
  runtime::Detail detail = runtime::DetailOf(status);
  detail.metadata.emplace_back("request_id", request_id);
  return runtime::Error(status.code(), status.message(), std::move(detail));
}

// The id was used for a submission that was based on something else: if it was this one, the receipt of it.
absl::StatusOr<ReportClient::Submitted> FindSubmitted(ReportClient& client, report::v1::Submission submission,
                                                      const contract::Cells& cells, const absl::Status& refusal) {
  const auto history = client.History(submission.key());
  if (!history.ok()) return history.status();
  for (auto revision = history->rbegin(); revision != history->rend(); ++revision) {
    submission.set_base_revision(revision->revision() - 1);
    auto answer = client.Submit(submission, cells);
    if (!absl::IsAlreadyExists(answer.status())) return answer;
  }
  return refusal;
}

// Without --base it is sent as if based on `guess`, which becomes what it was based on.
Outcome SubmitSheet(const Context& context, const absl::StatusOr<contract::Sheet>& sheet, std::atomic<int64_t>& guess) {
  if (!sheet.ok()) return {sheet.status(), absl::OkStatus()};
  if (!sheet->findings.empty()) {
    // Never submitted; the service only adds what the rules have to say.
    const Verdict verdict = AskVerdict(context, *sheet);
    if (!FindingsIn(verdict.status).empty()) return {verdict.status, absl::OkStatus()};
    return {Refused(verdict.findings), verdict.status};
  }
  const absl::StatusOr<std::optional<int64_t>> given = context.arguments.Number("base");
  if (!given.ok()) return {given.status(), absl::OkStatus()};
  ReportClient client(context.connection, *sheet->form);
  report::v1::Submission submission = SubmissionOf(context, *sheet, given->value_or(guess));
  absl::StatusOr<ReportClient::Submitted> answer = client.Submit(submission, sheet->cells);
  // Where the guess is wrong, the refusal names the revision to build on.
  if (const std::optional<int64_t> current = CurrentIn(answer.status()); current && !*given) {
    submission.set_base_revision(*current);
    answer = client.Submit(submission, sheet->cells);
  }
  if (absl::IsAlreadyExists(answer.status()) && !*given) {
    answer = FindSubmitted(client, submission, sheet->cells, answer.status());
  }
  if (!answer.ok()) return {WithId(answer.status(), submission.request_id()), absl::OkStatus()};
  guess = submission.base_revision();
  return {Outcome::Sent{submission.request_id(), *std::move(answer)}, absl::OkStatus()};
}

class Sending {
 public:
  Sending(const Context& context, const std::vector<std::string>& files)
      : context_(context), files_(files), sheets_(files.size()), outcomes_(files.size()) {}

  void Run(absl::FunctionRef<void(size_t, const Outcome&)> done) {
    SendFirst();
    std::vector<std::thread> senders;
    while (senders.size() < std::min<size_t>(rows_.size(), kAtOnce)) {
      senders.emplace_back([this] {
        while (SendRow()) continue;
      });
    }
    std::thread ending([this, &senders] {
      for (std::thread& sender : senders) sender.join();
      absl::MutexLock lock(&mutex_);
      ended_ = true;
    });
    for (size_t file = 0; file < files_.size(); ++file) {
      if (const std::optional<Outcome> outcome = Wait(file)) done(file, *outcome);
    }
    ending.join();
  }

 private:
  // Sends the first file, for which it connects, and meanwhile reads the others.
  void SendFirst() {
    sheets_[0] = ReadReportFile(context_, files_[0]);
    std::thread first([this] { Send(0); });
    std::map<std::string, size_t> row_of;
    for (size_t file = 1; file < files_.size(); ++file) {
      sheets_[file] = ReadReportFile(context_, files_[file]);
      const absl::StatusOr<contract::Sheet>& sheet = sheets_[file];
      const std::string report = sheet.ok() ? absl::StrCat(sheet->form->kind, " ", sheet->key.SerializeAsString())
                                            : absl::StrCat(" ", files_[file]);
      const auto [row, fresh] = row_of.try_emplace(report, rows_.size());
      if (fresh) rows_.emplace_back();
      rows_[row->second].push_back(file);
    }
    first.join();
  }

  // Sends the files of the next report; false when there is none.
  bool SendRow() {
    const size_t row = next_++;
    if (row >= rows_.size()) return false;
    for (const size_t file : rows_[row]) Send(file);
    return !unreachable_;
  }

  void Send(size_t file) {
    if (unreachable_) return;
    Outcome outcome = SubmitSheet(context_, sheets_[file], guess_);
    if (IsAway(outcome.sent.status())) unreachable_ = true;
    absl::MutexLock lock(&mutex_);
    outcomes_[file] = std::move(outcome);
  }

  // What became of a file, once that is known; nullopt when it was not begun.
  std::optional<Outcome> Wait(size_t file) {
    absl::MutexLock lock(&mutex_);
    auto known = [this, file]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ended_ || outcomes_[file].has_value(); };
    mutex_.Await(absl::Condition(&known));
    return std::exchange(outcomes_[file], std::nullopt);
  }

  const Context& context_;
  const std::vector<std::string>& files_;
  std::vector<absl::StatusOr<contract::Sheet>> sheets_;
  // All but the first: files of the same report, in order.
  std::vector<std::vector<size_t>> rows_;
  std::atomic<size_t> next_ = 0;
  // The revision the next report stands at: none, for most reports are new; or, for a folder is mostly sent again as a
  // whole, the one the last report stood at.
  std::atomic<int64_t> guess_ = 0;
  std::atomic<bool> unreachable_ = false;
  absl::Mutex mutex_;
  std::vector<std::optional<Outcome>> outcomes_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

// In a folder and below.
absl::StatusOr<std::vector<std::string>> FilesIn(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
    const auto extension = entry->path().extension();
    std::error_code gone;
    if ((extension == ".csv" || extension == ".json") && entry->is_regular_file(gone)) files.push_back(entry->path());
  }
  if (error) {
    return UsageError(absl::StrCat("không đọc được thư mục ", folder, ": ", error.message()),
                      absl::StrCat("the folder ", folder, " cannot be read: ", error.message()));
  }
  if (files.empty()) {
    return UsageError(absl::StrCat("thư mục ", folder, " không có tệp .csv hay .json nào"),
                      absl::StrCat("the folder ", folder, " has no .csv or .json file"));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReportFiles(const Context& context) {
  std::vector<std::string> files;
  for (const std::string& operand : context.arguments.operands) {
    std::error_code error;
    if (!std::filesystem::is_directory(operand, error)) {
      files.push_back(operand);
      continue;
    }
    const absl::StatusOr<std::vector<std::string>> inside = FilesIn(operand);
    if (!inside.ok()) return inside.status();
    files.insert(files.end(), inside->begin(), inside->end());
  }
  return files;
}

void SubmitAll(const Context& context, const std::vector<std::string>& files,
               absl::FunctionRef<void(size_t file, const Outcome& outcome)> done) {
  Sending(context, files).Run(done);
}

}  // namespace giaoban::cli
