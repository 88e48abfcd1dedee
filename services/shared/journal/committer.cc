#include "services/shared/journal/committer.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace giaoban::journal {

Committer::Committer(storage::Store& store, Signer signer, Options options, Journal::Listener committed)
    : store_(store), signer_(std::move(signer)), options_(std::move(options)), committed_(std::move(committed)) {
  thread_ = std::thread([this] { Work(); });
}

Committer::~Committer() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void Committer::Append(Request request) {
  if (absl::Status status = Enqueue(request); !status.ok()) request.done(std::move(status));
}

absl::Status Committer::Enqueue(Request& request) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return absl::UnavailableError("the journal is closing");
  if (static_cast<int>(waiting_.size()) >= options_.queue_limit) return options_.full();
  waiting_.push_back(std::move(request));
  options_.observer.waiting(static_cast<int>(waiting_.size()));
  return absl::OkStatus();
}

void Committer::Work() {
  for (std::list<Request> group = NextGroup(); !group.empty(); group = NextGroup()) Commit(std::move(group));
}

std::list<Request> Committer::NextGroup() {
  std::list<Request> group;
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &Committer::Wake));
  for (auto next = waiting_.begin(); next != waiting_.end() && static_cast<int>(group.size()) < options_.group_limit;) {
    const auto candidate = next++;
    if (group.empty() || candidate->key.cluster == group.front().key.cluster) {
      group.splice(group.end(), waiting_, candidate);
    }
  }
  options_.observer.waiting(static_cast<int>(waiting_.size()));
  return group;
}

void Committer::Commit(std::list<Request> requests) {
  const auto start = std::chrono::steady_clock::now();
  const std::string cluster = requests.front().key.cluster;
  Group group(requests, signer_, [&] { return TimeIn(cluster); });
  const absl::Status status = store_.Write([&](storage::Session& session) { return group.Run(session); });
  if (!status.ok()) group.Fail(status);
  if (group.size() > 0 || !status.ok()) {
    options_.observer.committed(group.size(), absl::FromChrono(std::chrono::steady_clock::now() - start), status);
  }
  if (group.size() > 0 && status.ok()) committed_(cluster, group.last_position());
  group.Answer();
}

absl::Time Committer::TimeIn(const std::string& cluster) {
  absl::Time& last = last_times_.try_emplace(cluster, absl::InfinitePast()).first->second;
  last = std::max(last, options_.clock());
  return last;
}

}  // namespace giaoban::journal
