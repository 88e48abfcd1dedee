// Goal: whatever happens in whatever order it becomes known, the live summary equals
// one recomputed from all the facts, and what is missing is never counted as zero.
//
// Random clusters, blocs, revisions, acceptances, returns, withdrawals and amendments; the
// journals are interleaved at random and a bloc joins half-way. At several moments every
// summary is compared with one that is worked out here from the plain list of facts,
// without anything the model uses, and with that of a model which has just read the
// same entries in another order. Run with GIAOBAN_SEED to repeat a failure.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <random>

#include "google/protobuf/util/message_differencer.h"
#include "services/aggregator/journals_for_tests.h"
#include "services/aggregator/model.h"

namespace giaoban::aggregator {
namespace {

using contract::CellId;
using contract::Form;
using contract::HalfYear;
using contract::Line;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::util::MessageDifferencer;
using report::v1::Entry;
using report::v1::Fact;
using JournalId = std::pair<int, std::string>;  // form, cluster

const std::vector<std::string> kPeriods = {"2022-H1", "2022-H2", "2023-H1"};

// The facts taken in, and what follows from them read naively.
class Facts {
 public:
  void Add(int form, const Entry& entry) {
    Fact fact;
    ASSERT_TRUE(fact.ParseFromString(entry.body()));
    facts_[form].push_back(fact);
  }

  // The report that counts; null when none does.
  std::unique_ptr<Message> Counting(const Form& form, const std::string& cluster, const std::string& period,
                                    const std::string& bloc, v1::Basis basis) const {
    int64_t latest = 0, accepted = 0;
    std::map<int64_t, std::string> submitted;
    std::map<int64_t, bool> settled;
    const auto facts = facts_.find(form.index);
    if (facts == facts_.end()) return nullptr;
    for (const Fact& fact : facts->second) {
      if (fact.key().cluster() != cluster || fact.key().period() != period || fact.key().bloc() != bloc) continue;
      if (fact.has_submitted()) {
        latest = fact.revision();
        submitted[latest] = fact.submitted().report();
        continue;
      }
      settled[fact.revision()] = true;
      if (fact.has_decided() && fact.decided().decision() == report::v1::DECISION_ACCEPT) accepted = fact.revision();
    }
    const bool waits = latest > 0 && !settled[latest];
    const int64_t counting = basis == v1::BASIS_SUBMITTED && waits ? latest : accepted;
    if (counting == 0) return nullptr;
    std::unique_ptr<Message> message(MessageFactory::generated_factory()->GetPrototype(form.descriptor)->New());
    EXPECT_TRUE(message->ParseFromString(submitted[counting]));
    return message;
  }

 private:
  std::map<int, std::vector<Fact>> facts_;
};

// One bloc's reports that count, by form.
using Reports = std::vector<std::unique_ptr<Message>>;

std::optional<int64_t> ValueOf(const contract::Catalogue& catalogue, const Reports& reports, CellId id) {
  const Message* message = reports[id.form].get();
  const auto* field = catalogue.forms()[id.form].descriptor->FindFieldByName(catalogue.entered(id).code);
  if (message == nullptr || !message->GetReflection()->HasField(*message, field)) return std::nullopt;
  return message->GetReflection()->GetInt64(*message, field);
}

std::optional<int64_t> SumOf(const contract::Catalogue& catalogue, const Reports& reports,
                             const std::vector<CellId>& parts) {
  int64_t sum = 0;
  for (const CellId id : parts) {
    const auto value = ValueOf(catalogue, reports, id);
    if (!value) return std::nullopt;
    sum += *value;
  }
  return sum;
}

void SetRatio(int64_t numerator, int64_t denominator, v1::Figure* figure) {
  figure->mutable_ratio()->set_numerator(numerator);
  figure->mutable_ratio()->set_denominator(denominator);
}

void FillEntered(const contract::Catalogue& catalogue, const Line& line, const std::vector<Reports>& blocs,
                 v1::Row* row) {
  std::vector<int64_t> values;
  for (size_t bloc = 0; bloc < blocs.size(); ++bloc) {
    const auto value = ValueOf(catalogue, blocs[bloc], line.id);
    if (!value) continue;
    values.push_back(*value);
    row->mutable_cells(static_cast<int>(bloc))->mutable_figure()->set_value(*value);
  }
  row->set_reported(static_cast<int32_t>(values.size()));
  if (values.empty()) return;
  if (line.over_blocs == contract::v1::OVER_BLOCS_SUM) {
    row->mutable_total()->set_value(std::accumulate(values.begin(), values.end(), int64_t{0}));
  } else if (line.over_blocs == contract::v1::OVER_BLOCS_MINIMUM) {
    row->mutable_total()->set_value(*std::min_element(values.begin(), values.end()));
  } else if (line.over_blocs == contract::v1::OVER_BLOCS_MAXIMUM) {
    row->mutable_total()->set_value(*std::max_element(values.begin(), values.end()));
  }
}

void FillDerived(const contract::Catalogue& catalogue, const Line& line, const std::vector<Reports>& blocs,
                 v1::Row* row) {
  int64_t numerators = 0, denominators = 0;
  for (size_t bloc = 0; bloc < blocs.size(); ++bloc) {
    const auto numerator = SumOf(catalogue, blocs[bloc], line.numerator);
    const auto denominator = SumOf(catalogue, blocs[bloc], line.denominator);
    if (!numerator || !denominator) continue;
    numerators += *numerator;
    denominators += *denominator;
    row->set_reported(row->reported() + 1);
    if (*denominator != 0) {
      SetRatio(*numerator, *denominator, row->mutable_cells(static_cast<int>(bloc))->mutable_figure());
    }
  }
  if (denominators != 0) SetRatio(numerators, denominators, row->mutable_total());
}

// The summary without findings.
v1::Summary Recompute(const contract::Catalogue& catalogue, const Facts& facts,
                      const std::vector<std::string>& expected, const Question& question) {
  std::vector<Reports> blocs;
  for (const std::string& bloc : expected) {
    Reports& reports = blocs.emplace_back();
    for (const Form& form : catalogue.forms()) {
      reports.push_back(facts.Counting(form, question.cluster, question.half.ToString(), bloc, question.basis));
    }
  }
  v1::Summary summary;
  summary.mutable_key()->set_cluster(question.cluster);
  summary.mutable_key()->set_period(question.half.ToString());
  summary.mutable_key()->set_basis(question.basis);
  for (const Form& form : catalogue.forms()) {
    v1::KindCoverage& coverage = *summary.add_coverage();
    coverage.set_kind(form.kind);
    coverage.set_expected(static_cast<int32_t>(expected.size()));
    for (size_t bloc = 0; bloc < blocs.size(); ++bloc) {
      if (blocs[bloc][form.index] == nullptr) {
        coverage.add_missing(expected[bloc]);
      } else {
        coverage.set_reported(coverage.reported() + 1);
      }
    }
    for (const Line& line : form.lines) {
      if (line.asked == contract::v1::ASKED_SECOND_HALF && question.half.half() == 1) continue;
      v1::Row& row = *summary.add_rows();
      row.set_code(line.code);
      row.set_expected(static_cast<int32_t>(expected.size()));
      for (const std::string& bloc : expected) row.add_cells()->set_bloc(bloc);
      line.derived() ? FillDerived(catalogue, line, blocs, &row) : FillEntered(catalogue, line, blocs, &row);
    }
  }
  return summary;
}

// What happens in one run.
class World {
 public:
  explicit World(std::mt19937_64& random) : random_(random) {
    const int clusters = Pick(1, 14);
    for (int cluster = 0; cluster < clusters; ++cluster) {
      const std::string name = absl::StrCat("cum-", cluster);
      clusters_.push_back(name);
      directory_.Establish(name);
      for (const std::string& period : kPeriods) directory_.Schedule(name, period);
      const int blocs = Pick(1, 4);
      for (int bloc = 0; bloc < blocs; ++bloc) directory_.Join(name, absl::StrCat("khoi-", cluster, "-", bloc));
      blocs_[name] = directory_.view.Expected(name, HalfYear(2023, 1));
      blocs_[name].push_back(absl::StrCat("muon-", cluster));  // joins later, or never
    }
    const int steps = Pick(20, 60) * clusters;
    for (int step = 0; step < steps; ++step) Happen();
  }

  // Hands over the entries in a random order that keeps each journal's own.
  std::vector<std::pair<int, Entry>> Interleave() {
    auto journals = journals_;
    std::vector<std::pair<int, Entry>> entries;
    std::vector<JournalId> unread;
    for (const auto& [id, journal] : journals) unread.push_back(id);
    while (!unread.empty()) {
      const size_t chosen = Pick(0, static_cast<int>(unread.size()) - 1);
      std::deque<Entry>& journal = journals[unread[chosen]];
      entries.emplace_back(unread[chosen].first, journal.front());
      journal.pop_front();
      if (journal.empty()) unread.erase(unread.begin() + static_cast<std::ptrdiff_t>(chosen));
    }
    return entries;
  }

  void SomebodyJoins() {
    const std::string& cluster = clusters_[Pick(0, static_cast<int>(clusters_.size()) - 1)];
    if (!directory_.view.HasBloc(blocs_[cluster].back())) directory_.Join(cluster, blocs_[cluster].back());
  }

  int Pick(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }
  const std::vector<std::string>& clusters() const { return clusters_; }
  const clusters::View& view() const { return directory_.view; }

 private:
  // Where one report stands while it is being written about.
  struct Standing {
    int64_t revision = 0;
    std::string hash;  // empty when nothing waits
  };

  void Happen() {
    const Form& form = catalogue_->forms()[Pick(0, static_cast<int>(catalogue_->forms().size()) - 1)];
    const std::string& cluster = clusters_[Pick(0, static_cast<int>(clusters_.size()) - 1)];
    const std::vector<std::string>& blocs = blocs_[cluster];
    const std::string& period = kPeriods[Pick(0, 2)];
    const std::string& bloc = blocs[Pick(0, static_cast<int>(blocs.size()) - 1)];
    const auto key = TestJournals::KeyOf(cluster, period, bloc);
    Standing& standing = standings_[{form.index, cluster + period + bloc}];
    std::deque<Entry>& journal = journals_[{form.index, cluster}];
    const int what = Pick(0, 9);
    if (standing.hash.empty() || what < 3) {
      journal.push_back(writer_.Submit(form, key, ++standing.revision, *RandomReport(form, period)));
      standing.hash = journal.back().hash();
      return;
    }
    if (what == 3) {
      journal.push_back(writer_.Withdraw(form, key, standing.revision));
    } else {
      const auto decision = what < 6 ? report::v1::DECISION_RETURN : report::v1::DECISION_ACCEPT;
      journal.push_back(writer_.Decide(form, key, standing.revision, standing.hash, decision));
    }
    standing.hash.clear();
  }

  std::unique_ptr<Message> RandomReport(const Form& form, const std::string& period) {
    std::unique_ptr<Message> report(MessageFactory::generated_factory()->GetPrototype(form.descriptor)->New());
    for (const Line& line : form.lines) {
      if (line.derived() || Pick(0, 3) == 0) continue;
      if (line.asked == contract::v1::ASKED_SECOND_HALF && period.back() == '1') continue;
      report->GetReflection()->SetInt64(report.get(), form.descriptor->FindFieldByName(line.code), Pick(0, 300));
    }
    return report;
  }

  std::mt19937_64& random_;
  std::shared_ptr<const contract::Catalogue> catalogue_ = TestCatalogue();
  TestDirectory directory_;
  TestJournals writer_;
  std::vector<std::string> clusters_;
  std::map<std::string, std::vector<std::string>> blocs_;
  std::map<std::pair<int, std::string>, Standing> standings_;
  std::map<JournalId, std::deque<Entry>> journals_;
};

void CompareAll(const World& world, const Facts& facts, Model& live, Model* other) {
  const auto catalogue = TestCatalogue();
  for (const std::string& cluster : world.clusters()) {
    for (const std::string& period : kPeriods) {
      for (const v1::Basis basis : {v1::BASIS_ACCEPTED, v1::BASIS_SUBMITTED}) {
        const Question question = {.cluster = cluster, .half = *HalfYear::Parse(period), .basis = basis};
        v1::Summary summary = *live.Summarise(question).summary;
        if (other != nullptr) {
          EXPECT_TRUE(MessageDifferencer::Equals(summary, *other->Summarise(question).summary));
        }
        summary.clear_findings();
        const v1::Summary naive = Recompute(*catalogue, facts, world.view().Expected(cluster, question.half), question);
        std::string difference;
        MessageDifferencer differencer;
        differencer.ReportDifferencesToString(&difference);
        ASSERT_TRUE(differencer.Compare(naive, summary)) << cluster << " " << period << "\n" << difference;
      }
    }
  }
}

TEST(Recomputation, TheLiveSummaryEqualsOneMadeFromAllFacts) {
  const char* given = std::getenv("GIAOBAN_SEED");
  const uint64_t seed = given == nullptr ? std::random_device{}() : std::strtoull(given, nullptr, 10);
  std::cout << "GIAOBAN_SEED=" << seed << std::endl;
  std::mt19937_64 random(seed);
  for (int run = 0; run < 8 && !::testing::Test::HasFatalFailure(); ++run) {
    World world(random);
    Facts facts;
    Model live(TestCatalogue(), world.view());
    const auto entries = world.Interleave();
    const size_t step = entries.size() / 4 + 1;
    for (size_t i = 0; i < entries.size(); ++i) {
      const auto& [form, entry] = entries[i];
      const absl::Status taken = live.Apply(form, entry).status();
      ASSERT_TRUE(taken.ok()) << taken;
      facts.Add(form, entry);
      if (i % step != step - 1) continue;
      world.SomebodyJoins();
      CompareAll(world, facts, live, nullptr);
    }
    Model reread(TestCatalogue(), world.view());
    for (const auto& [form, entry] : world.Interleave()) ASSERT_TRUE(reread.Apply(form, entry).ok());
    CompareAll(world, facts, live, &reread);
  }
}

}  // namespace
}  // namespace giaoban::aggregator
