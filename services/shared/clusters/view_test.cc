// Goal: the view says who belongs where and when reports are due, for any day,
// and refuses events that contradict the ones before.
#include "services/shared/clusters/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "google/protobuf/text_format.h"
#include "services/shared/runtime/error.h"

namespace giaoban::clusters {
namespace {

using contract::HalfYear;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ViewTest : public ::testing::Test {
 protected:
  // Records an event given as text; the status Check gave.
  absl::Status Record(const std::string& text) {
    directory::v1::Event event;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &event)) << text;
    absl::Status status = view_.Check(event);
    if (status.ok()) view_.Apply(++position_, event);
    return status;
  }
  void Establish(const std::string& bloc, const std::string& date = "2020-01-01") {
    ASSERT_TRUE(Record("organisation { date: '" + date + "' bloc_established { bloc: '" + bloc +
                       "' name { vi: 'Khối' en: 'Bloc' } province { vi: 'Tỉnh' en: 'Province' } } }")
                    .ok());
  }
  void Join(const std::string& bloc, const std::string& date = "2020-01-01") {
    ASSERT_TRUE(
        Record("organisation { date: '" + date + "' bloc_joined { cluster: 'dong-bac' bloc: '" + bloc + "' } }").ok());
  }
  void SetUp() override {
    ASSERT_TRUE(Record("organisation { date: '2020-01-01' cluster_established { cluster: 'dong-bac'"
                       " name { vi: 'Cụm Đông Bắc' en: 'North-East' } } }")
                    .ok());
    for (const char* bloc : {"ha-giang", "tuyen-quang"}) {
      Establish(bloc);
      Join(bloc);
    }
  }
  absl::Status Schedule(const std::string& period) {
    return Record("period { cluster: 'dong-bac' period: '" + period +
                  "' scheduled { open_time { seconds: 100 } due_time { seconds: 200 } close_time { seconds: 300 } } }");
  }

  View view_;
  int64_t position_ = 0;
};

TEST_F(ViewTest, MembersAreThoseOfTheDay) {
  Establish("cao-bang");
  Join("cao-bang", "2023-07-01");
  EXPECT_THAT(view_.Expected("dong-bac", HalfYear(2023, 1)), ElementsAre("ha-giang", "tuyen-quang"));
  EXPECT_THAT(view_.Expected("dong-bac", HalfYear(2023, 2)), ElementsAre("ha-giang", "tuyen-quang", "cao-bang"));
  EXPECT_THAT(view_.Expected("dong-bac", HalfYear(2019, 2)), IsEmpty());
}

TEST_F(ViewTest, AMergeClosesItsPredecessorsAndLeavesThePastAlone) {
  Establish("hop-nhat", "2025-07-01");
  ASSERT_TRUE(Record("organisation { date: '2025-07-01' lineage { kind: LINEAGE_KIND_MERGE predecessors: 'ha-giang'"
                     " predecessors: 'tuyen-quang' successors: 'hop-nhat' } }")
                  .ok());
  Join("hop-nhat", "2025-07-01");
  EXPECT_THAT(view_.Expected("dong-bac", HalfYear(2025, 1)), ElementsAre("ha-giang", "tuyen-quang"));
  EXPECT_THAT(view_.Expected("dong-bac", HalfYear(2025, 2)), ElementsAre("hop-nhat"));
  EXPECT_EQ(Record("organisation { date: '2026-01-01' lineage { kind: LINEAGE_KIND_CEASE predecessors: 'ha-giang' } }")
                .code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(ViewTest, ARenameHoldsFromItsDay) {
  ASSERT_TRUE(Record("organisation { date: '2022-04-12' lineage { kind: LINEAGE_KIND_RENAME predecessors: 'ha-giang'"
                     " name { vi: 'Tên mới' en: 'New name' } } }")
                  .ok());
  const auto before = view_.Describe("dong-bac", absl::CivilDay(2022, 4, 11), absl::UnixEpoch());
  const auto after = view_.Describe("dong-bac", absl::CivilDay(2022, 4, 12), absl::UnixEpoch());
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_EQ(before->blocs(0).name().vi(), "Khối");
  EXPECT_EQ(after->blocs(0).name().vi(), "Tên mới");
}

TEST_F(ViewTest, TheChairIsTheOneOfTheDay) {
  for (const char* appointment : {"2022-01-01' chair_appointed { cluster: 'dong-bac' bloc: 'ha-giang' }",
                                  "2023-01-01' chair_appointed { cluster: 'dong-bac' bloc: 'tuyen-quang' }"}) {
    ASSERT_TRUE(Record("organisation { date: '" + std::string(appointment) + " }").ok());
  }
  EXPECT_EQ(view_.Chair("dong-bac", absl::CivilDay(2021, 12, 31)), "");
  EXPECT_EQ(view_.Chair("dong-bac", absl::CivilDay(2022, 6, 1)), "ha-giang");
  EXPECT_EQ(view_.Chair("dong-bac", absl::CivilDay(2024, 6, 1)), "tuyen-quang");
}

TEST_F(ViewTest, PeriodsOpenFallDueCloseAndReopen) {
  ASSERT_TRUE(Schedule("2023-H1").ok());
  const auto state = [&](int64_t second, const std::string& bloc) {
    return view_.DeadlinesFor("dong-bac", HalfYear(2023, 1), bloc)->StateAt(absl::FromUnixSeconds(second));
  };
  EXPECT_EQ(state(99, "ha-giang"), directory::v1::PERIOD_STATE_SCHEDULED);
  EXPECT_EQ(state(100, "ha-giang"), directory::v1::PERIOD_STATE_OPEN);
  EXPECT_EQ(state(200, "ha-giang"), directory::v1::PERIOD_STATE_DUE);
  EXPECT_EQ(state(300, "ha-giang"), directory::v1::PERIOD_STATE_CLOSED);
  ASSERT_TRUE(Record("period { cluster: 'dong-bac' period: '2023-H1' reason: 'bão lũ' extended { bloc: 'ha-giang'"
                     " due_time { seconds: 400 } close_time { seconds: 500 } } }")
                  .ok());
  EXPECT_EQ(state(300, "ha-giang"), directory::v1::PERIOD_STATE_OPEN);
  EXPECT_EQ(state(300, "tuyen-quang"), directory::v1::PERIOD_STATE_CLOSED);
  ASSERT_TRUE(Record("time { seconds: 350 } period { cluster: 'dong-bac' period: '2023-H1' closed {} }").ok());
  EXPECT_EQ(state(360, "ha-giang"), directory::v1::PERIOD_STATE_CLOSED);
  ASSERT_TRUE(Record("period { cluster: 'dong-bac' period: '2023-H1' reason: 'bổ sung' reopened {"
                     " close_time { seconds: 900 } } }")
                  .ok());
  EXPECT_EQ(state(600, "tuyen-quang"), directory::v1::PERIOD_STATE_DUE);
}

// Every refusal names the contradiction in Vietnamese, and leaves the view as it was.
TEST_F(ViewTest, ContradictionsAreRefused) {
  const std::vector<std::pair<std::string, absl::StatusCode>> cases = {
      {"organisation { date: '2020-13-01' cluster_established { cluster: 'x' } }", absl::StatusCode::kInvalidArgument},
      {"organisation { date: '2020-01-01' cluster_established { cluster: 'dong-bac' name { vi: 'a' en: 'b' } } }",
       absl::StatusCode::kFailedPrecondition},
      {"organisation { date: '2020-01-01' cluster_established { cluster: 'Tây Bắc' } }",
       absl::StatusCode::kInvalidArgument},
      {"organisation { date: '2020-01-01' bloc_established { bloc: 'ha-giang' } }",
       absl::StatusCode::kFailedPrecondition},
      {"organisation { date: '2020-01-01' bloc_established { bloc: 'moi' name { vi: 'chỉ tiếng Việt' } } }",
       absl::StatusCode::kInvalidArgument},
      {"organisation { date: '2021-01-01' bloc_joined { cluster: 'dong-bac' bloc: 'ha-giang' } }",
       absl::StatusCode::kFailedPrecondition},
      {"organisation { date: '2021-01-01' bloc_joined { cluster: 'dong-bac' bloc: 'la' } }",
       absl::StatusCode::kFailedPrecondition},
      {"organisation { date: '2021-01-01' chair_appointed { cluster: 'dong-bac' bloc: 'la' } }",
       absl::StatusCode::kFailedPrecondition},
      {"organisation { date: '2021-01-01' lineage { kind: LINEAGE_KIND_SPLIT predecessors: 'ha-giang' } }",
       absl::StatusCode::kInvalidArgument},
      {"organisation { date: '2021-01-01' }", absl::StatusCode::kInvalidArgument},
      {"period { cluster: 'dong-bac' period: '2023-H3' closed {} }", absl::StatusCode::kInvalidArgument},
      {"period { cluster: 'la' period: '2023-H1' closed {} }", absl::StatusCode::kFailedPrecondition},
      {"period { cluster: 'dong-bac' period: '2023-H1' closed {} }", absl::StatusCode::kFailedPrecondition},
      {"period { cluster: 'dong-bac' period: '2023-H1' scheduled { open_time { seconds: 9 } due_time { seconds: 5 }"
       " close_time { seconds: 7 } } }",
       absl::StatusCode::kInvalidArgument},
      {"period { cluster: 'dong-bac' period: '2023-H1' scheduled { open_time { seconds: 1 } due_time { seconds: 5 }"
       " close_time { seconds: 253402300799 nanos: 1000000000 } } }",
       absl::StatusCode::kInvalidArgument},
      {"", absl::StatusCode::kInvalidArgument},
  };
  const int64_t before = view_.position();
  for (const auto& [text, code] : cases) {
    const absl::Status status = Record(text);
    EXPECT_EQ(status.code(), code) << text << status;
    EXPECT_FALSE(runtime::DetailOf(status).vietnamese.empty()) << text;
  }
  EXPECT_EQ(view_.position(), before);
}

// Every text and list of an event has its measure, in characters and elements: what is just within it is taken, one
// more is refused, and what was too long is not quoted.
TEST_F(ViewTest, EventsHaveTheirMeasure) {
  const auto times = [](const std::string& text, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += text;
    return all;
  };
  const auto bloc = [&](int name, int codes, const std::string& code) {
    return "organisation { date: '2020-01-01' bloc_established { bloc: 'moi' name { vi: '" + times("ệ", name) +
           "' en: 'b' } province { vi: 'a' en: 'b' } " + times("codes { " + code + " } ", codes) + "} }";
  };
  const std::string code = "scheme: 'gso' code: '02' from: '1976-07-02' until: ''";
  const auto transfer = [](const std::string& rest) {
    return "organisation { date: '2021-01-01' " + rest +
           " lineage { kind: LINEAGE_KIND_TRANSFER predecessors: 'ha-giang' successors: 'tuyen-quang' } }";
  };
  const std::string many = times("successors: 'ha-giang' ", 101);
  ASSERT_TRUE(Schedule("2023-H1").ok());
  const std::string reason = "period { cluster: 'dong-bac' period: '2023-H1' reason: '";
  for (const std::string& text :
       {bloc(200, 20, code), transfer("decision: '" + times("ệ", 200) + "' note: '" + times("ệ", 2000) + "'"),
        reason + times("ệ", 2000) + "' closed {} }", bloc(1, 1, "scheme: 'iso-3166-2' code: 'VN-03'")}) {
    directory::v1::Event event;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &event)) << text;
    EXPECT_TRUE(view_.Check(event).ok()) << view_.Check(event);
  }
  for (const std::string& text :
       {bloc(201, 0, code), bloc(1, 21, code), bloc(1, 1, "scheme: 'post' code: '02'"),
        bloc(1, 1, "scheme: 'gso' code: ''"), bloc(1, 1, "scheme: 'gso' code: '01234567890'"),
        bloc(1, 1, "scheme: 'gso' code: '0 2'"), bloc(1, 1, "scheme: 'gso' code: '02' from: '1976'"),
        bloc(1, 1, "scheme: 'gso' code: '02' until: 'nay'"), transfer("decision: '" + times("ệ", 201) + "'"),
        transfer("note: '" + times("ệ", 2001) + "'"), reason + times("ệ", 2001) + "' closed {} }",
        std::string("organisation { date: '2021-01-01' lineage { kind: LINEAGE_KIND_CEASE predecessors: 'ha-giang'"
                    " name { vi: 'a' } } }"),
        "organisation { date: '2021-01-01' lineage { kind: LINEAGE_KIND_SPLIT predecessors: 'ha-giang' " + many + "} }",
        "organisation { date: '2021-01-01' cluster_established { cluster: '" + times("x", 100'000) + "' } }"}) {
    const absl::Status status = Record(text);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_LT(status.message().size() + runtime::DetailOf(status).vietnamese.size(), 1500u);
  }
}

// What the directory cannot read it does not record, however deep it stands.
TEST_F(ViewTest, UnknownFieldsAreRefused) {
  directory::v1::Event event;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "organisation { date: '2020-01-01' bloc_established { bloc: 'moi' name { vi: 'a' en: 'b' } province { vi: 'a'"
      " en: 'b' } codes { scheme: 'gso' code: '02' } } }",
      &event));
  EXPECT_TRUE(view_.Check(event).ok());
  directory::v1::ProvinceCode& code = *event.mutable_organisation()->mutable_bloc_established()->mutable_codes(0);
  code.GetReflection()->MutableUnknownFields(&code)->AddVarint(77, 1);
  EXPECT_EQ(view_.Check(event).code(), absl::StatusCode::kInvalidArgument);
}

// A follower believes the feed: an event the directory would have refused does no harm.
TEST_F(ViewTest, WhatWasNeverCheckedDoesNoHarm) {
  for (const char* what :
       {"extended { close_time { seconds: 500 } }", "closed {}", "reopened { close_time { seconds: 500 } }",
        "scheduled { open_time { seconds: -99999999999999 } close_time { seconds: 99999999999999 } }"}) {
    directory::v1::Event event;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
        "period { cluster: 'dong-bac' period: '2023-H1' " + std::string(what) + " }", &event));
    view_.Apply(++position_, event);
    EXPECT_TRUE(view_.Describe("dong-bac", absl::CivilDay(2023, 1, 1), absl::UnixEpoch()).ok());
  }
}

// Readers meet whole events only: a bloc that is expected exists, and nothing that was known is forgotten.
TEST_F(ViewTest, ReadersSeeWholeEventsWhileTheFeedGoesOn) {
  constexpr int kBlocs = 100;
  std::atomic<bool> over = false;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&] {
      int64_t position = 0;
      size_t members = 0;
      while (!over) {
        const std::vector<std::string> expected = view_.Expected("dong-bac", HalfYear(2023, 1));
        EXPECT_LE(std::exchange(members, expected.size()), expected.size());
        for (const std::string& bloc : expected) EXPECT_TRUE(view_.HasBloc(bloc)) << bloc;
        const int64_t now = view_.position();
        EXPECT_LE(std::exchange(position, now), now);
        EXPECT_TRUE(view_.Describe("dong-bac", absl::CivilDay(2023, 1, 1), absl::UnixEpoch()).ok());
        view_.DeadlinesFor("dong-bac", HalfYear(2023, 1), "ha-giang");
      }
    });
  }
  EXPECT_TRUE(Schedule("2023-H1").ok());
  for (int bloc = 0; bloc < kBlocs; ++bloc) {
    Establish("khoi-" + std::to_string(bloc));
    Join("khoi-" + std::to_string(bloc));
  }
  over = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(view_.Expected("dong-bac", HalfYear(2023, 1)).size(), kBlocs + 2u);
}

// A feed may be repeated from an earlier position: what is known is not applied again.
TEST_F(ViewTest, KnownPositionsAreIgnored) {
  directory::v1::Event event;
  event.mutable_organisation()->set_date("2020-01-01");
  event.mutable_organisation()->mutable_cluster_established()->set_cluster("khac");
  view_.Apply(1, event);
  EXPECT_THAT(view_.Clusters(), ElementsAre("dong-bac"));
}

}  // namespace
}  // namespace giaoban::clusters
