// Facts of the report journals as the aggregator takes them in: the first part says for each fact of which form it
// is and whether its position is next, repeated or too far; the others are serialised facts.
#include <array>
#include <optional>

#include "absl/strings/str_join.h"
#include "giaoban/membership/v1/report.pb.h"
#include "google/protobuf/text_format.h"
#include "services/aggregator/model.h"
#include "tests/fuzz/mutate.h"

namespace giaoban::fuzz {
namespace {

using aggregator::Model;
using aggregator::Question;

constexpr char kCluster[] = "dong-bac";

const Plan& FactPlan() {
  static const Plan& plan =
      *new Plan{.message_of = [](const Parts&, size_t index) -> MessagePointer {
                  if (index == 0) return nullptr;
                  return std::make_unique<report::v1::Fact>();
                },
                .words = {kCluster, "tay-bac", "ha-giang", "cao-bang", "2022-H2", "2023-H1", "hash", "V21", "vì"},
                .fixed = 1,
                // The three forms count their fields alike, so one type does for all.
                .inside = [](const google::protobuf::FieldDescriptor& field) -> MessagePointer {
                  if (field.full_name() != "giaoban.report.v1.SubmittedFact.report") return nullptr;
                  return std::make_unique<membership::v1::Report>();
                }};
  return plan;
}

// Two blocs, two half-years.
const clusters::View& Directory() {
  static const clusters::View& view = *[] {
    auto* made = new clusters::View;
    const auto record = [made](const std::string& text) {
      directory::v1::Event event;
      Require(google::protobuf::TextFormat::ParseFromString(text, &event) && made->Check(event).ok(), text);
      made->Apply(made->position() + 1, event);
    };
    const std::string on = "organisation { date: '2020-01-01' ";
    record(on + "cluster_established { cluster: 'dong-bac' name { vi: 'Cụm' en: 'Cluster' } } }");
    for (const std::string bloc : {"ha-giang", "cao-bang"}) {
      record(on + "bloc_established { bloc: '" + bloc +
             "' name { vi: 'Khối' en: 'Bloc' } province { vi: 'Tỉnh' en: 'Province' } } }");
      record(on + "bloc_joined { cluster: 'dong-bac' bloc: '" + bloc + "' } }");
    }
    for (const std::string period : {"2022-H2", "2023-H1"}) {
      record("period { cluster: 'dong-bac' period: '" + period +
             "' scheduled { open_time { seconds: 100 } due_time { seconds: 200 } close_time { seconds: 300 } } }");
    }
    return made;
  }();
  return view;
}

std::shared_ptr<const contract::Catalogue> SharedCatalogue() { return contract::SuiteCatalogue().value(); }

std::string Seen(const aggregator::Answer& answer, const std::string& office) {
  return absl::StrJoin(answer.serialized->PiecesFor(office), "");
}

std::string Read(Model& model) {
  std::string said;
  for (const char* period : {"2022-H2", "2023-H1"}) {
    for (const auto basis : {aggregator::v1::BASIS_ACCEPTED, aggregator::v1::BASIS_SUBMITTED}) {
      const Question question = {.cluster = kCluster, .half = *contract::HalfYear::Parse(period), .basis = basis};
      const aggregator::Answer answer = model.Summarise(question);
      said += answer.summary->SerializeAsString();
      Require(Seen(answer, /*office=*/"") == answer.summary->SerializeAsString(), "a chair sees everything");
      aggregator::v1::Summary seen;
      Require(seen.ParseFromString(Seen(answer, "ha-giang")), "what an office sees is a summary");
      for (const report::v1::Finding& finding : seen.findings()) {
        Require(finding.bloc().empty() || finding.bloc() == "ha-giang", "an office sees no findings of others");
      }
      std::vector<int64_t> positions;
      const auto explained = model.Explain(question, *Catalogue().FindLine("mem_closing"), &positions);
      if (explained) said += explained->SerializeAsString();
    }
    said +=
        model.Coverage(kCluster, *contract::HalfYear::Parse(period), absl::FromUnixSeconds(250)).SerializeAsString();
  }
  return said;
}

void Try(const Parts& parts) {
  Model live(SharedCatalogue(), Directory());
  Model later(SharedCatalogue(), Directory());
  const Question everything = {.cluster = kCluster};
  Read(live);  // from here on its sums are kept up by difference
  std::array<int64_t, 3> positions = {};
  for (size_t i = 1; i < parts.size(); ++i) {
    const auto choice = static_cast<uint8_t>(i <= parts[0].size() ? parts[0][i - 1] : 0);
    const int form = choice % 3;
    const int64_t step = choice < 192 ? 1 : choice < 224 ? 0 : 2;
    report::v1::Entry entry;
    report::v1::Fact fact;
    entry.set_cluster(fact.ParseFromString(parts[i]) ? fact.key().cluster() : kCluster);
    entry.set_position(positions[form] + step);
    entry.set_body(parts[i]);
    entry.set_hash("hash");
    const absl::Status taken = live.Apply(form, entry).status();
    Require(later.Apply(form, entry).status() == taken, "an entry is taken or refused whatever was read before");
    if (entry.cluster() != kCluster || step != 1) continue;
    positions[form] += taken.ok() ? 1 : 0;
    std::vector<int64_t> reached(3);
    reached[form] = positions[form];
    Require(live.Includes(everything, reached), "an entry that is taken in moves the position");
    ++reached[form];
    Require(!live.Includes(everything, reached), "a refused entry does not move the position");
  }
  const std::string said = Read(live);
  Require(said == Read(later), "sums kept up by difference equal sums made at once");
  Require(said == Read(live), "reading changes nothing");
}

}  // namespace
}  // namespace giaoban::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  giaoban::fuzz::Try(giaoban::fuzz::Split(data, size));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  return giaoban::fuzz::MutateParts(giaoban::fuzz::FactPlan(), data, size, max_size, seed);
}
