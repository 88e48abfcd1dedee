// The intake of one report kind: its state machine over untyped messages.
//
//   draft → submitted → accepted | returned | withdrawn
//
// An amendment of an accepted report is a new submitted revision; the accepted one counts until the
// new one is accepted. Everything but a draft is a fact of the journal, and the tables are views of it.
#ifndef GIAOBAN_INTAKE_ENGINE_H_
#define GIAOBAN_INTAKE_ENGINE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "giaoban/report/v1/report.pb.h"
#include "google/protobuf/message.h"
#include "services/shared/clusters/view.h"
#include "services/shared/contract/catalogue.h"
#include "services/shared/contract/validation.h"
#include "services/shared/intake/tables.h"
#include "services/shared/journal/feed.h"
#include "services/shared/journal/journal.h"
#include "services/shared/runtime/component.h"
#include "services/shared/runtime/identity.h"
#include "services/shared/storage/store.h"

namespace giaoban::intake {

class Engine {
 public:
  // What a submission came to: a receipt (absent with validate_only) and the explained warnings.
  struct Submitted {
    std::optional<report::v1::Receipt> receipt;
    contract::Findings findings;
  };
  using SubmitDone = absl::AnyInvocable<void(absl::StatusOr<Submitted>)>;
  using ReceiptDone = absl::AnyInvocable<void(absl::StatusOr<report::v1::Receipt>)>;

  // Opens or creates `<data>/<kind>.db` and `<data>/<kind>.key`. `form` belongs to `catalogue`; `view` is
  // kept up to date by the caller. Both outlive the engine. While `view_ready` is not OK every call is answered with
  // that: nobody is judged by half a directory.
  static absl::StatusOr<std::unique_ptr<Engine>> Open(std::shared_ptr<const contract::Catalogue> catalogue,
                                                      const contract::Form& form, const clusters::View& view,
                                                      const runtime::Environment& environment,
                                                      std::function<absl::Status()> view_ready);

  // Saves a draft and returns its version.
  absl::StatusOr<int64_t> SaveDraft(const runtime::Caller& caller, const report::v1::Draft& draft,
                                    const google::protobuf::Message& report);

  // These return at once. `done` is called exactly once, at the latest after the commit; `report` and
  // the headers must live until then.
  void Submit(const runtime::Caller& caller, const report::v1::Submission& submission,
              const google::protobuf::Message& report, SubmitDone done);
  void Withdraw(const runtime::Caller& caller, const report::v1::Withdrawal& withdrawal, ReceiptDone done);
  void Review(const runtime::Caller& caller, const report::v1::Review& review, ReceiptDone done);

  // Reads one revision; its figures go to `report`.
  absl::StatusOr<report::v1::Revision> Get(const runtime::Identity& caller, const report::v1::Selection& selection,
                                           google::protobuf::Message& report) const;
  absl::StatusOr<std::vector<report::v1::ReportStatus>> List(const runtime::Identity& caller,
                                                             const std::string& cluster,
                                                             const std::string& period) const;
  // A page of a report's revisions, oldest first, and where to go on, as HistoryRequest has it.
  struct Page {
    std::vector<report::v1::Revision> revisions;
    std::string next_page_token;
  };
  absl::StatusOr<Page> History(const runtime::Identity& caller, const report::v1::ReportKey& key, int page_size,
                               const std::string& page_token) const;

  // What a caller may follow: `feed` tells that there may be more, `next` gives what is for its eyes.
  using NextEntry = std::function<absl::StatusOr<bool>(report::v1::Entry*)>;
  struct Following {
    std::shared_ptr<journal::Feed> feed;
    NextEntry next;
  };
  absl::StatusOr<Following> Watch(const runtime::Identity& caller,
                                  const google::protobuf::RepeatedPtrField<report::v1::FeedPosition>& after);

  // Before the process ends: see Journal::EndRetries.
  void EndRetries() { journal_->EndRetries(); }

  // Shows how many revisions are in which state, whichever process put them there. To be called every second.
  absl::Status ShowReports();

 private:
  struct Before;

  Engine(std::shared_ptr<const contract::Catalogue> catalogue, const contract::Form& form, const clusters::View& view,
         const runtime::Environment& environment, std::function<absl::Status()> view_ready);

  absl::Status MayOffice(const runtime::Identity& caller, const report::v1::ReportKey& key) const;
  absl::Status MayRead(const runtime::Identity& caller, const report::v1::ReportKey& key) const;
  absl::Status MayReview(const runtime::Identity& caller, const std::string& cluster) const;
  bool Chairs(const runtime::Identity& caller, const std::string& cluster) const;
  NextEntry EntriesOf(std::string bloc, std::map<std::string, int64_t> after) const;

  absl::StatusOr<Before> ReadBefore(const report::v1::ReportKey& key) const;
  absl::Status ReadBefore(storage::Session& session, const report::v1::ReportKey& key, Before& before) const;
  absl::StatusOr<contract::Cells> CellsOf(const journal::Committed& submission) const;
  contract::Findings FindingsOf(const report::v1::Submission& submission, const google::protobuf::Message& report,
                                const Before& before, bool& closed) const;
  contract::Findings PeriodFindings(const report::v1::ReportKey& key, bool& closed) const;
  void CountFindings(const contract::Findings& findings);
  // Whether it may be recorded as things stand, and what was found.
  struct Verdict {
    absl::Status status;
    contract::Findings findings;
  };
  absl::StatusOr<Verdict> Judge(const report::v1::Submission& submission,
                                const google::protobuf::Message& report) const;
  // Answers with this, unless an earlier call with this request was recorded.
  void Refuse(journal::RequestKey request, Verdict verdict, SubmitDone done);
  // Answers with what an earlier call with this request did.
  void Repeat(journal::RequestKey request, SubmitDone done);
  void AppendSubmission(const runtime::Caller& caller, const report::v1::Submission& submission,
                        const google::protobuf::Message& report, journal::RequestKey request,
                        contract::Findings findings, SubmitDone done);
  void AppendDecision(journal::RequestKey request, report::v1::Fact fact, const std::string& revision_hash,
                      ReceiptDone done);
  absl::StatusOr<std::string> Decide(storage::Session& session, const journal::Slot& slot, report::v1::Fact& fact,
                                     const std::string& revision_hash) const;

  report::v1::Receipt ReceiptOf(const journal::Committed& committed) const;
  absl::StatusOr<report::v1::Revision> Describe(const report::v1::ReportKey& key, const RevisionRow& row,
                                                google::protobuf::Message* report) const;

  std::shared_ptr<const contract::Catalogue> catalogue_;
  const contract::Form& form_;
  const clusters::View& view_;
  std::function<absl::Status()> view_ready_;
  const runtime::Limits& limits_;
  runtime::Metrics& metrics_;
  std::function<absl::Time()> clock_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<journal::Journal> journal_;
};

}  // namespace giaoban::intake

#endif  // GIAOBAN_INTAKE_ENGINE_H_
