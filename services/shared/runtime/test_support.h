// For tests of the suite that need the real thing: certificates made by `giaoban certs` in a
// temporary folder, and a directory service that only counts.
#ifndef GIAOBAN_RUNTIME_TEST_SUPPORT_H_
#define GIAOBAN_RUNTIME_TEST_SUPPORT_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "giaoban/directory/v1/directory.grpc.pb.h"
#include "services/shared/runtime/call.h"
#include "services/shared/runtime/client.h"
#include "services/shared/runtime/credentials.h"
#include "services/shared/runtime/feed.h"
#include "services/shared/runtime/server.h"
#include "services/shared/runtime/test_environment.h"
#include "services/shared/runtime/write_stream.h"

namespace giaoban::runtime {

// A certificate authority of its own, gone with the object.
class TestAuthority {
 public:
  TestAuthority() {
    std::string pattern = testing::TempDir() + "giaoban-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    directory_ = pattern;
    Certs("init", "");
    Make("service/directory service/aggregator office/quang-ninh chair/quang-ninh=cum-truong operator/van-hanh");
  }
  ~TestAuthority() { std::filesystem::remove_all(directory_); }
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  // Makes more identities: "service/training office/cao-bang".
  void Make(const std::string& identities) const { Certs("issue", identities); }

  // Runs `giaoban certs revoke office/quang-ninh` and the like.
  void Certs(const std::string& command, const std::string& operands) const {
    const std::string line = absl::StrCat(GIAOBAN_PROGRAM " certs ", command, " --authority ", directory_, " ",
                                          operands, " >", directory_, "/log");
    if (std::system(line.c_str()) != 0) std::abort();
  }

  const std::string& directory() const { return directory_; }
  std::string Folder(const std::string& name) const { return absl::StrCat(directory_, "/identities/", name); }

  // The credentials of an identity that knows the directory service at this address.
  std::shared_ptr<Credentials> Load(const std::string& name, const std::string& address = "127.0.0.1:1") const {
    std::ofstream(Folder(name) + "/addresses") << "directory " << address << "\n";
    return Credentials::Load(Folder(name)).value();
  }

 private:
  std::string directory_;
};

// A directory service with a journal of numbers: entry n says "n".
class CountingDirectory : public directory::v1::DirectoryService::CallbackService {
 public:
  explicit CountingDirectory(const Environment& environment) : streams(environment) {}

  grpc::ServerUnaryReactor* GetCluster(grpc::CallbackServerContext* context, const directory::v1::GetClusterRequest*,
                                       directory::v1::GetClusterResponse*) override {
    return Count("GetCluster", context);
  }
  grpc::ServerUnaryReactor* RecordOrganisationEvent(grpc::CallbackServerContext* context,
                                                    const directory::v1::RecordOrganisationEventRequest*,
                                                    directory::v1::RecordOrganisationEventResponse*) override {
    return Count("RecordOrganisationEvent", context);
  }
  grpc::ServerUnaryReactor* RecordPeriodEvent(grpc::CallbackServerContext* context,
                                              const directory::v1::RecordPeriodEventRequest*,
                                              directory::v1::RecordPeriodEventResponse*) override {
    return Count("RecordPeriodEvent", context);
  }
  // Says that it runs by sending its metadata; is not answered before it is cancelled.
  grpc::ServerUnaryReactor* GetLineage(grpc::CallbackServerContext*, const directory::v1::GetLineageRequest*,
                                       directory::v1::GetLineageResponse*) override {
    class Endless final : public grpc::ServerUnaryReactor {
      void OnCancel() override { Finish(grpc::Status::CANCELLED); }
      void OnDone() override { delete this; }
    };
    Note("GetLineage");
    auto* endless = new Endless;
    endless->StartSendInitialMetadata();
    return endless;
  }
  grpc::ServerWriteReactor<directory::v1::WatchResponse>* Watch(grpc::CallbackServerContext* context,
                                                                const directory::v1::WatchRequest* request) override;

  // Appends entries up to this position.
  void Grow(int64_t position);
  // "GetCluster by office/quang-ninh": every call a handler saw.
  std::vector<std::string> calls() const {
    absl::MutexLock lock(&mutex_);
    return calls_;
  }
  // Waits until a handler has been called for this.
  void AwaitCall(const std::string& call) {
    absl::MutexLock lock(&mutex_);
    auto called = [this, &call] { return std::find(calls_.begin(), calls_.end(), call) != calls_.end(); };
    mutex_.Await(absl::Condition(&called));
  }
  // What unary calls are answered with.
  void AnswerWith(absl::Status status) {
    absl::MutexLock lock(&mutex_);
    answer_ = std::move(status);
  }
  int open_streams() const { return *open_; }

  StreamRegistry streams;

 private:
  using Stream = WriteStream<directory::v1::WatchResponse>;

  void Note(const std::string& call) {
    absl::MutexLock lock(&mutex_);
    calls_.push_back(call);
  }

  grpc::ServerUnaryReactor* Count(const std::string& method, grpc::CallbackServerContext* context) {
    Note(absl::StrCat(method, " by ", CallerOf(*context).ToString()));
    absl::MutexLock lock(&mutex_);
    return Finish(context, answer_);
  }

  mutable absl::Mutex mutex_;
  std::vector<std::string> calls_;
  absl::Status answer_;
  std::vector<Stream*> watchers_;
  std::shared_ptr<std::atomic<int>> open_ = std::make_shared<std::atomic<int>>(0);
  std::atomic<int64_t> last_ = 0;
};

inline grpc::ServerWriteReactor<directory::v1::WatchResponse>* CountingDirectory::Watch(
    grpc::CallbackServerContext* context, const directory::v1::WatchRequest* request) {
  auto next = [this,
               position = request->after()](directory::v1::WatchResponse* response) mutable -> absl::StatusOr<bool> {
    if (position >= last_) return false;
    response->mutable_entry()->set_position(++position);
    response->mutable_entry()->set_body(absl::StrCat(position));
    return true;
  };
  Stream* stream = Stream::Start(streams, context, next);
  {
    absl::MutexLock lock(&mutex_);
    watchers_.push_back(stream);
  }
  ++*open_;
  stream->Keep(std::shared_ptr<void>(nullptr, [this, stream, open = open_](void*) {
    absl::MutexLock lock(&mutex_);
    std::erase(watchers_, stream);
    --*open;
  }));
  stream->Wake();
  return stream;
}

inline void CountingDirectory::Grow(int64_t position) {
  absl::MutexLock lock(&mutex_);
  last_ = position;
  for (Stream* watcher : watchers_) watcher->Wake();
}

// A server of that directory on a free port, or a given address.
inline std::unique_ptr<Server> Serve(const Environment& environment, CountingDirectory& service,
                                     const std::string& listen = "127.0.0.1:0") {
  auto server = Server::Start(environment, listen, {ServedAs<directory::v1::DirectoryService>(service)});
  if (!server.ok()) ADD_FAILURE() << server.status();
  return server.ok() ? *std::move(server) : nullptr;
}

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_TEST_SUPPORT_H_
