#include "services/shared/journal/journal.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/shared/journal/acknowledged.h"
#include "services/shared/journal/committer.h"
#include "services/shared/journal/listeners.h"
#include "services/shared/journal/tables.h"

namespace giaoban::journal {

using storage::Session;

std::string EntryHash(absl::string_view previous, absl::string_view cluster, int64_t position, absl::string_view body) {
  std::string big_endian(8, '\0');
  for (size_t byte = 0; byte < 8; ++byte) {
    big_endian[byte] = static_cast<char>(static_cast<uint64_t>(position) >> (56 - 8 * byte));
  }
  return Sha256({previous, cluster, absl::string_view("\0", 1), big_endian, body});
}

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(storage::Store& store, Signer signer, Options options) {
  if (absl::Status status = MigrateTables(store); !status.ok()) return status;
  std::unique_ptr<Acknowledged> acknowledged;
  if (!options.acknowledged.empty()) {
    auto opened = Acknowledged::Open(options.acknowledged);
    if (!opened.ok()) return opened.status();
    acknowledged = *std::move(opened);
  }
  std::unique_ptr<Journal> journal(new Journal(store, std::move(signer), std::move(options), std::move(acknowledged)));
  if (absl::Status whole = journal->CheckWhole(); !whole.ok()) return whole;
  return journal;
}

absl::Status Journal::CheckWhole() const {
  const auto heads = Heads();
  if (!heads.ok()) return heads.status();
  if (acknowledged_ != nullptr) {
    if (absl::Status status = acknowledged_->Check(*heads); !status.ok()) return status;
  }
  if (!store_.interrupted()) return absl::OkStatus();
  const auto found = VerifyHashes(store_);
  if (!found.ok()) return found.status();
  return found->fault.empty() ? absl::OkStatus() : absl::DataLossError(found->fault);
}

Journal::Journal(storage::Store& store, Signer signer, Options options, std::unique_ptr<Acknowledged> acknowledged)
    : store_(store),
      acknowledged_(std::move(acknowledged)),
      listeners_(std::make_unique<Listeners>()),
      committer_(std::make_unique<Committer>(
          store, std::move(signer), std::move(options), acknowledged_.get(),
          [this](const std::string& cluster, int64_t position) { listeners_->Tell(cluster, position); },
          [this](const std::string& cluster, int64_t position) {
            store_.Announce(absl::StrCat(position, " ", cluster));
          })),
      hearing_(store.Listen([this](std::optional<absl::string_view> message) { Hear(message); })) {}

void Journal::Hear(std::optional<absl::string_view> message) {
  if (!message) {
    const auto heads = Heads();
    if (!heads.ok()) return;
    for (const report::v1::FeedPosition& head : *heads) listeners_->Tell(head.cluster(), head.position());
    return;
  }
  const std::pair<absl::string_view, absl::string_view> words = absl::StrSplit(*message, absl::MaxSplits(' ', 1));
  int64_t position = 0;
  if (absl::SimpleAtoi(words.first, &position)) listeners_->Tell(std::string(words.second), position);
}

Journal::~Journal() = default;

void Journal::Append(RequestKey request, Decide decide, Done done, Prepare prepare) {
  committer_->Append({std::move(request), std::move(prepare), std::move(decide), std::move(done)});
}

void Journal::EndRetries() { committer_->EndRetries(); }

absl::StatusOr<std::optional<Committed>> Journal::FindRequest(const RequestKey& request) const {
  std::optional<Committed> found;
  absl::Status status = store_.Read([&](Session& session) -> absl::Status {
    const absl::StatusOr<std::optional<RequestRecord>> known = ReadRequest(session, request);
    if (!known.ok() || !known->has_value()) return known.status();
    if (!(*known)->same) return IdUsedBefore(request);
    absl::StatusOr<Committed> committed = ReadCommitted(session, request.cluster, (*known)->position);
    if (!committed.ok()) return committed.status();
    committed->replayed = true;
    found = *std::move(committed);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return found;
}

absl::StatusOr<std::vector<report::v1::Entry>> Journal::Read(const std::string& cluster, int64_t after,
                                                             int limit) const {
  absl::StatusOr<std::vector<report::v1::Entry>> entries = absl::UnknownError("not read");
  absl::Status status = store_.Read([&](Session& session) {
    entries = ReadEntries(session, cluster, after, limit);
    return entries.status();
  });
  if (!status.ok()) return status;
  return entries;
}

absl::StatusOr<Committed> Journal::Get(Session& session, const std::string& cluster, int64_t position) {
  return ReadCommitted(session, cluster, position);
}

absl::StatusOr<Committed> Journal::Get(const std::string& cluster, int64_t position) const {
  absl::StatusOr<Committed> committed = absl::UnknownError("not read");
  absl::Status status = store_.Read([&](Session& session) {
    committed = ReadCommitted(session, cluster, position);
    return committed.status();
  });
  if (!status.ok()) return status;
  return committed;
}

absl::StatusOr<std::vector<report::v1::FeedPosition>> Journal::Heads() const {
  absl::StatusOr<std::vector<report::v1::FeedPosition>> heads = absl::UnknownError("not read");
  absl::Status status = store_.Read([&](Session& session) {
    heads = ReadHeads(session);
    return heads.status();
  });
  if (!status.ok()) return status;
  return heads;
}

std::shared_ptr<void> Journal::Listen(Listener listener) { return listeners_->Add(std::move(listener)); }

}  // namespace giaoban::journal
