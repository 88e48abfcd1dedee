// Goal: of other blocs an office sees what was accepted and nothing that tells how it came to that; of its own
// bloc it sees everything.
#include "services/aggregator/redaction.h"

#include <gtest/gtest.h>

#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"

namespace giaoban::aggregator {
namespace {

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

// What `before` becomes in the eyes of the office of ha-giang.
template <typename Message>
void ExpectRedacted(const std::string& before, const std::string& after) {
  auto message = Parse<Message>(before);
  Redact("ha-giang", message);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(message, Parse<Message>(after)))
      << message.DebugString();
}

TEST(RedactionTest, FindingsAreForTheirOfficeAndThoseOfTheTotalsForAll) {
  EXPECT_TRUE(MaySeeFindingsOf("ha-giang", "ha-giang"));
  EXPECT_TRUE(MaySeeFindingsOf("", "ha-giang"));
  EXPECT_FALSE(MaySeeFindingsOf("cao-bang", "ha-giang"));
  EXPECT_TRUE(MaySeeFindingsOf("cao-bang", /*office=*/""));
}

TEST(RedactionTest, CoverageOfOthersSaysAcceptedOrNothing) {
  const std::string own =
      "blocs { bloc: 'ha-giang' reports { kind: 'training' state: STATE_RETURNED revision: 2 late: true } }"
      "due_time { seconds: 200 }";
  ExpectRedacted<v1::GetCoverageResponse>(
      own +
          "blocs { bloc: 'cao-bang'"
          " reports { kind: 'membership' state: STATE_SUBMITTED revision: 5 accepted_revision: 3"
          "  submit_time { seconds: 7 } late: true }"
          " reports { kind: 'training' state: STATE_RETURNED revision: 1 submit_time { seconds: 7 } }"
          " reports { kind: 'inspection' late: true } }",
      own +
          "blocs { bloc: 'cao-bang' accepted_only: true"
          " reports { kind: 'membership' state: STATE_ACCEPTED } reports { kind: 'training' }"
          " reports { kind: 'inspection' } }");
}

TEST(RedactionTest, ContributionsOfOthersAreValues) {
  const std::string own = "contributions { code: 'c' bloc: 'ha-giang' revision: 2 hash: 'h' position: 9 value: 4 }";
  ExpectRedacted<v1::ExplainFigureResponse>(
      own +
          "contributions { code: 'c' bloc: 'cao-bang' revision: 3 hash: 'i' position: 8 value: 5 }"
          "contributions { code: 'c' bloc: 'lang-son' revision: 1 hash: 'j' position: 7 } missing: 'bac-kan'",
      own +
          "contributions { code: 'c' bloc: 'cao-bang' value: 5 }"
          "contributions { code: 'c' bloc: 'lang-son' } missing: 'bac-kan'");
}

}  // namespace
}  // namespace giaoban::aggregator
