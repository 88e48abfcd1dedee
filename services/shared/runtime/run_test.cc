// runtime::Main as operators meet it: a process with flags, signals and an exit code.
// Started as "<this program> serve …flags" it is a service; otherwise it is the test of it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <regex>
#include <sstream>
#include <utility>

#include "absl/strings/str_split.h"
#include "absl/synchronization/notification.h"
#include "services/shared/runtime/component.h"
#include "services/shared/runtime/log.h"
#include "services/shared/runtime/test_support.h"

namespace giaoban::runtime {
namespace {

using testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(20);

// Ready as long as a file of that name is in its data folder.
class FileComponent final : public Component {
 public:
  explicit FileComponent(const Environment& environment) : data_(environment.data_directory), service_(environment) {}
  std::string name() const override { return "directory"; }
  std::vector<Served> services() override { return {ServedAs<directory::v1::DirectoryService>(service_)}; }
  void Start() override {}
  absl::Status Ready() const override {
    if (std::filesystem::exists(data_ + "/ready")) return absl::OkStatus();
    return absl::UnavailableError("there is no file 'ready'");
  }
  void Drain() override { service_.streams.Drain(); }

 private:
  const std::string data_;
  CountingDirectory service_;
};

absl::StatusOr<std::unique_ptr<Component>> MakeFileComponent(const Environment& environment) {
  return std::make_unique<FileComponent>(environment);
}

// A service process.
class Process {
 public:
  explicit Process(std::vector<std::string> flags, const std::string& log) {
    flags.insert(flags.begin(), {"/proc/self/exe", "serve"});
    std::vector<char*> arguments;
    for (std::string& flag : flags) arguments.push_back(flag.data());
    arguments.push_back(nullptr);
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr, arguments.data(), environ) != 0) std::abort();
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    output_ = fdopen(ends[0], "r");
  }
  ~Process() {
    if (pid_ > 0) {
      Signal(SIGKILL);
      Wait();
    }
    fclose(output_);
  }

  void Signal(int number) const { kill(pid_, number); }

  // The next line it says, or "" when it says no more.
  std::string Line() {
    char line[1000];
    return fgets(line, sizeof(line), output_) == nullptr ? "" : line;
  }

  int Wait() {
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  FILE* output_ = nullptr;
};

// A call that tells when its handler runs.
struct EndlessCall final : public grpc::ClientUnaryReactor {
  void OnReadInitialMetadataDone(bool ok) override {
    if (ok) running.Notify();
  }
  void OnDone(const grpc::Status&) override { ended.Notify(); }

  absl::Notification running, ended;
};

class RunTest : public testing::Test {
 protected:
  RunTest() {
    std::filesystem::create_directory(data_);
    SetReady(true);
  }

  void SetReady(bool ready) {
    if (ready) {
      std::ofstream(data_ + "/ready") << "\n";
    } else {
      std::filesystem::remove(data_ + "/ready");
    }
  }

  std::vector<std::string> Flags(const std::string& listen = "127.0.0.1:0") const {
    return {"--identity=" + authority_.Folder("directory"), "--data=" + data_, "--listen=" + listen};
  }

  // Starts a service and notes where it serves.
  std::unique_ptr<Process> Started() {
    auto process = std::make_unique<Process>(Flags(), log_);
    const std::string line = process->Line();
    std::smatch match;
    const std::regex form("serving directory on (127\\.0\\.0\\.1:\\d+), metrics on (127\\.0\\.0\\.1:\\d+)\n");
    EXPECT_TRUE(std::regex_match(line, match, form)) << line << Log();
    address_ = match[1];
    metrics_ = match[2];
    return process;
  }

  std::string Log() const {
    std::ifstream file(log_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::shared_ptr<grpc::Channel> Channel() const {
    return Connect(*authority_.Load("aggregator", address_), "directory").value();
  }

  // The health of a service as grpc.health.v1 says it, as it becomes: 1 serving, 2 not serving.
  bool HealthBecomes(const std::string& service, char expected) const {
    grpc::GenericStub stub(Channel());
    const absl::Time limit = absl::Now() + kPatience;
    std::string answer;
    do {
      grpc::ClientContext context;
      // The request and the answer each have one short field 1: its tag, (its length,) its value.
      const std::string bytes =
          service.empty() ? "" : absl::StrCat("\x0a", std::string(1, static_cast<char>(service.size())), service);
      const grpc::Slice slice(bytes);
      const grpc::ByteBuffer request(&slice, 1);
      grpc::ByteBuffer response;
      absl::Notification done;
      stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &request, &response,
                     [&](const grpc::Status&) { done.Notify(); });
      done.WaitForNotification();
      grpc::Slice whole;
      if (!response.DumpToSingleSlice(&whole).ok()) continue;
      answer.assign(reinterpret_cast<const char*>(whole.begin()), whole.size());
    } while (answer != std::string{'\x08', expected} && absl::Now() < limit);
    return answer == std::string{'\x08', expected};
  }

  // What an unusable start says, and its exit code.
  std::string Refusal(std::vector<std::string> flags, int expected_code = 1) {
    Process process(std::move(flags), log_);
    EXPECT_EQ(process.Line(), "");
    EXPECT_EQ(process.Wait(), expected_code);
    return Log();
  }

  const TestAuthority authority_;
  const std::string data_ = authority_.directory() + "/data";
  const std::string log_ = authority_.directory() + "/service.log";
  std::string address_, metrics_;
};

// Goal: it says where it serves, serves there, and stops by itself with 0 well within two seconds, open
// streams included.
TEST_F(RunTest, ServesUntilTerminated) {
  for (const int number : {SIGTERM, SIGINT}) {
    const auto process = Started();
    const auto stub = directory::v1::DirectoryService::NewStub(Channel());
    grpc::ClientContext context;
    const auto watching = stub->Watch(&context, {});
    watching->WaitForInitialMetadata();
    const absl::Time start = absl::Now();
    process->Signal(number);
    EXPECT_EQ(process->Wait(), 0);
    EXPECT_LT(absl::Now() - start, absl::Seconds(2));
    EXPECT_EQ(watching->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  }
}

// Goal: health follows readiness both ways, by service and as a whole; every change is logged once.
TEST_F(RunTest, HealthFollowsReadiness) {
  const auto process = Started();
  const std::string name = "giaoban.directory.v1.DirectoryService";
  EXPECT_TRUE(HealthBecomes(name, 1));
  EXPECT_TRUE(HealthBecomes("", 1));
  SetReady(false);
  EXPECT_TRUE(HealthBecomes(name, 2));
  EXPECT_TRUE(HealthBecomes("", 2));
  SetReady(true);
  EXPECT_TRUE(HealthBecomes(name, 1));
  EXPECT_TRUE(HealthBecomes("", 1));
  const std::vector<std::string> parts = absl::StrSplit(Log(), "\"not ready\"");
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_THAT(parts[1], HasSubstr("there is no file 'ready'"));
}

// Goal: a call that will not end holds the stop up; a second signal does not wait for it.
TEST_F(RunTest, SecondSignalEndsAtOnce) {
  const auto process = Started();
  const auto stub = directory::v1::DirectoryService::NewStub(Channel());
  grpc::ClientContext context;
  directory::v1::GetLineageResponse response;
  const directory::v1::GetLineageRequest request;
  EndlessCall call;
  stub->async()->GetLineage(&context, &request, &response, &call);
  call.StartCall();
  call.running.WaitForNotification();
  process->Signal(SIGTERM);
  ASSERT_TRUE(HealthBecomes("", 2));
  EXPECT_FALSE(call.ended.HasBeenNotified());
  const absl::Time start = absl::Now();
  process->Signal(SIGTERM);
  EXPECT_EQ(process->Wait(), 1);
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  call.ended.WaitForNotification();
}

// Goal: what is not the suite's own call, here a health watch, does not hold the stop up.
TEST_F(RunTest, HealthWatchersDoNotHoldTheStop) {
  const auto process = Started();
  grpc::GenericStub stub(Channel());
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  const auto call = stub.PrepareCall(&context, "/grpc.health.v1.Health/Watch", &queue);
  const auto next = [&queue] {
    void* tag;
    bool ok = false;
    EXPECT_TRUE(queue.Next(&tag, &ok));
    return ok;
  };
  const grpc::Slice nothing;
  grpc::ByteBuffer answer;
  call->StartCall(nullptr);
  ASSERT_TRUE(next());
  call->WriteLast(grpc::ByteBuffer(&nothing, 1), {}, nullptr);
  ASSERT_TRUE(next());
  call->Read(&answer, nullptr);
  ASSERT_TRUE(next());
  const absl::Time start = absl::Now();
  process->Signal(SIGTERM);
  EXPECT_EQ(process->Wait(), 0);
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  next();
}

// Goal: every wrong setting is named before anything starts, also those from a file.
TEST_F(RunTest, WrongSettingsAreNamed) {
  const std::string said = Refusal({"--data=/no/such/folder", "--metrics=0.0.0.0:1", "stray"});
  for (const std::string part : {"--identity is missing", "--data=/no/such/folder", "--metrics=0.0.0.0:1", "stray"}) {
    EXPECT_THAT(said, HasSubstr(part));
  }
  const std::string file = authority_.directory() + "/flags";
  std::ofstream(file) << "# a comment\n--drain_seconds=601\n--data=" << data_ << "\n";
  EXPECT_THAT(Refusal({"--flagfile=" + file, Flags()[0]}), HasSubstr("--drain_seconds=601"));
  EXPECT_THAT(Refusal({"--colour=red"}), HasSubstr("colour"));
}

// Goal: what is only known when trying is said as clearly: identity, address, taken ports.
TEST_F(RunTest, ImpossibleStartsAreExplained) {
  const auto running = Started();
  EXPECT_THAT(Refusal(Flags(address_)), HasSubstr("cannot listen on " + address_));
  std::vector<std::string> flags = Flags();
  flags.push_back("--metrics=" + metrics_);
  EXPECT_THAT(Refusal(flags), HasSubstr("--metrics=" + metrics_));
  EXPECT_THAT(Refusal({Flags()[0], Flags()[1]}), HasSubstr("addresses does not name directory"));
  std::filesystem::remove(authority_.Folder("directory") + "/key.pem");
  const std::string said = Refusal(Flags());
  EXPECT_THAT(said,
              HasSubstr(authority_.Folder("directory") + "/key.pem: this file of the identity folder is missing"));
  EXPECT_THAT(said, HasSubstr("tệp này của thư mục định danh không có"));
}

}  // namespace
}  // namespace giaoban::runtime

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "serve") {
    return giaoban::runtime::Main(argc - 1, argv + 1, {giaoban::runtime::MakeFileComponent});
  }
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
