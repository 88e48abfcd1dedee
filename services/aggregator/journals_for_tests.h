// Journals and a directory for tests, written the way the services write them.
#ifndef GIAOBAN_AGGREGATOR_JOURNALS_FOR_TESTS_H_
#define GIAOBAN_AGGREGATOR_JOURNALS_FOR_TESTS_H_

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "giaoban/directory/v1/directory.pb.h"
#include "giaoban/report/v1/report.pb.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"
#include "services/shared/clusters/view.h"
#include "services/shared/contract/catalogue.h"

namespace giaoban::aggregator {

inline std::shared_ptr<const contract::Catalogue> TestCatalogue() {
  static const auto* catalogue = new auto(contract::SuiteCatalogue());
  EXPECT_TRUE(catalogue->ok()) << catalogue->status();
  return **catalogue;
}

// The directory's events as text, folded into a view.
class TestDirectory {
 public:
  void Record(const std::string& text) {
    directory::v1::Event event;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &event)) << text;
    ASSERT_TRUE(view.Check(event).ok()) << view.Check(event);
    view.Apply(view.position() + 1, event);
  }
  void Establish(const std::string& cluster) {
    Record("organisation { date: '2020-01-01' cluster_established { cluster: '" + cluster +
           "' name { vi: 'Cụm' en: 'Cluster' } } }");
  }
  void Join(const std::string& cluster, const std::string& bloc) {
    Record("organisation { date: '2020-01-01' bloc_established { bloc: '" + bloc +
           "' name { vi: 'Khối' en: 'Bloc' } province { vi: 'Tỉnh' en: 'Province' } } }");
    Record("organisation { date: '2020-01-01' bloc_joined { cluster: '" + cluster + "' bloc: '" + bloc + "' } }");
  }
  void Appoint(const std::string& cluster, const std::string& bloc) {
    Record("organisation { date: '2020-01-01' chair_appointed { cluster: '" + cluster + "' bloc: '" + bloc + "' } }");
  }
  // Opens at second 100, is due at 200 and closes at 300.
  void Schedule(const std::string& cluster, const std::string& period) {
    Record("period { cluster: '" + cluster + "' period: '" + period +
           "' scheduled { open_time { seconds: 100 } due_time { seconds: 200 } close_time { seconds: 300 } } }");
  }

  clusters::View view;
};

// Entries of the three kinds' journals.
class TestJournals {
 public:
  using Key = report::v1::ReportKey;

  static Key KeyOf(const std::string& cluster, const std::string& period, const std::string& bloc) {
    Key key;
    key.set_cluster(cluster);
    key.set_period(period);
    key.set_bloc(bloc);
    return key;
  }

  // Makes the next entry of the journal and says what its hash is.
  report::v1::Entry Submit(const contract::Form& form, const Key& key, int64_t revision,
                           const google::protobuf::Message& report,
                           const std::map<std::string, std::string>& explanations = {}) {
    report::v1::Fact fact = About(key, revision);
    report.SerializeToString(fact.mutable_submitted()->mutable_report());
    for (const auto& [code, text] : explanations) (*fact.mutable_submitted()->mutable_explanations())[code] = text;
    return Append(form, fact);
  }
  report::v1::Entry Submit(const contract::Form& form, const Key& key, int64_t revision, const contract::Cells& cells,
                           const std::map<std::string, std::string>& explanations = {}) {
    const std::unique_ptr<google::protobuf::Message> message(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(form.descriptor)->New());
    form.Write(cells, message.get());
    return Submit(form, key, revision, *message, explanations);
  }
  report::v1::Entry Decide(const contract::Form& form, const Key& key, int64_t revision, const std::string& hash,
                           report::v1::Decision decision) {
    report::v1::Fact fact = About(key, revision);
    fact.mutable_decided()->set_decision(decision);
    fact.mutable_decided()->set_revision_hash(hash);
    return Append(form, fact);
  }
  report::v1::Entry Withdraw(const contract::Form& form, const Key& key, int64_t revision) {
    report::v1::Fact fact = About(key, revision);
    fact.mutable_withdrawn();
    return Append(form, fact);
  }

 private:
  report::v1::Fact About(const Key& key, int64_t revision) {
    report::v1::Fact fact;
    *fact.mutable_key() = key;
    fact.set_revision(revision);
    fact.mutable_time()->set_seconds(++seconds_);
    return fact;
  }
  report::v1::Entry Append(const contract::Form& form, const report::v1::Fact& fact) {
    report::v1::Entry entry;
    entry.set_cluster(fact.key().cluster());
    entry.set_position(++heads_[{form.index, fact.key().cluster()}]);
    fact.SerializeToString(entry.mutable_body());
    entry.set_hash(absl::StrCat(form.kind, "/", entry.cluster(), "/", entry.position()));
    return entry;
  }

  std::map<std::pair<int, std::string>, int64_t> heads_;
  int64_t seconds_ = 100;
};

// A report of zeros in everything required; the rest is blank. No rule finds fault with it.
inline contract::Cells Zeros(const contract::Form& form, contract::HalfYear half) {
  contract::Cells cells(form.fields.size(), contract::kBlank);
  for (size_t cell = 0; cell < cells.size(); ++cell) {
    const contract::Line& line = form.entered(static_cast<int>(cell));
    if (line.required && contract::IsAsked(line.asked, half)) cells[cell] = 0;
  }
  return cells;
}

inline contract::Cells With(contract::Cells cells, const std::map<std::string, int64_t>& values) {
  for (const auto& [code, value] : values) {
    const contract::Line* line = TestCatalogue()->FindLine(code);
    EXPECT_NE(line, nullptr) << code;
    if (line != nullptr) cells[line->id.cell] = value;
  }
  return cells;
}

}  // namespace giaoban::aggregator

#endif  // GIAOBAN_AGGREGATOR_JOURNALS_FOR_TESTS_H_
