// The one thread that writes a journal, the queue in front of it, and the answers behind it.
#ifndef GIAOBAN_JOURNAL_COMMITTER_H_
#define GIAOBAN_JOURNAL_COMMITTER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/shared/journal/answers.h"
#include "services/shared/journal/group.h"
#include "services/shared/journal/journal.h"
#include "services/shared/storage/store.h"

namespace giaoban::journal {

class Committer {
 public:
  // What a commit acknowledges is noted in `acknowledged` first, unless that is null. After each commit with new
  // entries `committed` is called before those who asked are answered, and `answered` after it, so that only
  // later answers wait for it.
  Committer(storage::Store& store, Signer signer, Options options, Acknowledged* acknowledged,
            Journal::Listener committed, Journal::Listener answered);
  // Commits what waits, and answers.
  ~Committer();

  void Append(Request request);
  void EndRetries();

 private:
  void Work();
  bool Wake() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || !waiting_.empty(); }
  absl::Status Enqueue(Request& request);
  // The oldest request and the others of its cluster, one of each subject; empty when it is time to stop.
  std::list<Request> NextGroup();
  using Moment = std::chrono::steady_clock::time_point;
  // `start` is when it was first tried.
  void Commit(std::list<Request> requests, Moment start);
  void CommitEach(std::list<Request> requests, Moment start);
  // Hands over what a commit came to. `position` is the last one when there are new entries, and otherwise 0.
  void Answer(std::list<Request> requests, std::vector<absl::StatusOr<Committed>> outcomes, int64_t position);
  // Before anybody is told of an entry: see Acknowledged::Note.
  absl::Status Acknowledge(const std::string& cluster, int64_t position) const;
  // Whether to try again, after a pause, what came to nothing that long after it was begun.
  bool TryAgain(const absl::Status& failure, absl::Duration passed, int tries);
  bool Hurrying() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || hurrying_; }

  storage::Store& store_;
  const Signer signer_;
  const Options options_;
  Acknowledged* const acknowledged_;
  const Journal::Listener committed_;
  const Journal::Listener answered_;
  absl::Mutex mutex_;
  std::list<Request> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool hurrying_ ABSL_GUARDED_BY(mutex_) = false;
  // What is left to answer needs what is above.
  Answers answers_;
  std::thread thread_;
};

}  // namespace giaoban::journal

#endif  // GIAOBAN_JOURNAL_COMMITTER_H_
