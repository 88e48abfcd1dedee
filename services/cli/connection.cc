#include "services/cli/connection.h"

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "google/protobuf/descriptor.h"
#include "services/cli/args.h"
#include "services/shared/runtime/client.h"
#include "services/shared/runtime/credentials.h"
#include "services/shared/runtime/status.h"

namespace giaoban::cli {
namespace {

using google::protobuf::MessageLite;
using google::protobuf::MethodDescriptor;
using Stub = grpc::TemplatedGenericStub<MessageLite, MessageLite>;
using Waiting = std::function<void(absl::string_view, absl::Duration)>;

// A stream that had begun is asked for again so often, after pauses that grow by this; from the start once it has
// lasted.
constexpr int kTries = 10;
constexpr absl::Duration kPause = absl::Milliseconds(100);
constexpr absl::Duration kLasted = absl::Seconds(10);

std::string PathOf(const MethodDescriptor& method) {
  return absl::StrCat("/", method.service()->full_name(), "/", method.name());
}

// The operations of one call, one after the other.
class Operations {
 public:
  ~Operations() {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  grpc::CompletionQueue* queue() { return &queue_; }

  // Waits for the one operation under way; `waiting` is called once a second meanwhile.
  bool Wait(absl::FunctionRef<void()> waiting = [] {}) {
    void* tag = nullptr;
    bool ok = false;
    while (true) {
      const auto until = std::chrono::system_clock::now() + std::chrono::seconds(1);
      if (queue_.AsyncNext(&tag, &ok, until) == grpc::CompletionQueue::GOT_EVENT) return ok;
      waiting();
    }
  }

 private:
  grpc::CompletionQueue queue_;
};

// A folder that cannot be used is for the person at the keyboard to put right.
absl::Status SetupError(const absl::Status& status) {
  runtime::Detail detail = runtime::DetailOf(status);
  detail.reason = "IDENTITY_FOLDER";
  return runtime::Error(absl::StatusCode::kFailedPrecondition, status.message(), std::move(detail));
}

class GrpcConnection final : public Connection {
 public:
  GrpcConnection(std::string directory, absl::Duration timeout, Waiting waiting)
      : directory_(std::move(directory)), timeout_(timeout), waiting_(std::move(waiting)) {}

  absl::Status CallAt(const std::string& service, const std::string& address, const Message& request,
                      Message* response) override {
    const MethodDescriptor& method = MethodOf(request);
    absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = ChannelTo(service, address);
    if (!channel.ok()) return channel.status();
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(timeout_));
    context.AddMetadata("giaoban-detail-bytes", absl::StrCat(runtime::kLongestDetailBytes));
    Operations operations;
    Stub stub(*channel);
    auto call = stub.PrepareUnaryCall(&context, PathOf(method), request, operations.queue());
    call->StartCall();
    grpc::Status status;
    call->Finish(response, &status, nullptr);
    const absl::Time start = absl::Now();
    operations.Wait([&] { waiting_(service, absl::Now() - start); });
    return runtime::FromGrpc(status);
  }

  absl::StatusOr<std::map<std::string, std::vector<std::string>>> Processes() override {
    if (absl::Status status = LoadCredentials(); !status.ok()) return status;
    std::map<std::string, std::vector<std::string>> processes;
    for (const auto& [service, addresses] : credentials_->addresses()) {
      for (const std::string& address : runtime::AddressesIn(addresses)) processes[address].push_back(service);
    }
    if (!processes.empty()) return processes;
    // Said as for any call that does not know where to go.
    return SetupError(runtime::Connect(*credentials_, "directory").status());
  }

  absl::Status Stream(const Message& request, Message* response, absl::FunctionRef<bool()> take) override {
    bool begun = false;
    for (int tries = 1;; ++tries) {
      const absl::Time start = absl::Now();
      bool brought = false;
      const absl::Status status = StreamOnce(request, response, [&] {
        brought = true;
        return take();
      });
      begun |= brought;
      if (brought || absl::Now() - start > kLasted) tries = 1;
      if (!begun || !absl::IsUnavailable(status) || tries == kTries) return status;
      absl::SleepFor(kPause * tries);
    }
  }

 private:
  absl::Status StreamOnce(const Message& request, Message* response, absl::FunctionRef<bool()> take) {
    const MethodDescriptor& method = MethodOf(request);
    absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = ChannelTo(ServiceOf(method));
    if (!channel.ok()) return channel.status();
    grpc::ClientContext context;
    Operations operations;
    Stub stub(*channel);
    auto call = stub.PrepareCall(&context, PathOf(method), operations.queue());
    call->StartCall(nullptr);
    if (operations.Wait()) {
      call->WriteLast(request, grpc::WriteOptions(), nullptr);
      operations.Wait();
    }
    while (true) {
      response->Clear();
      call->Read(response, nullptr);
      if (!operations.Wait()) break;
      if (take()) continue;
      context.TryCancel();
      return absl::OkStatus();
    }
    grpc::Status status;
    call->Finish(&status, nullptr);
    operations.Wait();
    return runtime::FromGrpc(status);
  }

  absl::Status LoadCredentials() {
    absl::MutexLock lock(&mutex_);
    if (credentials_ != nullptr) return absl::OkStatus();
    if (directory_.empty()) {
      return UsageError("chưa biết định danh: ghi --identity DIR hoặc đặt biến môi trường GIAOBAN_IDENTITY",
                        "no identity: give --identity DIR or set the environment variable GIAOBAN_IDENTITY");
    }
    auto credentials = runtime::Credentials::Load(directory_);
    if (!credentials.ok()) return SetupError(credentials.status());
    credentials_ = *std::move(credentials);
    return absl::OkStatus();
  }

  absl::StatusOr<std::shared_ptr<grpc::Channel>> ChannelTo(const std::string& service,
                                                           const std::string& address = "") {
    if (absl::Status status = LoadCredentials(); !status.ok()) return status;
    absl::MutexLock lock(&mutex_);
    std::shared_ptr<grpc::Channel>& known = channels_[{service, address}];
    if (known == nullptr) {
      absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = runtime::Connect(*credentials_, service, address);
      if (!channel.ok()) return SetupError(channel.status());
      known = *std::move(channel);
    }
    return known;
  }

  const std::string directory_;
  const absl::Duration timeout_;
  const Waiting waiting_;
  absl::Mutex mutex_;
  // Set once.
  std::shared_ptr<runtime::Credentials> credentials_;
  // By service and address; kept, for with its last channel a connection ends.
  std::map<std::pair<std::string, std::string>, std::shared_ptr<grpc::Channel>> channels_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::Status Connection::Call(const Message& request, Message* response) {
  return CallAt(ServiceOf(MethodOf(request)), "", request, response);
}

const MethodDescriptor& MethodOf(const Message& request) {
  const google::protobuf::ServiceDescriptor* service = request.GetDescriptor()->file()->service(0);
  int index = 0;
  while (service->method(index)->input_type() != request.GetDescriptor()) ++index;
  return *service->method(index);
}

std::string ServiceOf(const MethodDescriptor& method) {
  const std::vector<std::string> package = absl::StrSplit(method.file()->package(), '.');
  return package[1];
}

std::unique_ptr<Connection> MakeConnection(std::string identity_directory, absl::Duration timeout, Waiting waiting) {
  return std::make_unique<GrpcConnection>(std::move(identity_directory), timeout, std::move(waiting));
}

}  // namespace giaoban::cli
