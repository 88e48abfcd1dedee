#include "services/directory/password_worker.h"

#include <utility>

namespace giaoban::directory {

PasswordWorker::PasswordWorker(const runtime::Limits& limits, runtime::Metrics& metrics)
    : limits_(limits), metrics_(metrics) {
  thread_ = std::thread([this] { Work(); });
}

PasswordWorker::~PasswordWorker() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

absl::Status PasswordWorker::Do(Line line, absl::AnyInvocable<void()> work) {
  absl::MutexLock lock(&mutex_);
  Queue& queue = lines_[static_cast<size_t>(line)];
  if (static_cast<int64_t>(queue.size()) >= limits_.waiting_passwords) {
    return runtime::PastLimit(&runtime::Limits::waiting_passwords, limits_, metrics_);
  }
  queue.push_back(std::move(work));
  return absl::OkStatus();
}

void PasswordWorker::Work() {
  while (true) {
    absl::AnyInvocable<void()> work;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &PasswordWorker::Wake));
      Queue& queue = lines_[0].empty() ? lines_[1] : lines_[0];
      if (queue.empty()) return;
      work = std::move(queue.front());
      queue.pop_front();
    }
    work();
  }
}

}  // namespace giaoban::directory
