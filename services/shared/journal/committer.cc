#include "services/shared/journal/committer.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "services/shared/journal/acknowledged.h"

namespace giaoban::journal {
namespace {

// Before a commit is tried again: longer each time.
constexpr absl::Duration kPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(1);

// The engine is well and has room, and yet a statement failed. Which request's it was shows when each has a commit of
// its own.
bool IsOfOneRequest(const absl::Status& failure) {
  return !failure.ok() && !absl::IsUnavailable(failure) && !absl::IsAborted(failure) &&
         !absl::IsResourceExhausted(failure);
}

}  // namespace

Committer::Committer(storage::Store& store, Signer signer, Options options, Acknowledged* acknowledged,
                     Journal::Listener committed, Journal::Listener answered)
    : store_(store),
      signer_(std::move(signer)),
      options_(std::move(options)),
      acknowledged_(acknowledged),
      committed_(std::move(committed)),
      answered_(std::move(answered)) {
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

absl::Status Committer::Acknowledge(const std::string& cluster, int64_t position) const {
  return acknowledged_ != nullptr ? acknowledged_->Note(cluster, position) : absl::OkStatus();
}

void Committer::EndRetries() {
  absl::MutexLock lock(&mutex_);
  hurrying_ = true;
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
  for (std::list<Request> group = NextGroup(); !group.empty(); group = NextGroup()) {
    Commit(std::move(group), std::chrono::steady_clock::now());
  }
}

std::list<Request> Committer::NextGroup() {
  std::list<Request> group;
  std::set<absl::string_view> subjects;
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &Committer::Wake));
  for (auto next = waiting_.begin(); next != waiting_.end() && static_cast<int>(group.size()) < options_.group_limit;) {
    const auto candidate = next++;
    if (!group.empty() && candidate->key.cluster != group.front().key.cluster) continue;
    const std::string& subject = candidate->key.subject;
    if (subject.empty() || subjects.insert(subject).second) group.splice(group.end(), waiting_, candidate);
  }
  options_.observer.waiting(static_cast<int>(waiting_.size()));
  return group;
}

// A commit whose outcome nobody knows may be tried again: a request that was carried out is found and answered.
void Committer::Commit(std::list<Request> requests, Moment start) {
  const auto passed = [&] { return absl::FromChrono(std::chrono::steady_clock::now() - start); };
  const std::string cluster = requests.front().key.cluster;
  for (int tries = 1;; ++tries) {
    Group group(requests, signer_, options_);
    absl::Status status = store_.Write(cluster, [&](storage::Session& session) { return group.Run(session); });
    if (status.ok()) status = Acknowledge(cluster, group.last_position());
    if (group.size() > 0 || !status.ok()) options_.observer.committed(group.size(), passed(), status);
    if (!status.ok() && TryAgain(status, passed(), tries)) continue;
    if (requests.size() > 1 && IsOfOneRequest(status)) return CommitEach(std::move(requests), start);
    if (!status.ok()) group.Fail(status);
    const bool news = group.size() > 0 && status.ok();
    return Answer(std::move(requests), group.TakeOutcomes(), news ? group.last_position() : 0);
  }
}

void Committer::Answer(std::list<Request> requests, std::vector<absl::StatusOr<Committed>> outcomes, int64_t position) {
  answers_.Add([this, position, requests = std::move(requests), outcomes = std::move(outcomes)]() mutable {
    const std::string cluster = requests.front().key.cluster;
    if (position > 0) committed_(cluster, position);
    auto outcome = outcomes.begin();
    for (Request& request : requests) request.done(std::move(*outcome++));
    if (position > 0) answered_(cluster, position);
  });
}

void Committer::CommitEach(std::list<Request> requests, Moment start) {
  while (!requests.empty()) {
    std::list<Request> one;
    one.splice(one.end(), requests, requests.begin());
    Commit(std::move(one), start);
  }
}

bool Committer::TryAgain(const absl::Status& failure, absl::Duration passed, int tries) {
  if (!absl::IsUnavailable(failure) && !absl::IsAborted(failure)) return false;
  if (passed >= store_.recovery()) return false;
  absl::MutexLock lock(&mutex_);
  const absl::Duration pause = std::min(kPause * tries, kLongestPause);
  return !mutex_.AwaitWithTimeout(absl::Condition(this, &Committer::Hurrying), pause);
}

}  // namespace giaoban::journal
