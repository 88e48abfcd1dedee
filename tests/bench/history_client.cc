// What history.py does many times over: the calls of offices and chairs.
//
//   bench_history fill ADDRESS AUTHORITY REPORTS FIRST COUNT
//       Hands in and accepts the reports of COUNT clusters from number FIRST on. REPORTS is a folder with a file
//       KIND-BLOC-PERIOD for each report of a cluster, a SubmitRequest without cluster, bloc and request id.
//   bench_history summary ADDRESS AUTHORITY CLUSTER PERIOD TIMES
//       Prints the microseconds each of so many GetSummary took, one after the other.
//   bench_history submit ADDRESS AUTHORITY REPORTS CLUSTER BLOC
//       Hands in the reports of one bloc, one after the other; prints the microseconds each took.
//   bench_history accept ADDRESS AUTHORITY REPORTS CLUSTER PERIOD TIMES
//       Amends a report and accepts it, so many times; prints the microseconds from the answer to each acceptance to
//       the summary that contains it.
//
// Cluster 7 is "cluster-7", with the blocs "bloc-7-0" to "bloc-7-7", of which the first has the chair.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/time/clock.h"
#include "giaoban/aggregator/v1/aggregator.pb.h"
#include "giaoban/membership/v1/service.pb.h"
#include "services/cli/issuing.h"

namespace {

using namespace giaoban;
// The messages of all report kinds have the same wire form but for the figures.
namespace any = membership::v1;

constexpr int kBlocs = 8;
constexpr int kClustersAtOnce = 6;

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string ClusterName(int number) { return absl::StrCat("cluster-", number); }
std::string BlocName(int cluster, int bloc) { return absl::StrCat("bloc-", cluster, "-", bloc); }

std::string Method(std::string service, const char* method) {
  const std::string package = service;
  service[0] = absl::ascii_toupper(service[0]);
  return absl::StrCat("/giaoban.", package, ".v1.", service, "Service/", method);
}

// Where to call, and who says who people are.
struct Place {
  std::string address;
  std::string ca;
  cli::Issuer issuer;
  std::string key = cli::MakeKey();

  Place(const std::string& at, const std::filesystem::path& authority)
      : address(at), ca(ReadAll(authority / "ca.pem")), issuer(cli::ParseIssuer(ca, ReadAll(authority / "ca.key"))) {}
};

// The connection of one identity.
class Client {
 public:
  Client(const Place& place, contract::v1::Role role, const std::string& name)
      : stub_(grpc::CreateCustomChannel(place.address, CredentialsOf(place, role, name), Arguments())) {}

  void Begin(const std::string& method, const std::string& request, std::function<void(std::string)> done) {
    auto* call = new Call;
    const grpc::Slice slice(request);
    call->request = grpc::ByteBuffer(&slice, 1);
    call->context.set_wait_for_ready(true);
    call->context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Minutes(2)));
    stub_.UnaryCall(&call->context, method, {}, &call->request, &call->response,
                    [call, method, done = std::move(done)](const grpc::Status& status) {
                      if (!status.ok()) {
                        std::cerr << method << ": " << status.error_message() << std::endl;
                        std::_Exit(1);
                      }
                      grpc::Slice answer;
                      call->response.DumpToSingleSlice(&answer).ok();
                      delete call;
                      done({reinterpret_cast<const char*>(answer.begin()), answer.size()});
                    });
  }

  template <typename Response>
  Response Ask(const std::string& method, const std::string& request) {
    Response response;
    absl::BlockingCounter answered(1);
    Begin(method, request, [&](const std::string& answer) {
      response.ParseFromString(answer);
      answered.DecrementCount();
    });
    answered.Wait();
    return response;
  }

 private:
  struct Call {
    grpc::ClientContext context;
    grpc::ByteBuffer request, response;
  };

  static std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const Place& place, contract::v1::Role role,
                                                                 const std::string& name) {
    const absl::Time now = absl::Now();
    const std::string certificate = cli::MakeCertificate(
        place.issuer,
        {.identity = {role, name}, .key = place.key, .from = now - absl::Hours(1), .until = now + absl::Hours(24)});
    return grpc::SslCredentials({place.ca, place.key, certificate});
  }
  static grpc::ChannelArguments Arguments() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    return arguments;
  }

  grpc::GenericStub stub_;
};

// A report without the words that say whose it is.
struct Report {
  std::string kind;
  int bloc = 0;
  std::string period;
  std::string request;

  // What comes later in a serialised message is merged into what came before.
  std::string Of(int cluster, int64_t base) const {
    static std::atomic<int64_t> requests = absl::ToUnixMicros(absl::Now());
    any::SubmitRequest rest;
    report::v1::Submission& submission = *rest.mutable_submission();
    submission.mutable_key()->set_cluster(ClusterName(cluster));
    submission.mutable_key()->set_bloc(BlocName(cluster, bloc));
    submission.set_request_id(absl::StrCat("00000000-0000-4000-8", ++requests));
    submission.set_base_revision(base);
    if (base > 0) submission.set_reason("counted again");
    return request + rest.SerializeAsString();
  }
};

std::deque<Report> ReadReports(const std::filesystem::path& folder) {
  std::deque<Report> reports;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    const std::vector<std::string> words = absl::StrSplit(file.path().filename().string(), absl::MaxSplits('-', 2));
    reports.push_back({words[0], std::atoi(words[1].c_str()), words[2], ReadAll(file.path())});
  }
  return reports;
}

std::string Acceptance(const report::v1::Receipt& receipt) {
  any::ReviewRequest request;
  report::v1::Review& review = *request.mutable_review();
  *review.mutable_key() = receipt.key();
  review.set_revision(receipt.revision());
  review.set_revision_hash(receipt.entry_hash());
  review.set_decision(report::v1::DECISION_ACCEPT);
  review.set_request_id(absl::StrCat(receipt.kind(), "-", receipt.position(), "-accepted"));
  return request.SerializeAsString();
}

void FillCluster(const Place& place, const std::deque<Report>& reports, int cluster) {
  std::vector<std::unique_ptr<Client>> offices;
  for (int bloc = 0; bloc < kBlocs; ++bloc) {
    offices.push_back(std::make_unique<Client>(place, contract::v1::ROLE_OFFICE, BlocName(cluster, bloc)));
  }
  std::vector<any::SubmitResponse> submitted(reports.size());
  absl::BlockingCounter all_submitted(static_cast<int>(reports.size()));
  for (size_t i = 0; i < reports.size(); ++i) {
    offices[reports[i].bloc]->Begin(Method(reports[i].kind, "Submit"), reports[i].Of(cluster, 0),
                                    [&, i](const std::string& answer) {
                                      submitted[i].ParseFromString(answer);
                                      all_submitted.DecrementCount();
                                    });
  }
  all_submitted.Wait();
  Client chair(place, contract::v1::ROLE_CHAIR, BlocName(cluster, 0));
  absl::BlockingCounter all_accepted(static_cast<int>(reports.size()));
  for (size_t i = 0; i < reports.size(); ++i) {
    chair.Begin(Method(reports[i].kind, "Review"), Acceptance(submitted[i].receipt()),
                [&](const std::string&) { all_accepted.DecrementCount(); });
  }
  all_accepted.Wait();
}

void Fill(const Place& place, const std::deque<Report>& reports, int first, int count) {
  std::atomic<int> next = first;
  std::vector<std::thread> threads;
  for (int i = 0; i < kClustersAtOnce; ++i) {
    threads.emplace_back([&] {
      for (int cluster = next++; cluster < first + count; cluster = next++) FillCluster(place, reports, cluster);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

std::string SummaryRequest(int cluster, const std::string& period, const report::v1::Receipt* at_least) {
  aggregator::v1::GetSummaryRequest request;
  request.mutable_key()->set_cluster(ClusterName(cluster));
  request.mutable_key()->set_period(period);
  if (at_least != nullptr) {
    aggregator::v1::KindPosition& position = *request.add_at_least();
    position.set_kind(at_least->kind());
    position.set_position(at_least->position());
  }
  return request.SerializeAsString();
}

void PrintMicroseconds(absl::Time since) { std::cout << absl::ToInt64Microseconds(absl::Now() - since) << "\n"; }

void ReadSummaries(const Place& place, int cluster, const std::string& period, int times) {
  Client chair(place, contract::v1::ROLE_CHAIR, BlocName(cluster, 0));
  const std::string method = Method("aggregator", "GetSummary");
  const std::string request = SummaryRequest(cluster, period, nullptr);
  for (int i = -1; i < times; ++i) {  // The first one connects.
    const absl::Time start = absl::Now();
    chair.Ask<aggregator::v1::GetSummaryResponse>(method, request);
    if (i >= 0) PrintMicroseconds(start);
  }
}

void AcceptAndRead(const Place& place, const std::deque<Report>& reports, int cluster, const std::string& period,
                   int times) {
  const Report& report = *std::find_if(reports.begin(), reports.end(), [&](const Report& each) {
    return each.kind == "membership" && each.bloc == 1 && each.period == period;
  });
  Client office(place, contract::v1::ROLE_OFFICE, BlocName(cluster, 1));
  Client chair(place, contract::v1::ROLE_CHAIR, BlocName(cluster, 0));
  any::GetRequest latest;
  report::v1::ReportKey& key = *latest.mutable_selection()->mutable_key();
  key.set_cluster(ClusterName(cluster));
  key.set_period(period);
  key.set_bloc(BlocName(cluster, 1));
  int64_t base =
      office.Ask<any::GetResponse>(Method(report.kind, "Get"), latest.SerializeAsString()).revision().revision();
  ReadSummaries(place, cluster, period, 0);
  for (int i = 0; i < times; ++i) {
    const auto submitted =
        office.Ask<any::SubmitResponse>(Method(report.kind, "Submit"), report.Of(cluster, base)).receipt();
    base = submitted.revision();
    const auto accepted =
        chair.Ask<any::ReviewResponse>(Method(report.kind, "Review"), Acceptance(submitted)).receipt();
    const absl::Time start = absl::Now();
    chair.Ask<aggregator::v1::GetSummaryResponse>(Method("aggregator", "GetSummary"),
                                                  SummaryRequest(cluster, period, &accepted));
    PrintMicroseconds(start);
  }
}

void SubmitOneByOne(const Place& place, const std::deque<Report>& reports, int cluster, int bloc) {
  Client office(place, contract::v1::ROLE_OFFICE, BlocName(cluster, bloc));
  for (const Report& report : reports) {
    if (report.bloc != bloc) continue;
    const absl::Time start = absl::Now();
    office.Ask<any::SubmitResponse>(Method(report.kind, "Submit"), report.Of(cluster, 0));
    PrintMicroseconds(start);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto number = [&](size_t place) { return std::atoi(words.at(place).c_str()); };
  const Place place(words.at(1), words.at(2));
  if (words[0] == "fill") Fill(place, ReadReports(words.at(3)), number(4), number(5));
  if (words[0] == "summary") ReadSummaries(place, number(3), words.at(4), number(5));
  if (words[0] == "submit") SubmitOneByOne(place, ReadReports(words.at(3)), number(4), number(5));
  if (words[0] == "accept") AcceptAndRead(place, ReadReports(words.at(3)), number(4), words.at(5), number(6));
  std::cout.flush();
  // gRPC's threads may not be done with the last answer.
  std::_Exit(0);
}
