#include "services/shared/journal/answers.h"

#include <utility>

namespace giaoban::journal {

Answers::Answers() : thread_([this] { Work(); }) {}

Answers::~Answers() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void Answers::Add(Answer answer) {
  absl::MutexLock lock(&mutex_);
  waiting_.push_back(std::move(answer));
}

void Answers::Work() {
  for (std::list<Answer> next = Next(); !next.empty(); next = Next()) {
    // What an answer holds, a password perhaps, goes with it.
    for (; !next.empty(); next.pop_front()) next.front()();
  }
}

std::list<Answers::Answer> Answers::Next() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &Answers::Wake));
  return std::exchange(waiting_, {});
}

}  // namespace giaoban::journal
