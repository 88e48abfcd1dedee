#include "services/aggregator/model.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace giaoban::aggregator {
namespace {

using contract::BlocCells;
using contract::HalfYear;

// A summary of a small cluster takes about 120 kB: 100 as a message, 20 as bytes. One summary reads at most
// four half-years' totals, so what is being built is never what is dropped.
constexpr size_t kBuiltLimit = 64;

// Says that reports of `half` changed. Rules of later half-years read accepted reports of
// earlier ones, so an accepted change touches those too.
void Touch(Periods& periods, HalfYear half, bool accepted) {
  auto period = periods.find(half);
  if (!accepted) {
    ++period->second.version[PlaceOf(v1::BASIS_SUBMITTED)];
    return;
  }
  for (; period != periods.end(); ++period) {
    for (uint64_t& version : period->second.version) ++version;
  }
}

void CountAccepted(PeriodReports& period, size_t forms) {
  const uint64_t version = period.version[PlaceOf(v1::BASIS_ACCEPTED)];
  if (std::exchange(period.accepted_at, version) == version) return;
  period.accepted.assign(forms, 0);
  for (const std::string& bloc : period.expected) {
    for (size_t form = 0; form < forms; ++form) {
      period.accepted[form] += period.Counting(bloc, static_cast<int>(form), v1::BASIS_ACCEPTED) != nullptr ? 1 : 0;
    }
  }
}

v1::SummaryKey KeyOf(const Question& question) {
  v1::SummaryKey key;
  key.set_cluster(question.cluster);
  key.set_period(question.half.ToString());
  key.set_basis(question.basis);
  return key;
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Model::Model(std::shared_ptr<const contract::Catalogue> catalogue, const clusters::View& view)
    : catalogue_(std::move(catalogue)), view_(view) {}

absl::StatusOr<absl::Time> Model::Apply(int form, const report::v1::Entry& entry) {
  report::v1::Fact fact;
  if (!fact.ParseFromString(entry.body())) return absl::DataLossError("an entry is not a Fact");
  const absl::StatusOr<HalfYear> half = HalfYear::Parse(fact.key().period());
  if (!half.ok()) return absl::DataLossError(half.status().message());
  if (fact.key().cluster() != entry.cluster())
    return absl::DataLossError("an entry is of another cluster than its fact");
  auto made = RevisionOf(catalogue_->forms()[form], entry, fact);
  if (!made.ok()) return made.status();

  absl::MutexLock lock(&mutex_);
  if (absl::Status taken = TakeNext(form, entry, fact, *half, *std::move(made)); !taken.ok()) return taken;
  return contract::TimeOf(fact.time());
}

absl::Status Model::TakeNext(int form, const report::v1::Entry& entry, const report::v1::Fact& fact, HalfYear half,
                             std::shared_ptr<const Revision> made) {
  ClusterReports& cluster = ClusterOf(entry.cluster());
  int64_t& position = cluster.positions[form];
  if (entry.position() <= position) return absl::OkStatus();
  if (entry.position() != position + 1) {
    return absl::OutOfRangeError(
        absl::StrCat(entry.cluster(), ": position ", entry.position(), " follows position ", position));
  }
  if (absl::Status taken = Take(form, fact, half, std::move(made), cluster.periods); !taken.ok()) return taken;
  position = entry.position();
  std::vector<int64_t>& own = cluster.positions_of[fact.key().bloc()];
  own.resize(catalogue_->forms().size());
  own[form] = position;
  return absl::OkStatus();
}

absl::Status Model::Take(int form, const report::v1::Fact& fact, HalfYear half, std::shared_ptr<const Revision> made,
                         Periods& periods) {
  PeriodReports& period = periods[half];
  const std::string& bloc = fact.key().bloc();
  BlocReports& reports = period.blocs.try_emplace(bloc, catalogue_->forms().size()).first->second;
  struct Before {
    std::shared_ptr<const Revision> counting;
    Built* built = nullptr;
    BlocCells cells;
  };
  std::array<Before, kBases.size()> before;
  for (const v1::Basis basis : kBases) {
    Before& each = before[PlaceOf(basis)];
    each.counting = reports[form].Counting(basis);
    each.built = BuiltWith({fact.key().cluster(), half, basis}, period, bloc);
    if (each.built != nullptr) each.cells = CellsOf(reports, basis);
  }
  if (absl::Status folded = Fold(fact, std::move(made), reports[form]); !folded.ok()) return folded;
  for (const v1::Basis basis : kBases) {
    const Before& each = before[PlaceOf(basis)];
    if (reports[form].Counting(basis) == each.counting) continue;
    if (each.built != nullptr) {
      each.built->totals.Remove(each.cells);
      each.built->totals.Add(CellsOf(reports, basis));
    }
    Touch(periods, half, basis == v1::BASIS_ACCEPTED);
  }
  return absl::OkStatus();
}

Model::Built* Model::BuiltWith(const BuiltKey& key, const PeriodReports& period, const std::string& bloc) {
  const auto built = built_.find(key);
  return built == built_.end() || !Contains(period.expected, bloc) ? nullptr : &built->second;
}

Model::ClusterReports& Model::ClusterOf(const std::string& cluster) {
  ClusterReports& reports = clusters_[cluster];
  reports.positions.resize(catalogue_->forms().size());
  return reports;
}

std::vector<report::v1::FeedPosition> Model::Positions(int form) const {
  absl::MutexLock lock(&mutex_);
  std::vector<report::v1::FeedPosition> positions;
  for (const auto& [name, cluster] : clusters_) {
    report::v1::FeedPosition& position = positions.emplace_back();
    position.set_cluster(name);
    position.set_position(cluster.positions[form]);
  }
  return positions;
}

std::vector<int64_t> Model::PositionsFor(const Question& question) const {
  const std::vector<int64_t> none(catalogue_->forms().size(), 0);
  const auto cluster = clusters_.find(question.cluster);
  if (cluster == clusters_.end()) return none;
  if (question.office.empty()) return cluster->second.positions;
  const auto own = cluster->second.positions_of.find(question.office);
  return own == cluster->second.positions_of.end() ? none : own->second;
}

bool Model::Includes(const Question& question, const std::vector<int64_t>& positions) const {
  // Most ask for none.
  if (std::all_of(positions.begin(), positions.end(), [](int64_t position) { return position <= 0; })) return true;
  absl::MutexLock lock(&mutex_);
  const std::vector<int64_t> named = PositionsFor(question);
  for (size_t form = 0; form < positions.size(); ++form) {
    if (positions[form] > named[form]) return false;
  }
  return true;
}

void Model::RefreshExpected(const std::string& name, ClusterReports& cluster) {
  // Read before what it dates: an event in between is looked at again next time.
  const int64_t known = view_.position();
  if (cluster.directory_position == known) return;
  cluster.directory_position = known;
  for (const HalfYear half : view_.Periods(name)) cluster.periods.try_emplace(half);
  for (auto& [half, period] : cluster.periods) {
    std::vector<std::string> expected = view_.Expected(name, half);
    if (expected == period.expected) continue;
    period.expected = std::move(expected);
    for (const v1::Basis basis : kBases) built_.erase({name, half, basis});
    Touch(cluster.periods, half, /*accepted=*/true);
  }
}

PeriodReports& Model::PeriodOf(const std::string& name, HalfYear half) {
  ClusterReports& cluster = ClusterOf(name);
  RefreshExpected(name, cluster);
  return cluster.periods[half];
}

Model::Built& Model::BuiltFor(const std::string& name, const ClusterReports& cluster, HalfYear half, v1::Basis basis) {
  const BuiltKey key = {name, half, basis};
  auto built = built_.find(key);
  if (built == built_.end()) {
    if (built_.size() >= kBuiltLimit) {
      built_.erase(std::min_element(built_.begin(), built_.end(), [](const auto& one, const auto& other) {
        return one.second.used < other.second.used;
      }));
    }
    built =
        built_.emplace(key, Built{.totals = contract::Totals(catalogue_), .summary = nullptr, .serialized = nullptr})
            .first;
    const PeriodReports& period = cluster.periods.at(half);
    for (const std::string& bloc : period.expected) {
      const auto reports = period.blocs.find(bloc);
      if (reports != period.blocs.end()) built->second.totals.Add(CellsOf(reports->second, basis));
    }
  }
  built->second.used = ++uses_;
  return built->second;
}

Answer Model::SummariseLocked(const Question& question) {
  const PeriodReports& period = PeriodOf(question.cluster, question.half);
  const ClusterReports& cluster = ClusterOf(question.cluster);
  Built& built = BuiltFor(question.cluster, cluster, question.half, question.basis);
  const uint64_t version = period.version[PlaceOf(question.basis)];
  if (built.version != version) {
    const Picture picture = {*catalogue_, cluster.periods, question.half, question.basis};
    auto summary = std::make_shared<v1::Summary>(
        BuildSummary(picture, [&](HalfYear half, v1::Basis basis) -> const contract::Totals& {
          mutex_.AssertHeld();
          return BuiltFor(question.cluster, cluster, half, basis).totals;
        }));
    *summary->mutable_key() = KeyOf(question);
    built.summary = std::move(summary);
    built.serialized = std::make_shared<const SerializedSummary>(*built.summary);
    built.version = version;
  }
  return {.summary = built.summary,
          .serialized = built.serialized,
          .version = version,
          .positions = PositionsFor(question)};
}

Answer Model::Summarise(const Question& question) {
  absl::MutexLock lock(&mutex_);
  return SummariseLocked(question);
}

std::optional<v1::ExplainFigureResponse> Model::Explain(const Question& question, const contract::Line& line,
                                                        std::vector<int64_t>* positions) {
  absl::MutexLock lock(&mutex_);
  const Answer answer = SummariseLocked(question);
  *positions = answer.positions;
  for (const v1::Row& row : answer.summary->rows()) {
    if (row.code() != line.code) continue;
    const Periods& periods = ClusterOf(question.cluster).periods;
    return BuildExplanation({*catalogue_, periods, question.half, question.basis}, line, row);
  }
  return std::nullopt;
}

v1::GetCoverageResponse Model::Coverage(const std::string& cluster, HalfYear half, absl::Time now) {
  const auto due_of = [&](const std::string& bloc) -> std::optional<absl::Time> {
    const std::optional<clusters::Deadlines> deadlines = view_.DeadlinesFor(cluster, half, bloc);
    if (!deadlines) return std::nullopt;
    return deadlines->due;
  };
  absl::MutexLock lock(&mutex_);
  return BuildCoverage(*catalogue_, PeriodOf(cluster, half), due_of, now);
}

std::vector<OpenCoverage> Model::CoverageOfOpenPeriods(absl::Time now) {
  std::vector<OpenCoverage> coverage(catalogue_->forms().size());
  for (const std::string& cluster : view_.Clusters()) {
    for (const HalfYear half : view_.Periods(cluster)) {
      const std::optional<clusters::Deadlines> deadlines = view_.DeadlinesFor(cluster, half, "");
      if (!deadlines || now < deadlines->open || now >= deadlines->close) continue;
      absl::MutexLock lock(&mutex_);
      PeriodReports& period = PeriodOf(cluster, half);
      CountAccepted(period, coverage.size());
      for (size_t form = 0; form < coverage.size(); ++form) {
        coverage[form].expected += static_cast<int64_t>(period.expected.size());
        coverage[form].accepted += period.accepted[form];
      }
    }
  }
  return coverage;
}

}  // namespace giaoban::aggregator
