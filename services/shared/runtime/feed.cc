#include "services/shared/runtime/feed.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/alarm.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/runtime/client.h"
#include "services/shared/runtime/log.h"
#include "services/shared/runtime/status.h"

namespace giaoban::runtime {
namespace {

using google::protobuf::internal::WireFormatLite;

constexpr absl::Duration kShortestPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(2);

grpc::ByteBuffer BufferOf(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

bool HoldsEntry(uint32_t tag) {
  return WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED &&
         (WireFormatLite::GetTagFieldNumber(tag) == 1 || WireFormatLite::GetTagFieldNumber(tag) == 2);
}

// Reads the entries in fields 1 and 2 of any WatchResponse, each into `entry`.
absl::Status ReadEntries(grpc::ByteBuffer* answer, report::v1::Entry& entry, absl::FunctionRef<absl::Status()> take) {
  grpc::ProtoBufferReader reader(answer);
  google::protobuf::io::CodedInputStream input(&reader);
  bool any = false;
  while (const uint32_t tag = reader.status().ok() ? input.ReadTag() : 0) {
    if (!HoldsEntry(tag)) {
      if (!WireFormatLite::SkipField(&input, tag)) break;
      continue;
    }
    entry.Clear();
    if (!WireFormatLite::ReadMessage(&input, &entry)) break;
    if (absl::Status taken = take(); !taken.ok()) return taken;
    any = true;
  }
  if (any && input.ConsumedEntireMessage()) return absl::OkStatus();
  return absl::DataLossError("the answer holds no entry");
}

}  // namespace

// Either a call or a pause is under way from Start to Stop; `running_` says so.
class FeedFollower::Impl {
 public:
  Impl(Options options, Metrics& metrics);
  void Start();
  void Stop();

 private:
  class Call;
  void Connect();
  void Connected();
  absl::Status Read(grpc::ByteBuffer* answer) {
    return ReadEntries(answer, entry_, [this] { return Take(); });
  }
  // Takes in entry_.
  absl::Status Take();
  void Forget();
  void Ended(const absl::Status& status);
  void Lost(const absl::Status& status);
  absl::Duration NextPause(const absl::Status& status);
  bool StopsNow();

  const Options options_;
  prometheus::Counter& entries_;
  prometheus::Gauge& lag_;
  prometheus::Gauge& connected_gauge_;
  // Whether the last connection worked, and whether it brought anything.
  std::atomic<bool> connected_ = false;
  std::atomic<bool> progress_ = false;
  // Touched only by the call there is. Kept for the room it has.
  report::v1::Entry entry_;
  // These are touched only between calls, by one thread at a time.
  std::shared_ptr<grpc::Channel> channel_;
  absl::StatusCode last_loss_ = absl::StatusCode::kOk;
  absl::Time began_;
  std::minstd_rand random_{std::random_device{}()};
  absl::Duration pause_ = kShortestPause;

  absl::Mutex mutex_;
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Call* call_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::unique_ptr<grpc::Alarm> alarm_ ABSL_GUARDED_BY(mutex_);
};

// One connection. A server-streaming method is called as a bidirectional one
// whose request is its first and last message: the same bytes, and no generated stub is needed.
class FeedFollower::Impl::Call final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit Call(Impl& follower)
      : follower_(follower), stub_(follower.channel_), request_(BufferOf(follower.options_.request())) {}

  void Start() {
    stub_.PrepareBidiStreamingCall(&context_, follower_.options_.method, {}, this);
    StartWriteLast(&request_, {});
    StartRead(&answer_);
    StartCall();
  }

  void Cancel() { context_.TryCancel(); }

 private:
  void OnReadInitialMetadataDone(bool ok) override {
    if (ok) follower_.Connected();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    refused_ = follower_.options_.credentials->PeerOf(*context_.auth_context()).status();
    if (refused_.ok()) refused_ = follower_.Read(&answer_);
    if (!refused_.ok()) return Cancel();
    answer_.Clear();
    StartRead(&answer_);
  }

  void OnDone(const grpc::Status& status) override {
    const absl::Status end = refused_.ok() ? FromGrpc(status) : refused_;
    Impl& follower = follower_;
    // First: until then Stop() may still cancel this call.
    follower.Forget();
    delete this;
    follower.Ended(end);
  }

  Impl& follower_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer answer_;
  absl::Status refused_;
};

FeedFollower::Impl::Impl(Options options, Metrics& metrics)
    : options_(std::move(options)),
      entries_(metrics.feed_entries.Add({{"service", options_.service}, {"feed", options_.feed}})),
      lag_(metrics.feed_lag.Add({{"service", options_.service}, {"feed", options_.feed}})),
      connected_gauge_(metrics.feed_connected.Add({{"service", options_.service}, {"feed", options_.feed}})) {}

void FeedFollower::Impl::Start() {
  {
    absl::MutexLock lock(&mutex_);
    if (running_) return;
    running_ = true;
  }
  Connect();
}

void FeedFollower::Impl::Stop() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
  if (call_ != nullptr) call_->Cancel();
  if (alarm_ != nullptr) alarm_->Cancel();
  mutex_.Await(absl::Condition(
      +[](bool* running) { return !*running; }, &running_));
  connected_gauge_.Set(0);
}

// The last step of whatever was under way when Stop() came.
bool FeedFollower::Impl::StopsNow() {
  absl::MutexLock lock(&mutex_);
  if (stopping_) running_ = false;
  return stopping_;
}

void FeedFollower::Impl::Connect() {
  if (StopsNow()) return;
  began_ = options_.clock();
  // Another connection only when the certificate or the revocation list has changed since the last.
  channel_ = *runtime::Connect(*options_.credentials, options_.feed);
  auto* call = new Call(*this);
  {
    absl::MutexLock lock(&mutex_);
    call_ = call;
    if (stopping_) call->Cancel();
  }
  call->Start();
}

void FeedFollower::Impl::Connected() {
  connected_gauge_.Set(1);
  if (!connected_.exchange(true)) {
    Log(Severity::kInfo, "feed connected", {{"service", options_.service}, {"feed", options_.feed}});
  }
}

absl::Status FeedFollower::Impl::Take() {
  const absl::StatusOr<absl::Time> recorded = options_.take(entry_);
  if (!recorded.ok()) return recorded.status();
  progress_ = true;
  entries_.Increment();
  lag_.Set(std::max(0.0, absl::ToDoubleSeconds(options_.clock() - *recorded)));
  return absl::OkStatus();
}

void FeedFollower::Impl::Forget() {
  absl::MutexLock lock(&mutex_);
  call_ = nullptr;
}

void FeedFollower::Impl::Ended(const absl::Status& status) {
  if (StopsNow()) return;
  if (!status.ok()) Lost(status);
  if (options_.ended) options_.ended(status);
  const absl::Duration pause = NextPause(status);
  absl::MutexLock lock(&mutex_);
  if (stopping_) {
    running_ = false;
    return;
  }
  // A new one each time: the callback of the one before may still be returning.
  alarm_ = std::make_unique<grpc::Alarm>();
  alarm_->Set(absl::ToChronoTime(absl::Now() + pause), [this](bool) { Connect(); });
}

// Logged once for each cause: a service that stays away does not fill the log.
void FeedFollower::Impl::Lost(const absl::Status& status) {
  connected_gauge_.Set(0);
  if (connected_.exchange(false) || status.code() != last_loss_) {
    Log(Severity::kWarning, "feed lost; it is resumed until it works",
        {{"service", options_.service},
         {"feed", options_.feed},
         {"cause", status.ToString(absl::StatusToStringMode::kWithNoExtraData)}});
  }
  last_loss_ = status.code();
}

absl::Duration FeedFollower::Impl::NextPause(const absl::Status& status) {
  if (status.ok() || progress_.exchange(false) || options_.clock() - began_ > kLongestPause) pause_ = kShortestPause;
  const absl::Duration pause = pause_ * std::uniform_real_distribution<double>(0.5, 1.0)(random_);
  pause_ = std::min(pause_ * 2, kLongestPause);
  return pause;
}

FeedFollower::FeedFollower(Options options, Metrics& metrics)
    : impl_(std::make_shared<Impl>(std::move(options), metrics)) {}

FeedFollower::~FeedFollower() { impl_->Stop(); }

void FeedFollower::Start() { impl_->Start(); }

}  // namespace giaoban::runtime
