// Watch streams as callers meet them, over real connections.
#include "services/shared/runtime/write_stream.h"

#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "services/shared/runtime/test_support.h"

namespace giaoban::runtime {
namespace {

using directory::v1::WatchResponse;

constexpr absl::Duration kPatience = absl::Seconds(20);

class WriteStreamTest : public testing::Test {
 protected:
  struct Watching {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<WatchResponse>> reader;
    int64_t Next() {
      WatchResponse response;
      return reader->Read(&response) ? response.entry().position() : -1;
    }
  };

  std::unique_ptr<Watching> Watch(int64_t after) {
    auto watching = std::make_unique<Watching>();
    watching->context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    directory::v1::WatchRequest request;
    request.set_after(after);
    watching->reader = stub_->Watch(&watching->context, request);
    watching->reader->WaitForInitialMetadata();
    return watching;
  }

  // Whether the number of open streams becomes this.
  bool OpenStreamsBecome(int expected) {
    const absl::Time limit = absl::Now() + kPatience;
    while (directory_.open_streams() != expected && absl::Now() < limit) std::this_thread::yield();
    return directory_.open_streams() == expected;
  }

  TestAuthority authority_;
  TestEnvironment process_;
  const Environment environment_ = process_.Get("", absl::Now, authority_.Load("directory"));
  CountingDirectory directory_{environment_};
  std::unique_ptr<Server> server_ = Serve(environment_, directory_);
  std::unique_ptr<directory::v1::DirectoryService::Stub> stub_ = directory::v1::DirectoryService::NewStub(
      Connect(*authority_.Load("aggregator", server_->address()), "directory").value());
};

// Goal: first the past, then what comes, in order and each once.
TEST_F(WriteStreamTest, SendsPastThenLive) {
  directory_.Grow(50);
  const auto watching = Watch(20);
  for (int64_t position = 21; position <= 50; ++position) ASSERT_EQ(watching->Next(), position);
  for (int64_t position = 51; position <= 150; ++position) {
    directory_.Grow(position);
    ASSERT_EQ(watching->Next(), position);
  }
}

// Goal: wakes from other threads, at any moment, lose nothing.
TEST_F(WriteStreamTest, LosesNoWake) {
  constexpr int64_t kEntries = 20'000;
  const auto watching = Watch(0);
  std::thread writer([this] {
    for (int64_t position = 1; position <= kEntries; ++position) directory_.Grow(position);
  });
  for (int64_t position = 1; position <= kEntries; ++position) {
    if (watching->Next() != position) {
      ADD_FAILURE() << "at " << position;
      break;
    }
  }
  writer.join();
}

// Goal: draining ends idle and busy streams with UNAVAILABLE, the server then stops at once though its
// patience is long, and a stream opened in between ends too.
TEST_F(WriteStreamTest, DrainEndsStreamsQuickly) {
  std::vector<std::unique_ptr<Watching>> all;
  for (int i = 0; i < 8; ++i) all.push_back(Watch(0));
  directory_.Grow(5);
  const absl::Time start = absl::Now();
  directory_.streams.Drain();
  all.push_back(Watch(0));
  server_->Shutdown(kPatience);
  EXPECT_LT(absl::Now() - start, kPatience / 4);
  for (const auto& watching : all) {
    while (watching->Next() > 0) {
    }
    const absl::Status end = FromGrpc(watching->reader->Finish());
    EXPECT_EQ(end.code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(DetailOf(end).reason, "STOPPING");
  }
  EXPECT_EQ(directory_.open_streams(), 0);
}

// Goal: a caller that goes away frees its stream, also one that never read what was sent.
TEST_F(WriteStreamTest, GoneCallersAreFreed) {
  directory_.Grow(1'000'000);
  {
    const auto slow = Watch(0), idle = Watch(1'000'000);
    ASSERT_EQ(directory_.open_streams(), 2);
    slow->context.TryCancel();
    idle->context.TryCancel();
    EXPECT_TRUE(OpenStreamsBecome(0));
    slow->reader->Finish();
    idle->reader->Finish();
  }
  // And the next one is served.
  EXPECT_EQ(Watch(41)->Next(), 42);
}

// Goal: a caller that reads slowly costs one message and what gRPC buffers, not a queue of everything.
TEST_F(WriteStreamTest, SlowReaderHoldsNothingBack) {
  directory_.Grow(1'000'000);
  const auto slow = Watch(0);
  ASSERT_EQ(slow->Next(), 1);
  const auto quick = Watch(999'990);
  for (int64_t position = 999'991; position <= 1'000'000; ++position) ASSERT_EQ(quick->Next(), position);
  EXPECT_EQ(slow->Next(), 2);
}

// Goal: a stream whose caller was revoked ends without waiting for a message, and says why; others go on.
TEST_F(WriteStreamTest, EndsForWhoMayNotGoOn) {
  const auto gone = Watch(0);
  stub_ = directory::v1::DirectoryService::NewStub(
      Connect(*authority_.Load("van-hanh", server_->address()), "directory").value());
  const auto stays = Watch(0);
  ASSERT_TRUE(OpenStreamsBecome(2));
  authority_.Certs("revoke", "service/aggregator");
  directory_.streams.Review();
  EXPECT_EQ(directory_.open_streams(), 2) << "nobody has heard of it yet";
  ASSERT_TRUE(environment_.credentials->Refresh().ok());
  directory_.streams.Review();
  EXPECT_EQ(gone->Next(), -1);
  const grpc::Status status = gone->reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(status.error_message(), "the certificate was revoked");
  EXPECT_EQ(DetailOf(FromGrpc(status)).vietnamese, "Chứng thư đã bị thu hồi.");
  EXPECT_TRUE(OpenStreamsBecome(1));
  directory_.Grow(1);
  EXPECT_EQ(stays->Next(), 1);
}

// Goal: nothing is sent to somebody revoked, also before anybody has looked at the streams.
TEST_F(WriteStreamTest, SendsNothingToWhoMayNotGoOn) {
  const auto watching = Watch(0);
  authority_.Certs("revoke", "service/aggregator");
  ASSERT_TRUE(environment_.credentials->Refresh().ok());
  directory_.Grow(5);
  EXPECT_EQ(watching->Next(), -1);
  EXPECT_EQ(watching->reader->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

// Three entries; then the journal fails, or there is nothing more.
class EndingDirectory : public directory::v1::DirectoryService::CallbackService {
 public:
  explicit EndingDirectory(const Environment& environment) : streams_(environment) {}

  grpc::ServerWriteReactor<WatchResponse>* Watch(grpc::CallbackServerContext* context,
                                                 const directory::v1::WatchRequest* request) override {
    const bool fails = request->after() == 1;
    auto next = [fails, left = 3](WatchResponse*) mutable -> absl::StatusOr<bool> {
      if (left-- > 0) return true;
      if (fails) return absl::DataLossError("the journal is damaged");
      return false;
    };
    return WriteStream<WatchResponse>::Start(streams_, context, next, true);
  }

 private:
  StreamRegistry streams_;
};

// Goal: a source that fails ends the call with its error, after what came before it; with end_when_idle a source
// that has nothing more ends it with OK.
TEST_F(WriteStreamTest, EndsAsTheSourceSays) {
  EndingDirectory ending(environment_);
  const auto server = Server::Start(environment_, "127.0.0.1:0", {ServedAs<directory::v1::DirectoryService>(ending)});
  ASSERT_TRUE(server.ok());
  stub_ = directory::v1::DirectoryService::NewStub(
      Connect(*authority_.Load("aggregator", (*server)->address()), "directory").value());
  for (const auto& [after, code] : {std::pair(0, grpc::StatusCode::OK), std::pair(1, grpc::StatusCode::DATA_LOSS)}) {
    const auto watching = Watch(after);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(watching->Next(), 0);
    EXPECT_EQ(watching->Next(), -1);
    EXPECT_EQ(watching->reader->Finish().error_code(), code);
  }
}

// Goal: handles take streams out, a drained registry ends what comes later at once.
TEST(StreamRegistry, EndsWhatIsInIt) {
  TestEnvironment process;
  StreamRegistry registry(process.Get());
  const grpc::CallbackServerContext context;
  absl::Status kept, gone, late;
  const auto handle = registry.Add(context, [&](absl::Status end) { kept = std::move(end); });
  registry.Add(context, [&](absl::Status end) { gone = std::move(end); }).reset();
  registry.Drain();
  registry.Add(context, [&](absl::Status end) { late = std::move(end); });
  EXPECT_TRUE(absl::IsUnavailable(kept)) << kept;
  EXPECT_TRUE(gone.ok()) << gone;
  EXPECT_TRUE(absl::IsUnavailable(late)) << late;
}

}  // namespace
}  // namespace giaoban::runtime
