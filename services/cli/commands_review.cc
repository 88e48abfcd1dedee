#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "services/cli/commands.h"
#include "services/cli/errors.h"
#include "services/shared/runtime/status.h"

namespace giaoban::cli {
namespace {

using report::v1::Revision;

absl::Status NothingToReview(const report::v1::ReportKey& key) {
  return runtime::Error(absl::StatusCode::kNotFound,
                        absl::StrCat("no revision of ", key.bloc(), " waits for a decision"),
                        {.reason = "NOTHING_SUBMITTED",
                         .vietnamese = absl::StrCat("không có bản nào của ", key.bloc(), " đang chờ quyết định"),
                         .metadata = {},
                         .findings = {}});
}

// The revision to decide on: the one numbered, or the one that waits.
absl::StatusOr<Revision> FindRevision(ReportClient& client, const report::v1::ReportKey& key,
                                      std::optional<int64_t> number) {
  const absl::StatusOr<std::vector<Revision>> history = client.History(key);
  if (!history.ok()) return history.status();
  const auto found = std::find_if(history->rbegin(), history->rend(), [&](const Revision& revision) {
    return number ? revision.revision() == *number : revision.state() == report::v1::STATE_SUBMITTED;
  });
  if (found == history->rend()) return NothingToReview(key);
  return *found;
}

absl::StatusOr<std::string> ParseHash(const std::string& hex) {
  if (hex.size() == 64 && std::all_of(hex.begin(), hex.end(), absl::ascii_isxdigit)) {
    return absl::HexStringToBytes(hex);
  }
  return UsageError("--hash phải là 64 chữ số thập lục phân", "--hash must be 64 hexadecimal digits");
}

absl::StatusOr<report::v1::Review> ReviewOf(const Context& context, ReportClient& client,
                                            report::v1::Decision decision) {
  const absl::StatusOr<std::optional<int64_t>> number = context.arguments.Number("revision");
  if (!number.ok()) return number.status();
  report::v1::Review review;
  *review.mutable_key() = KeyOf(context);
  if (context.arguments.Has("hash")) {
    const absl::StatusOr<std::string> hash = ParseHash(context.arguments.Get("hash"));
    if (!hash.ok()) return hash.status();
    review.set_revision_hash(*hash);
  }
  if (*number) review.set_revision(**number);
  if (!*number || review.revision_hash().empty()) {
    const absl::StatusOr<Revision> revision = FindRevision(client, review.key(), *number);
    if (!revision.ok()) return revision.status();
    review.set_revision(revision->revision());
    if (review.revision_hash().empty()) review.set_revision_hash(revision->hash());
  }
  review.set_decision(decision);
  review.set_reason(context.arguments.Get("reason"));
  review.set_request_id(RequestIdOf(context));
  return review;
}

absl::StatusOr<int> Decide(const Context& context, report::v1::Decision decision) {
  const absl::StatusOr<const contract::Form*> form = FormOf(context);
  if (!form.ok()) return form.status();
  ReportClient client(context.connection, **form);
  const absl::StatusOr<report::v1::Review> review = ReviewOf(context, client, decision);
  if (!review.ok()) return review.status();
  const absl::StatusOr<report::v1::Receipt> receipt = client.Review(*review);
  if (!receipt.ok()) return receipt.status();
  PrintReceipt(*receipt, review->request_id(), Json::object(), context.console);
  return kExitDone;
}

}  // namespace

std::vector<Command> ReviewCommands() {
  return {
      {"review accept",
       "",
       {"kind", "cluster", "period", "bloc"},
       {"revision", "hash", "reason", "request-id"},
       {"Chấp nhận một bản báo cáo, gắn với mã băm của đúng bản đã đọc.",
        "Accepts a revision, pinned to the hash of the very one that was read."},
       "giaoban review accept --kind training --cluster dong-bac --period 2023-H1 --bloc ha-giang",
       [](const Context& context) { return Decide(context, report::v1::DECISION_ACCEPT); }},
      {"review return",
       "",
       {"kind", "cluster", "period", "bloc", "reason"},
       {"revision", "hash", "request-id"},
       {"Trả lại một bản báo cáo kèm lý do.", "Returns a revision with a reason."},
       "giaoban review return --kind training --cluster dong-bac --period 2023-H1 --bloc ha-giang --reason \"…\"",
       [](const Context& context) { return Decide(context, report::v1::DECISION_RETURN); }},
  };
}

}  // namespace giaoban::cli
