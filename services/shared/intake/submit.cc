#include <sodium.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/util/time_util.h"
#include "services/shared/contract/format.h"
#include "services/shared/intake/engine_internal.h"
#include "services/shared/intake/errors.h"
#include "services/shared/runtime/fields.h"

namespace giaoban::intake {

using contract::Findings;
using contract::HalfYear;
using contract::Language;
using contract::MakeFinding;
using google::protobuf::Message;
using google::protobuf::util::TimeUtil;
using report::v1::ReportKey;
using report::v1::Submission;
using runtime::kTextCharacters;
using runtime::LongerThan;

std::string Deterministic(const Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

std::string SubjectOf(const ReportKey& key) { return absl::StrCat(key.period(), "/", key.bloc()); }

std::string NewSalt() {
  std::string salt(16, '\0');
  randombytes_buf(salt.data(), salt.size());
  return salt;
}

std::string StateLabel(report::v1::State state) {
  return absl::AsciiStrToLower(absl::StripPrefix(report::v1::State_Name(state), "STATE_"));
}

const RevisionRow* AcceptedOf(const std::vector<RevisionRow>& revisions) {
  for (const RevisionRow& row : revisions) {
    if (row.state == report::v1::STATE_ACCEPTED) return &row;
  }
  return nullptr;
}

namespace {

constexpr int kMostExplanations = 50;
constexpr size_t kExplanationKeyBytes = 64;
// What is longer is no half-year, and not to be quoted.
constexpr size_t kPeriodBytes = 20;

// Amending what the chair accepted needs a reason.
std::optional<report::v1::Finding> ReasonFinding(const std::vector<RevisionRow>& revisions,
                                                 const Submission& submission) {
  if (AcceptedOf(revisions) == nullptr || !submission.reason().empty()) return std::nullopt;
  return MakeFinding("REASON", {}, "Sửa báo cáo đã được chấp nhận phải nêu lý do.",
                     "Amending an accepted report needs a reason.");
}

// An explanation for something that long is for nothing there is, and not to be quoted.
std::optional<report::v1::Finding> ExplanationFinding(const std::string& key, const std::string& text) {
  if (key.size() > kExplanationKeyBytes) {
    return MakeFinding(
        "TEXT", {}, absl::StrCat("Có giải trình cho một mã dài quá ", kExplanationKeyBytes, " ký tự."),
        absl::StrCat("There is an explanation for a code of more than ", kExplanationKeyBytes, " characters."));
  }
  if (!LongerThan(text, kTextCharacters)) return std::nullopt;
  return MakeFinding("TEXT", {key}, absl::StrCat("Giải trình cho ", key, " dài quá ", kTextCharacters, " ký tự."),
                     absl::StrCat("The explanation for ", key, " is longer than ", kTextCharacters, " characters."));
}

void TextFindings(const Submission& submission, Findings& findings) {
  if (LongerThan(submission.reason(), kTextCharacters)) {
    findings.push_back(MakeFinding("TEXT", {}, absl::StrCat("Lý do dài quá ", kTextCharacters, " ký tự."),
                                   absl::StrCat("The reason is longer than ", kTextCharacters, " characters.")));
  }
  if (submission.explanations_size() > kMostExplanations) {
    findings.push_back(MakeFinding("TEXT", {}, absl::StrCat("Có quá ", kMostExplanations, " giải trình."),
                                   absl::StrCat("There are more than ", kMostExplanations, " explanations.")));
    return;
  }
  for (const auto& [key, text] : submission.explanations()) {
    if (auto finding = ExplanationFinding(key, text)) findings.push_back(*std::move(finding));
  }
}

}  // namespace

absl::StatusOr<Engine::Before> Engine::ReadBefore(const ReportKey& key) const {
  Before before;
  absl::Status status =
      store_->Read([&](storage::Session& session) -> absl::Status { return ReadBefore(session, key, before); });
  if (!status.ok()) return status;
  return before;
}

absl::Status Engine::ReadBefore(storage::Session& session, const ReportKey& key, Before& before) const {
  const auto half = HalfYear::Parse(key.period());
  // There are no reports of what is no half-year.
  if (!half.ok()) return absl::OkStatus();
  if (absl::Status status = AskNewest(session, key, before.revisions); !status.ok()) return status;
  ReportKey previous = key;
  previous.set_period(half->Before(1).ToString());
  auto earlier = Revisions(session, previous);
  if (!earlier.ok()) return earlier.status();
  const RevisionRow* accepted = AcceptedOf(*earlier);
  if (accepted == nullptr) return absl::OkStatus();
  const auto submission = journal::Journal::Get(session, key.cluster(), accepted->position);
  if (!submission.ok()) return submission.status();
  auto cells = CellsOf(*submission);
  if (cells.ok()) before.previous = *std::move(cells);
  return cells.status();
}

absl::StatusOr<contract::Cells> Engine::CellsOf(const journal::Committed& submission) const {
  report::v1::Fact fact;
  std::unique_ptr<Message> report(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(form_.descriptor)->New());
  if (!fact.ParseFromString(submission.entry.body()) || !report->ParseFromString(fact.submitted().report())) {
    return absl::InternalError(absl::StrCat("entry ", submission.entry.position(), " is not a submission"));
  }
  return form_.Read(*report);
}

Findings Engine::PeriodFindings(const ReportKey& key, bool& closed) const {
  const auto half = HalfYear::Parse(key.period());
  if (!half.ok()) {
    const std::string period = key.period().size() > kPeriodBytes ? "…" : key.period();
    return {MakeFinding("KEY", {}, absl::StrCat("“", period, "” không phải kỳ báo cáo; ví dụ đúng: 2023-H1."),
                        absl::StrCat("'", period, "' is not a half-year such as 2023-H1."))};
  }
  const std::vector<std::string> expected = view_.Expected(key.cluster(), *half);
  if (std::find(expected.begin(), expected.end(), key.bloc()) == expected.end()) {
    return {MakeFinding(
        "MEMBERSHIP", {},
        absl::StrCat("Khối “", key.bloc(), "” không thuộc cụm “", key.cluster(), "” trong kỳ ", key.period(), "."),
        absl::StrCat("Bloc '", key.bloc(), "' is not in cluster '", key.cluster(), "' in ", key.period(), "."))};
  }
  const auto deadlines = view_.DeadlinesFor(key.cluster(), *half, key.bloc());
  if (!deadlines) {
    return {MakeFinding("PERIOD", {}, absl::StrCat("Cụm “", key.cluster(), "” không có kỳ báo cáo ", key.period(), "."),
                        absl::StrCat("Cluster '", key.cluster(), "' has no period ", key.period(), "."))};
  }
  switch (deadlines->StateAt(clock_())) {
    case directory::v1::PERIOD_STATE_SCHEDULED:
      return {MakeFinding("PERIOD", {},
                          absl::StrCat("Kỳ ", key.period(), " chưa mở; nhận báo cáo từ ",
                                       contract::FormatTime(deadlines->open, Language::kVietnamese), "."),
                          absl::StrCat("Period ", key.period(), " is not open before ",
                                       contract::FormatTime(deadlines->open, Language::kEnglish), "."))};
    case directory::v1::PERIOD_STATE_CLOSED: {
      closed = true;
      const std::string chair = view_.Chair(key.cluster(), absl::ToCivilDay(clock_(), contract::VietnamTime()));
      return {MakeFinding("PERIOD", {},
                          absl::StrCat("Kỳ ", key.period(), " đã đóng từ ",
                                       contract::FormatTime(deadlines->close, Language::kVietnamese),
                                       "; xin gia hạn với cụm trưởng (", chair, ")."),
                          absl::StrCat("Period ", key.period(), " has been closed since ",
                                       contract::FormatTime(deadlines->close, Language::kEnglish),
                                       "; ask the cluster chair (", chair, ") for an extension."))};
    }
    default:
      return {};
  }
}

Findings Engine::FindingsOf(const Submission& submission, const Message& report, const Before& before,
                            bool& closed) const {
  Findings findings = PeriodFindings(submission.key(), closed);
  if (auto reason = ReasonFinding(before.revisions, submission)) findings.push_back(*std::move(reason));
  TextFindings(submission, findings);
  const auto half = HalfYear::Parse(submission.key().period());
  if (!half.ok()) return findings;
  Findings content =
      contract::ValidateReport(*catalogue_, form_, *half, report, before.previous ? &*before.previous : nullptr);
  findings.insert(findings.end(), std::make_move_iterator(content.begin()), std::make_move_iterator(content.end()));
  contract::AttachExplanations(submission.explanations(), findings);
  return findings;
}

void Engine::CountFindings(const Findings& findings) {
  for (const report::v1::Finding& finding : findings) {
    const bool error = finding.severity() == contract::v1::SEVERITY_ERROR;
    metrics_.findings.Add({{"kind", form_.kind}, {"severity", error ? "error" : "warning"}}).Increment();
  }
}

absl::StatusOr<Engine::Verdict> Engine::Judge(const Submission& submission, const Message& report) const {
  auto before = ReadBefore(submission.key());
  if (!before.ok()) return before.status();
  bool closed = false;
  Verdict verdict{absl::OkStatus(), FindingsOf(submission, report, *before, closed)};
  if (contract::IsRefused(verdict.findings)) {
    verdict.status = RefusedContent(verdict.findings, closed);
  } else if (submission.base_revision() != before->current()) {
    verdict.status = RevisionConflict(before->current());
  } else if (before->current() >= limits_.revisions) {
    verdict.status = runtime::PastLimit(&runtime::Limits::revisions, limits_, metrics_);
  }
  return verdict;
}

void Engine::Submit(const runtime::Caller& caller, const Submission& submission, const Message& report,
                    SubmitDone done) {
  if (absl::Status status = MayOffice(caller, submission.key()); !status.ok()) return done(status);
  if (submission.validate_only()) {
    absl::StatusOr<Verdict> verdict = Judge(submission, report);
    if (!verdict.ok()) return done(verdict.status());
    CountFindings(verdict->findings);
    if (!verdict->status.ok()) return done(verdict->status);
    return done(Submitted{.findings = std::move(verdict->findings)});
  }
  if (absl::Status status = runtime::CheckRequestId(submission.request_id()); !status.ok()) return done(status);
  Submission content = submission;
  content.clear_request_id();
  journal::RequestKey request{.cluster = submission.key().cluster(),
                              .scope = caller.ToString(),
                              .id = submission.request_id(),
                              .digest = journal::Sha256({"submit", Deterministic(content), Deterministic(report)}),
                              .subject = SubjectOf(submission.key())};
  absl::StatusOr<Verdict> verdict = Judge(submission, report);
  if (!verdict.ok()) return done(verdict.status());
  if (!verdict->status.ok()) return Refuse(std::move(request), *std::move(verdict), std::move(done));
  CountFindings(verdict->findings);
  AppendSubmission(caller, submission, report, std::move(request), std::move(verdict->findings), std::move(done));
}

void Engine::Refuse(journal::RequestKey request, Verdict verdict, SubmitDone done) {
  // A replay is answered as the first time, whatever is true by now.
  const auto earlier = journal_->FindRequest(request);
  if (!earlier.ok()) return done(earlier.status());
  if (earlier->has_value()) return Repeat(std::move(request), std::move(done));
  CountFindings(verdict.findings);
  done(verdict.status);
}

void Engine::Repeat(journal::RequestKey request, SubmitDone done) {
  // What was found may be on one machine only, and go with it before the commit.
  auto gone = [](storage::Session&, const journal::Slot&) -> absl::StatusOr<std::string> {
    return absl::UnavailableError("what the request did was lost with the database's primary; repeat it");
  };
  journal_->Append(std::move(request), gone,
                   [this, done = std::move(done)](absl::StatusOr<journal::Committed> committed) mutable {
                     if (!committed.ok()) return done(committed.status());
                     done(Submitted{.receipt = ReceiptOf(*committed)});
                   });
}

void Engine::AppendSubmission(const runtime::Caller& caller, const Submission& submission, const Message& report,
                              journal::RequestKey request, Findings findings, SubmitDone done) {
  const ReportKey& key = submission.key();
  const auto half = HalfYear::Parse(key.period());
  const absl::Time due = view_.DeadlinesFor(key.cluster(), *half, key.bloc())->due;
  report::v1::Fact fact;
  *fact.mutable_key() = key;
  // A key with fields nobody knows would be recorded unread, and at any length.
  fact.mutable_key()->DiscardUnknownFields();
  fact.set_actor(caller.ToString());
  *fact.mutable_origin() = caller.Origin();
  fact.set_reason(submission.reason());
  fact.set_salt(NewSalt());
  fact.mutable_submitted()->set_report(Deterministic(report));
  *fact.mutable_submitted()->mutable_explanations() = submission.explanations();
  fact.mutable_submitted()->set_contract(form_.fingerprint);
  auto revisions = std::make_shared<std::vector<RevisionRow>>();
  auto prepare = [revisions, &submission](storage::Session& session) {
    return AskNewest(session, submission.key(), *revisions);
  };
  auto decide = [revisions, fact = std::move(fact), &submission, due](
                    storage::Session& session, const journal::Slot& slot) mutable -> absl::StatusOr<std::string> {
    const int64_t current = revisions->empty() ? 0 : revisions->back().revision;
    if (submission.base_revision() != current) return RevisionConflict(current);
    if (auto reason = ReasonFinding(*revisions, submission)) return RefusedContent({*std::move(reason)}, false);
    fact.set_revision(current + 1);
    *fact.mutable_time() = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(slot.time));
    fact.mutable_submitted()->set_late(slot.time > due);
    const bool waited = current > 0 && revisions->back().state == report::v1::STATE_SUBMITTED;
    absl::Status status = AddRevision(session, fact.key(), current + 1, slot.position, waited, slot.tally);
    if (status.ok()) status = DeleteDraft(session, fact.key());
    if (!status.ok()) return status;
    return Deterministic(fact);
  };
  journal_->Append(
      std::move(request), std::move(decide),
      [this, findings = std::move(findings),
       done = std::move(done)](absl::StatusOr<journal::Committed> committed) mutable {
        if (!committed.ok()) return done(committed.status());
        if (committed->replayed) return done(Submitted{.receipt = ReceiptOf(*committed)});
        done(Submitted{.receipt = ReceiptOf(*committed), .findings = std::move(findings)});
      },
      std::move(prepare));
}

}  // namespace giaoban::intake
