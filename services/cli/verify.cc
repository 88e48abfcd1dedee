#include "services/cli/verify.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/cli/table.h"
#include "services/shared/clusters/view.h"
#include "services/shared/journal/tables.h"
#include "services/shared/storage/store.h"

namespace giaoban::cli {
namespace {

using google::protobuf::util::MessageDifferencer;
using report::v1::Receipt;

constexpr absl::string_view kKeys = ".key.pub", kFile = ".db";

absl::StatusOr<journal::Committed> ReadEntry(const storage::Store& store, const Receipt& receipt) {
  absl::StatusOr<journal::Committed> committed = absl::InternalError("not read");
  const absl::Status status = store.Read([&](storage::Session& session) {
    committed = journal::ReadCommitted(session, receipt.key().cluster(), receipt.position());
    return committed.status();
  });
  if (!status.ok()) return status;
  return committed;
}

// The value of a text; discarded when it is no JSON or nests deeper than any receipt: writing a value again takes a
// stack as deep as the value.
Json ParseShallow(const std::string& text) {
  constexpr int kMostLevels = 32;
  bool deep = false;
  Json json = Json::parse(
      text,
      [&deep](int depth, Json::parse_event_t, const Json&) {
        deep |= depth > kMostLevels;
        return !deep;
      },
      /*allow_exceptions=*/false);
  return deep ? Json(Json::value_t::discarded) : json;
}

// Whether the receipt says of the entry what it is.
absl::Status Compare(const Receipt& receipt, const journal::Committed& committed) {
  if (committed.entry.hash() != receipt.entry_hash()) return absl::DataLossError("the store holds another entry there");
  report::v1::Fact fact;
  if (!fact.ParseFromString(committed.entry.body())) return absl::DataLossError("the entry is not a fact");
  const bool same = MessageDifferencer::Equals(fact.key(), receipt.key()) &&
                    MessageDifferencer::Equals(fact.time(), receipt.time()) && fact.revision() == receipt.revision();
  return same ? absl::OkStatus() : absl::DataLossError("the entry names another report, revision or time");
}

}  // namespace

Stores::Stores(std::string directory, std::string database)
    : directory_(std::move(directory)), database_(std::move(database)) {}

absl::StatusOr<const Stores::Opened*> Stores::Open(const std::string& service) {
  const auto known = opened_.find(service);
  if (known != opened_.end()) return &known->second;
  absl::StatusOr<journal::Verifier> verifier = journal::Verifier::Load(absl::StrCat(directory_, "/", service, kKeys));
  if (!verifier.ok()) return verifier.status();
  auto store = storage::OpenReadOnly(service == kAuditStore ? "" : database_, directory_, service);
  if (!store.ok()) return store.status();
  return &opened_.emplace(service, Opened{*std::move(store), *std::move(verifier)}).first->second;
}

std::vector<std::string> Stores::Services() const {
  const absl::string_view ending = database_.empty() ? kFile : kKeys;
  std::vector<std::string> services;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(directory_, error)) {
    const std::string name = file.path().filename();
    absl::string_view service = name;
    if (absl::ConsumeSuffix(&service, ending)) services.emplace_back(service);
  }
  std::sort(services.begin(), services.end());
  return services;
}

absl::StatusOr<std::vector<StoreVerdict>> VerifyStores(Stores& stores,
                                                       std::function<void(absl::string_view, int64_t)> progress) {
  std::vector<StoreVerdict> verdicts;
  for (const std::string& service : stores.Services()) {
    const absl::StatusOr<const Stores::Opened*> opened = stores.Open(service);
    if (!opened.ok()) return opened.status();
    absl::StatusOr<journal::VerifyReport> report =
        journal::Verify(*(*opened)->store, (*opened)->verifier, [&](int64_t entries) { progress(service, entries); });
    if (!report.ok()) return report.status();
    verdicts.push_back({service, *std::move(report)});
  }
  if (verdicts.empty()) return absl::NotFoundError(absl::StrCat("no store in ", stores.directory()));
  return verdicts;
}

absl::StatusOr<std::vector<Receipt>> ReadReceipts(const std::string& path) {
  std::ifstream file(path);
  std::vector<Receipt> receipts;
  std::string line;
  while (std::getline(file, line)) {
    if (line.empty()) continue;
    const Json json = ParseShallow(line);
    if (!json.is_object()) return absl::InvalidArgumentError(absl::StrCat(path, ": a line is not a JSON object"));
    Receipt& receipt = receipts.emplace_back();
    const std::string text = json.contains("receipt") ? json["receipt"].dump() : line;
    if (const auto status = google::protobuf::util::JsonStringToMessage(text, &receipt); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": ", std::string(status.message())));
    }
  }
  if (receipts.empty()) return absl::InvalidArgumentError(absl::StrCat(path, ": no receipt in it"));
  return receipts;
}

absl::Status VerifyReceipt(Stores& stores, const Receipt& receipt) {
  // The kind becomes part of a path, and a receipt comes from anybody.
  if (!clusters::IsId(receipt.kind())) return absl::DataLossError("the receipt names no report kind");
  const absl::StatusOr<const Stores::Opened*> opened = stores.Open(receipt.kind());
  if (!opened.ok()) return opened.status();
  const absl::Status proof = (*opened)->verifier.Check(receipt.key().cluster(), receipt.entry_hash(), receipt.proof());
  if (!proof.ok()) return absl::DataLossError(proof.message());
  const absl::StatusOr<journal::Committed> committed = ReadEntry(*(*opened)->store, receipt);
  if (absl::IsNotFound(committed.status())) return absl::DataLossError("the store does not hold the entry");
  if (!committed.ok()) return committed.status();
  return Compare(receipt, *committed);
}

}  // namespace giaoban::cli
