// What the steps of a submission and of a summary cost by themselves, without gRPC, disk or threads. Run it in the
// repository's folder: the report is the example of tests/data.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/message.h"
#include "services/shared/contract/aggregation.h"
#include "services/shared/contract/catalogue.h"
#include "services/shared/contract/sheet.h"
#include "services/shared/contract/validation.h"
#include "services/shared/journal/signer.h"
#include "services/shared/storage/store.h"

namespace giaoban::bench {
namespace {

// About what a submission's fact has.
constexpr size_t kBodyBytes = 400;

template <typename T>
T Must(absl::StatusOr<T> result) {
  if (result.ok()) return *std::move(result);
  std::fprintf(stderr, "%s\n", result.status().ToString().c_str());
  std::abort();
}

void Must(const absl::Status& status) { Must(status.ok() ? absl::StatusOr<int>(0) : absl::StatusOr<int>(status)); }

const std::shared_ptr<const contract::Catalogue>& Catalogue() {
  static const auto* catalogue = new auto(Must(contract::SuiteCatalogue()));
  return *catalogue;
}

contract::Sheet Example(const std::string& kind) {
  std::ifstream file(absl::StrCat("tests/data/dong-bac/2022-H2/quang-ninh/", kind, ".csv"));
  std::ostringstream text;
  text << file.rdbuf();
  return Must(contract::ReadSheet(*Catalogue(), text.str()));
}

// A folder that goes with the program.
class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "giaoban-micro-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) Must(absl::ErrnoToStatus(errno, path_));
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string File(const std::string& name) const { return absl::StrCat(path_, "/", name); }

 private:
  std::string path_;
};

void Validate(benchmark::State& state) {
  const contract::Sheet sheet = Example("membership");
  const std::unique_ptr<google::protobuf::Message> report(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(sheet.form->descriptor)->New());
  sheet.form->Write(sheet.cells, report.get());
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        contract::ValidateReport(*Catalogue(), *sheet.form, contract::HalfYear(2022, 2), *report, nullptr));
  }
}
BENCHMARK(Validate);

// An acceptance: one bloc's figures go and others come.
void Aggregate(benchmark::State& state) {
  contract::BlocCells bloc;
  for (const contract::Form& form : Catalogue()->forms()) {
    bloc.push_back(std::make_shared<const contract::Cells>(Example(form.kind).cells));
  }
  contract::Totals totals(Catalogue());
  for (int i = 0; i < 8; ++i) totals.Add(bloc);
  for (auto _ : state) {
    totals.Remove(bloc);
    totals.Add(bloc);
  }
}
BENCHMARK(Aggregate);

void Hash(benchmark::State& state) {
  const std::string body(kBodyBytes, 'x');
  for (auto _ : state) benchmark::DoNotOptimize(journal::Sha256({body}));
}
BENCHMARK(Hash);

// A commit of so many entries; the time is of all of them.
void Sign(benchmark::State& state) {
  const Folder folder;
  const journal::Signer signer = Must(journal::Signer::LoadOrCreate(folder.File("key")));
  std::vector<std::string> hashes;
  for (int i = 0; i < state.range(0); ++i) hashes.push_back(journal::Sha256({std::to_string(i)}));
  for (auto _ : state) benchmark::DoNotOptimize(signer.Sign("dong-bac", hashes));
}
BENCHMARK(Sign)->Arg(1)->Arg(16)->Arg(64);

// A row in a transaction that is under way.
void Insert(benchmark::State& state) {
  const Folder folder;
  const std::unique_ptr<storage::Store> store = Must(storage::OpenSqlite(folder.File("micro.db")));
  const std::string body(kBodyBytes, 'x');
  Must(store->Write("", [&](storage::Session& session) {
    absl::Status status = session.Execute("CREATE TABLE entry (position BIGINT PRIMARY KEY, body BYTEA NOT NULL)");
    int64_t position = 0;
    for (auto _ : state) {
      status.Update(
          session.Execute("INSERT INTO entry (position, body) VALUES ($1, $2)", {++position, storage::Bytes{body}}));
    }
    return status;
  }));
}
BENCHMARK(Insert);

// A row by its key, in a transaction of its own.
void Find(benchmark::State& state) {
  const Folder folder;
  const std::unique_ptr<storage::Store> store = Must(storage::OpenSqlite(folder.File("micro.db")));
  Must(store->Write("", [](storage::Session& session) {
    absl::Status status = session.Execute("CREATE TABLE entry (position BIGINT PRIMARY KEY)");
    for (int64_t i = 0; i < 10'000; ++i) status.Update(session.Execute("INSERT INTO entry VALUES ($1)", {i}));
    return status;
  }));
  int64_t position = 0;
  for (auto _ : state) {
    Must(store->Read([&](storage::Session& session) {
      return session.Query("SELECT position FROM entry WHERE position = $1", {++position % 10'000},
                           [](const storage::Row& row) { benchmark::DoNotOptimize(row.Integer(0)); });
    }));
  }
}
BENCHMARK(Find);

}  // namespace
}  // namespace giaoban::bench

BENCHMARK_MAIN();
