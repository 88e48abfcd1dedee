// The client of the benchmark, the same for everything that is compared: so many callers in a closed loop over so many
// connections, each with a certificate of its own.
//
//   bench_client --target localhost:2379 --workload put --identities DIR,… --bodies FILE,…
//
// Each line of the standard input is a run, "CALLERS CONNECTIONS SECONDS", and is answered by a line of JSON. Callers
// stay who they are from run to run, and connections stay open. Caller n calls for identity n modulo their number, with
// the body of the same place. Every answer is looked at; after the first that is not as it should be the run ends.
#include <grpc/grpc.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/bench/workload.h"

ABSL_FLAG(std::string, target, "", "host:port of what is measured.");
ABSL_FLAG(std::string, workload, "", "What to ask, see workload.h.");
ABSL_FLAG(std::vector<std::string>, identities, {},
          "Identity folders. The last is the chair's for the workload accept.");
ABSL_FLAG(std::vector<std::string>, bodies, {}, "Files with a request for each caller's identity.");
ABSL_FLAG(std::string, periods, "", "File with the half-years to report for, one a line.");
ABSL_FLAG(int64_t, revisions, 1, "Revisions of one report before the next.");
ABSL_FLAG(int64_t, base, 0, "Revisions each report has already.");
ABSL_FLAG(int, threads, 1, "Threads that wait for answers.");

namespace giaoban::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(20);

[[noreturn]] void Fail(absl::string_view what) {
  std::cerr << "bench_client: " << what << "\n";
  std::exit(1);
}

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) Fail(absl::StrCat("cannot read ", path));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A connection of its own, made at the first call.
std::unique_ptr<grpc::GenericStub> Connect(const std::string& identity) {
  const grpc::SslCredentialsOptions options = {Contents(identity + "/ca.pem"), Contents(identity + "/key.pem"),
                                               Contents(identity + "/cert.pem")};
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return std::make_unique<grpc::GenericStub>(
      grpc::CreateCustomChannel(absl::GetFlag(FLAGS_target), grpc::SslCredentials(options), arguments));
}

// What a thread has seen in a run.
struct Seen {
  std::vector<double> milliseconds;
  std::string error;
};

// One caller and its call in progress.
class Caller {
 public:
  Caller(std::unique_ptr<Workload> workload, grpc::GenericStub* chair)
      : workload_(std::move(workload)), chair_(chair) {}

  // Which connection to ask over from now on.
  void Use(grpc::GenericStub& office) { office_ = &office; }

  // The answer is an event of `events`. False when there is nothing to ask.
  bool Ask(grpc::CompletionQueue& events, Seen& seen) {
    const absl::StatusOr<absl::string_view> request = workload_->Request();
    if (!request.ok()) {
      seen.error = request.status().ToString();
      return false;
    }
    const grpc::Slice slice(request->data(), request->size());
    const grpc::ByteBuffer bytes(&slice, 1);
    answer_.Clear();
    context_.emplace();
    context_->set_deadline(std::chrono::system_clock::now() + kPatience);
    grpc::GenericStub& stub = workload_->identity() == 0 ? *office_ : *chair_;
    asked_ = Clock::now();
    reader_ = stub.PrepareUnaryCall(&*context_, workload_->method(), bytes, &events);
    reader_->StartCall();
    reader_->Finish(&answer_, &status_, this);
    return true;
  }

  // False when the answer is not as it should be.
  bool Take(Seen& seen) {
    const std::chrono::duration<double, std::milli> took = Clock::now() - asked_;
    if (workload_->counts()) seen.milliseconds.push_back(took.count());
    grpc::Slice slice;
    absl::Status taken = absl::OkStatus();
    if (!status_.ok()) {
      taken = absl::UnknownError(absl::StrCat("code ", status_.error_code(), ": ", status_.error_message()));
    } else if (!answer_.DumpToSingleSlice(&slice).ok()) {
      taken = absl::DataLossError("the answer has no bytes");
    } else {
      taken = workload_->Take({reinterpret_cast<const char*>(slice.begin()), slice.size()});
    }
    if (!taken.ok()) seen.error = taken.ToString();
    return taken.ok();
  }

 private:
  const std::unique_ptr<Workload> workload_;
  grpc::GenericStub* const chair_;
  grpc::GenericStub* office_ = nullptr;
  std::optional<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader_;
  grpc::ByteBuffer answer_;
  grpc::Status status_;
  Clock::time_point asked_;
};

class Client {
 public:
  Client() : identities_(absl::GetFlag(FLAGS_identities)) {
    for (const std::string& body : absl::GetFlag(FLAGS_bodies)) bodies_.push_back(Contents(body));
    if (bodies_.empty() || identities_.size() < bodies_.size()) Fail("every body wants an identity");
    if (identities_.size() > bodies_.size()) chair_ = Connect(identities_.back());
    std::vector<std::string> periods;
    if (const std::string file = absl::GetFlag(FLAGS_periods); !file.empty()) {
      periods = absl::StrSplit(Contents(file), '\n', absl::SkipEmpty());
    }
    for (size_t i = 0; i < bodies_.size(); ++i) {
      reports_.push_back(std::make_unique<Reports>(periods, absl::GetFlag(FLAGS_base), absl::GetFlag(FLAGS_revisions)));
    }
    for (int i = 0; i < absl::GetFlag(FLAGS_threads); ++i) {
      events_.push_back(std::make_unique<grpc::CompletionQueue>());
    }
  }

  nlohmann::json Run(size_t callers, size_t connections, double seconds) {
    if (callers > connections && connections % bodies_.size() != 0) Fail("each connection must be of one identity");
    while (callers_.size() < callers) AddCaller();
    while (connections_.size() < connections) {
      connections_.push_back(Connect(identities_[connections_.size() % bodies_.size()]));
    }
    std::vector<Seen> seen(events_.size());
    std::vector<std::thread> threads;
    const Clock::time_point start = Clock::now();
    const Clock::time_point end =
        start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    for (size_t i = 0; i < events_.size(); ++i) {
      threads.emplace_back([&, i] { Loop(i, callers, connections, end, seen[i]); });
    }
    for (std::thread& thread : threads) thread.join();
    return Told(seen, std::chrono::duration<double>(Clock::now() - start).count());
  }

 private:
  void AddCaller() {
    const size_t office = callers_.size() % bodies_.size();
    auto workload = MakeWorkload(absl::GetFlag(FLAGS_workload), bodies_[office], *reports_[office]);
    if (!workload.ok()) Fail(workload.status().ToString());
    callers_.push_back(std::make_unique<Caller>(*std::move(workload), chair_.get()));
  }

  // Those callers whose connection is this thread's ask until the end, and again as often as they have an answer.
  void Loop(size_t number, size_t callers, size_t connections, Clock::time_point end, Seen& seen) {
    grpc::CompletionQueue& events = *events_[number];
    size_t asking = 0;
    for (size_t i = 0; i < callers; ++i) {
      const size_t connection = i % connections;
      if (connection % events_.size() != number) continue;
      callers_[i]->Use(*connections_[connection]);
      asking += callers_[i]->Ask(events, seen) ? 1 : 0;
    }
    void* tag = nullptr;
    bool received = false;
    while (asking > 0 && events.Next(&tag, &received)) {
      auto* caller = static_cast<Caller*>(tag);
      const bool over = !caller->Take(seen) || !seen.error.empty() || Clock::now() >= end;
      if (over || !caller->Ask(events, seen)) --asking;
    }
  }

  static nlohmann::json Told(std::vector<Seen>& seen, double seconds) {
    std::vector<double> all;
    nlohmann::json told = {{"seconds", seconds}, {"error", ""}};
    for (Seen& one : seen) {
      all.insert(all.end(), one.milliseconds.begin(), one.milliseconds.end());
      if (!one.error.empty()) told["error"] = one.error;
    }
    std::sort(all.begin(), all.end());
    const auto part = [&](double share) {
      return all.empty() ? 0.0
                         : all[std::min(all.size() - 1, static_cast<size_t>(share * static_cast<double>(all.size())))];
    };
    told["calls"] = all.size();
    told["rate"] = static_cast<double>(all.size()) / seconds;
    told["p50"] = part(0.5);
    told["p99"] = part(0.99);
    told["max"] = part(1);
    return told;
  }

  const std::vector<std::string> identities_;
  std::vector<std::string> bodies_;
  std::vector<std::unique_ptr<Reports>> reports_;
  std::unique_ptr<grpc::GenericStub> chair_;
  std::vector<std::unique_ptr<grpc::GenericStub>> connections_;
  std::vector<std::unique_ptr<Caller>> callers_;
  std::vector<std::unique_ptr<grpc::CompletionQueue>> events_;
};

int Serve() {
  Client client;
  size_t callers = 0, connections = 0;
  double seconds = 0;
  while (std::cin >> callers >> connections >> seconds) {
    std::cout << client.Run(callers, connections, seconds).dump() << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace giaoban::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return giaoban::bench::Serve();
}
