#include "services/directory/password_worker.h"

#include <utility>

#include "services/shared/runtime/limits.h"

namespace giaoban::directory {

namespace {

constexpr char kLimit[] = "password_queue";

}  // namespace

PasswordWorker::PasswordWorker(runtime::Metrics& metrics) : metrics_(metrics) {
  metrics_.limit.Add({{"limit", kLimit}}).Set(kQueue);
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
  if (queue.size() >= kQueue) return runtime::PastLimit(kLimit, kQueue, metrics_);
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
