// Goal: the bytes are those of the message, for an office without the findings of others.
#include "services/aggregator/serialized_summary.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/text_format.h"

namespace giaoban::aggregator {
namespace {

v1::Summary Parse(const std::string& text) {
  v1::Summary summary;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &summary)) << text;
  return summary;
}

// With findings of these blocs, the second too long for a length of one byte; "" is one of the totals.
v1::Summary SummaryWith(const std::vector<std::string>& blocs) {
  v1::Summary summary = Parse(
      "coverage { kind: 'training' expected: 2 reported: 1 missing: 'cao-bang' }"
      "rows { code: 'mem_closing' total { value: 7 } reported: 1 expected: 2 cells { bloc: 'cao-bang' } }");
  for (const std::string& bloc : blocs) {
    report::v1::Finding& finding = *summary.add_findings();
    finding.set_rule(absl::StrCat("V", summary.findings_size()));
    finding.set_bloc(bloc);
    if (summary.findings_size() == 2) finding.set_explanation(std::string(300, 'x'));
  }
  return summary;
}

std::string SeenBy(const std::string& office, const v1::Summary& summary) {
  return absl::StrJoin(SerializedSummary(summary).PiecesFor(office), "");
}

// At the beginning, in between and at the end: where bytes are cut depends on whose findings are where.
TEST(SerializedSummaryTest, AnOfficeSeesItsOwnFindingsAndThoseOfTheTotals) {
  const std::vector<std::vector<std::string>> cases = {
      {},
      {""},
      {"ha-giang"},
      {"cao-bang"},
      {"cao-bang", "ha-giang", "cao-bang"},
      {"ha-giang", "cao-bang", "cao-bang", "", "ha-giang"},
      {"", "ha-giang", "ha-giang", "cao-bang", "lang-son", "ha-giang", "cao-bang", ""},
  };
  for (const std::vector<std::string>& blocs : cases) {
    const v1::Summary summary = SummaryWith(blocs);
    for (const std::string office : {"ha-giang", "cao-bang", "lang-son", "bac-kan"}) {
      v1::Summary seen = SummaryWith({});
      for (const report::v1::Finding& finding : summary.findings()) {
        if (finding.bloc().empty() || finding.bloc() == office) *seen.add_findings() = finding;
      }
      EXPECT_EQ(SeenBy(office, summary), seen.SerializeAsString()) << office << " of " << absl::StrJoin(blocs, ", ");
    }
    EXPECT_EQ(SeenBy("", summary), summary.SerializeAsString()) << "the chair of " << absl::StrJoin(blocs, ", ");
  }
}

TEST(SerializedSummaryTest, FindingsAreTheLastOfASummary) {
  const google::protobuf::Descriptor& summary = *v1::Summary::descriptor();
  EXPECT_EQ(summary.extension_range_count(), 0);
  for (int i = 0; i < summary.field_count(); ++i) {
    EXPECT_LE(summary.field(i)->number(), v1::Summary::kFindingsFieldNumber) << summary.field(i)->name();
  }
}

TEST(SerializedSummaryTest, OfNothingThereIsNothing) {
  EXPECT_EQ(SeenBy("", {}), "");
  EXPECT_EQ(SeenBy("ha-giang", {}), "");
}

}  // namespace
}  // namespace giaoban::aggregator
