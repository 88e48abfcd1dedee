// The server side of a Watch call.
#ifndef GIAOBAN_RUNTIME_WRITE_STREAM_H_
#define GIAOBAN_RUNTIME_WRITE_STREAM_H_

#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/runtime/status.h"
#include "services/shared/runtime/stream_registry.h"

namespace giaoban::runtime {

// Writes messages as `next` gives them, one at a time, and waits without a thread
// when there is none. Deletes itself when the call is over.
//
// `next` fills the message and returns true; false means nothing now (Wake() asks
// again); an error ends the call. It is called by one thread at a time, and only when
// the message before it has left: a slow reader costs one message, not a queue.
template <typename Response>
class WriteStream final : public grpc::ServerWriteReactor<Response> {
 public:
  using Next = std::function<absl::StatusOr<bool>(Response*)>;

  // `registry` ends the stream at shutdown, when its caller may not go on, and at once when the caller has too many.
  // With `end_when_idle` the call ends with OK as soon as there is nothing more.
  static WriteStream* Start(StreamRegistry& registry, grpc::CallbackServerContext* context, Next next,
                            bool end_when_idle = false);

  // Says that `next` may have something. Any thread, any number of times. What calls
  // this must be kept (Keep), and once destroyed must not call it any more; call it once
  // after that is in place, for what came in before.
  void Wake();
  // Ends the call with this status after the write in progress.
  void End(absl::Status status);
  // Something to destroy together with the stream. Only before the handler returns.
  void Keep(std::shared_ptr<void> what) { kept_.push_back(std::move(what)); }

 private:
  enum class Phase { kIdle, kBusy, kFinished };
  WriteStream(Next next, bool end_when_idle) : next_(std::move(next)), end_when_idle_(end_when_idle) {}
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void Pump();
  bool Rest();

  Next next_;
  const bool end_when_idle_;
  Response response_;
  std::vector<std::shared_ptr<void>> kept_;
  absl::Mutex mutex_;
  Phase phase_ ABSL_GUARDED_BY(mutex_) = Phase::kIdle;
  bool more_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_ ABSL_GUARDED_BY(mutex_);
};

template <typename Response>
WriteStream<Response>* WriteStream<Response>::Start(StreamRegistry& registry, grpc::CallbackServerContext* context,
                                                    Next next, bool end_when_idle) {
  absl::StatusOr<std::shared_ptr<void>> open = registry.Open(*context);
  Next checked = [&registry, context, refused = open.status(),
                  next = std::move(next)](Response* response) mutable -> absl::StatusOr<bool> {
    if (!refused.ok()) return refused;
    if (absl::Status known = registry.MayGoOn(*context); !known.ok()) return known;
    return next(response);
  };
  auto* stream = new WriteStream(std::move(checked), end_when_idle);
  if (open.ok()) stream->Keep(*std::move(open));
  // Tells the caller that it is admitted, which a quiet stream would not for hours.
  stream->StartSendInitialMetadata();
  stream->Keep(registry.Add(*context, [stream](absl::Status status) { stream->End(std::move(status)); }));
  stream->Wake();
  return stream;
}

template <typename Response>
void WriteStream<Response>::Wake() {
  {
    absl::MutexLock lock(&mutex_);
    more_ = true;
    if (phase_ != Phase::kIdle) return;
    phase_ = Phase::kBusy;
  }
  Pump();
}

template <typename Response>
void WriteStream<Response>::End(absl::Status status) {
  {
    absl::MutexLock lock(&mutex_);
    if (ending_ || phase_ == Phase::kFinished) return;
    ending_ = true;
    end_ = status;
    if (phase_ != Phase::kIdle) return;
    phase_ = Phase::kFinished;
  }
  this->Finish(ToGrpc(status));
}

template <typename Response>
void WriteStream<Response>::OnWriteDone(bool ok) {
  if (!ok) End(absl::CancelledError("the caller has gone"));
  Pump();
}

template <typename Response>
void WriteStream<Response>::OnCancel() {
  End(absl::CancelledError("the caller has gone"));
}

template <typename Response>
void WriteStream<Response>::OnDone() {
  // Until these are gone something may still call Wake(), which needs the stream whole.
  next_ = nullptr;
  kept_.clear();
  delete this;
}

// Runs in phase kBusy, which keeps other threads out. Once a write or a finish has
// started the stream may be gone at any moment, so nothing comes after them.
template <typename Response>
void WriteStream<Response>::Pump() {
  while (true) {
    {
      absl::ReleasableMutexLock lock(&mutex_);
      if (ending_) {
        phase_ = Phase::kFinished;
        const absl::Status status = end_;
        lock.Release();
        this->Finish(ToGrpc(status));
        return;
      }
      more_ = false;
    }
    response_.Clear();
    const absl::StatusOr<bool> filled = next_(&response_);
    if (filled.ok() && *filled) {
      this->StartWrite(&response_);
      return;
    }
    if (!filled.ok()) {
      End(filled.status());
    } else if (Rest()) {
      return;
    }
  }
}

// Nothing to write: waits for Wake(), unless it came meanwhile or the call is to end.
template <typename Response>
bool WriteStream<Response>::Rest() {
  absl::MutexLock lock(&mutex_);
  if (ending_ || more_) return false;
  ending_ = end_when_idle_;
  if (!ending_) phase_ = Phase::kIdle;
  return !ending_;
}

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_WRITE_STREAM_H_
