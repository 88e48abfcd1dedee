#include "services/shared/runtime/stream_registry.h"

#include <cstdint>
#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/runtime/access.h"
#include "services/shared/runtime/call.h"
#include "services/shared/runtime/status.h"

namespace giaoban::runtime {
namespace {

// What a drained stream ends with.
absl::Status Drained() {
  return Error(absl::StatusCode::kUnavailable, "the service is stopping; resume from the last position seen",
               {.reason = "STOPPING", .vietnamese = "Dịch vụ đang dừng; hãy nối lại từ vị trí đã nhận cuối cùng."});
}

}  // namespace

struct StreamRegistry::State {
  struct Stream {
    const grpc::ServerContextBase* context;
    std::function<void(absl::Status)> end;
  };

  absl::Mutex mutex;
  bool drained ABSL_GUARDED_BY(mutex) = false;
  int64_t last ABSL_GUARDED_BY(mutex) = 0;
  std::map<int64_t, Stream> streams ABSL_GUARDED_BY(mutex);

  void Remove(int64_t id) {
    absl::MutexLock lock(&mutex);
    streams.erase(id);
  }
};

StreamRegistry::StreamRegistry(const Environment& environment)
    : environment_(environment), state_(std::make_shared<State>()) {}

StreamRegistry::~StreamRegistry() = default;

absl::StatusOr<std::shared_ptr<void>> StreamRegistry::Open(const grpc::ServerContextBase& context) const {
  return environment_.callers.OpenStream(CallerOf(context), environment_.clock());
}

absl::Status StreamRegistry::MayGoOn(const grpc::ServerContextBase& context) const {
  return Identify(environment_, *context.auth_context(), context.client_metadata()).status();
}

// Streams are ended under the lock, so that none can go while it is being ended.

void StreamRegistry::Review() {
  absl::MutexLock lock(&state_->mutex);
  for (const auto& [id, stream] : state_->streams) {
    if (absl::Status known = MayGoOn(*stream.context); !known.ok()) stream.end(known);
  }
}

void StreamRegistry::Drain() {
  absl::MutexLock lock(&state_->mutex);
  state_->drained = true;
  for (const auto& [id, stream] : state_->streams) stream.end(Drained());
}

std::shared_ptr<void> StreamRegistry::Add(const grpc::ServerContextBase& context,
                                          std::function<void(absl::Status)> end) {
  absl::MutexLock lock(&state_->mutex);
  if (state_->drained) {
    end(Drained());
    return nullptr;
  }
  const int64_t id = ++state_->last;
  state_->streams.emplace(id, State::Stream{&context, std::move(end)});
  return {state_.get(), [state = state_, id](void*) { state->Remove(id); }};
}

}  // namespace giaoban::runtime
