#include "services/shared/journal/tail.h"

#include <utility>
#include <vector>

#include "services/shared/journal/tables.h"

namespace giaoban::journal {
namespace {
constexpr int kBatch = 512;
}  // namespace

Tail::Tail(Journal& journal, std::string cluster, Take take)
    : journal_(journal), cluster_(std::move(cluster)), take_(std::move(take)) {}

void Tail::Follow() {
  listening_ = journal_.Listen([this](const std::string& cluster, int64_t) {
    // What cannot be read now is read when somebody asks.
    if (cluster == cluster_) CatchUp().IgnoreError();
  });
}

absl::Status Tail::CatchUp() {
  return CatchUp([this](int64_t after, int limit) { return journal_.Read(cluster_, after, limit); });
}

absl::Status Tail::CatchUp(storage::Session& session) {
  return CatchUp([&](int64_t after, int limit) { return ReadEntries(session, cluster_, after, limit); });
}

absl::Status Tail::CatchUp(const ReadOn& read) {
  absl::MutexLock lock(&mutex_);
  for (;;) {
    const auto entries = read(position_, kBatch);
    if (!entries.ok()) return entries.status();
    for (const report::v1::Entry& entry : *entries) {
      if (absl::Status taken = take_(entry); !taken.ok()) return taken;
      position_ = entry.position();
    }
    if (static_cast<int>(entries->size()) < kBatch) return absl::OkStatus();
  }
}

}  // namespace giaoban::journal
