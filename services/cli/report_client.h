// The methods all report services share, for any report kind: their messages differ
// only in the Report they carry, so they are made from descriptors.
#ifndef GIAOBAN_CLI_REPORT_CLIENT_H_
#define GIAOBAN_CLI_REPORT_CLIENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "giaoban/report/v1/report.pb.h"
#include "services/cli/connection.h"
#include "services/shared/contract/catalogue.h"

namespace giaoban::cli {

class ReportClient {
 public:
  // Both must outlive the client.
  ReportClient(Connection& connection, const contract::Form& form) : connection_(connection), form_(form) {}

  struct Submitted {
    // Unset after validate_only.
    std::optional<report::v1::Receipt> receipt;
    std::vector<report::v1::Finding> findings;
  };
  struct Content {
    report::v1::Revision revision;
    contract::Cells cells;
  };

  absl::StatusOr<Submitted> Submit(const report::v1::Submission& submission, const contract::Cells& cells);
  // The version saved.
  absl::StatusOr<int64_t> SaveDraft(const report::v1::Draft& draft, const contract::Cells& cells);
  absl::StatusOr<report::v1::Receipt> Withdraw(const report::v1::Withdrawal& withdrawal);
  absl::StatusOr<report::v1::Receipt> Review(const report::v1::Review& review);
  absl::StatusOr<Content> Get(const report::v1::Selection& selection);
  // Oldest first; empty when nothing was submitted.
  absl::StatusOr<std::vector<report::v1::Revision>> History(const report::v1::ReportKey& key);
  // Entries after a position until the stream ends or `take` returns false.
  absl::Status Watch(const report::v1::FeedPosition& after, bool past_only,
                     absl::FunctionRef<bool(const report::v1::Entry&)> take);

 private:
  std::unique_ptr<Message> Make(const std::string& name) const;
  std::unique_ptr<Message> MakeReport(const contract::Cells& cells) const;
  absl::StatusOr<std::unique_ptr<Message>> Call(const std::string& method, const Message& content,
                                                const Message* report, const std::string& page_token = "");

  Connection& connection_;
  const contract::Form& form_;
};

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_REPORT_CLIENT_H_
