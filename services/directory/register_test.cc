// Goal: events are recorded once, in order, only when they fit, and what was known at any
// earlier moment can still be read.
#include "services/directory/register.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "google/protobuf/text_format.h"
#include "services/shared/runtime/test_environment.h"

namespace giaoban::directory {
namespace {

using ::testing::SizeIs;

const runtime::Caller kOperator{{contract::v1::ROLE_OPERATOR, "van-hanh"}};

class RegisterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "/register-" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    Open();
  }
  void Open() {
    register_.reset();
    const runtime::Environment environment = process_.Get(folder_, [this] { return now_; });
    auto opened = Register::Open(environment);
    ASSERT_TRUE(opened.ok()) << opened.status();
    register_ = *std::move(opened);
  }
  static v1::Event Parse(const std::string& text) {
    v1::Event event;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &event)) << text;
    return event;
  }
  absl::StatusOr<report::v1::Entry> Record(const std::string& id, const std::string& text) {
    absl::StatusOr<report::v1::Entry> result = absl::UnknownError("not called");
    absl::Notification called;
    register_->Record(kOperator, id, Parse(text), [&](absl::StatusOr<report::v1::Entry> entry) {
      result = std::move(entry);
      called.Notify();
    });
    called.WaitForNotification();
    return result;
  }
  static std::string Bloc(const std::string& id) {
    return absl::StrCat("organisation { date: '2020-01-01' bloc_established { bloc: '", id,
                        "' name { vi: 'Khối' en: 'Bloc' } province { vi: 'Tỉnh' en: 'Province' } } }");
  }
  static std::string Joined(const std::string& bloc) {
    return absl::StrCat("organisation { date: '2020-01-01' bloc_joined { cluster: 'dong-bac' bloc: '", bloc, "' } }");
  }
  void Establish() {
    ASSERT_TRUE(Record("request-1",
                       "organisation { date: '2020-01-01' cluster_established { cluster: 'dong-bac'"
                       " name { vi: 'Cụm' en: 'Cluster' } } }")
                    .ok());
    ASSERT_TRUE(Record("request-2", Bloc("ha-giang")).ok());
  }

  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  std::string folder_;
  runtime::TestEnvironment process_;
  std::unique_ptr<Register> register_;
};

TEST_F(RegisterTest, WhatWasKnownEarlierCanStillBeRead) {
  Establish();
  const absl::Time before = now_;
  now_ += absl::Hours(1);
  ASSERT_TRUE(Record("request-3", Joined("ha-giang")).ok());
  const absl::CivilDay day(2023, 6, 30);
  EXPECT_THAT(register_->Cluster("dong-bac", day, absl::InfiniteFuture())->cluster().blocs(), SizeIs(1));
  const auto earlier = register_->Cluster("dong-bac", day, before);
  EXPECT_THAT(earlier->cluster().blocs(), SizeIs(0));
  EXPECT_EQ(earlier->position(), 2);
  EXPECT_EQ(register_->Cluster("dong-bac", day, before - absl::Hours(1)).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(RegisterTest, EverythingIsThereAfterARestart) {
  Establish();
  Open();
  EXPECT_EQ(register_->view().position(), 2);
  ASSERT_THAT(register_->view().Clusters(), SizeIs(1));
  EXPECT_EQ(register_->ClusterToday("dong-bac").cluster(), "dong-bac");
  EXPECT_THAT(*register_->Lineage("ha-giang"), SizeIs(1));
  EXPECT_EQ(register_->Lineage("la").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(RegisterTest, ARepeatedRequestRecordsNothingNew) {
  Establish();
  const auto again = Record("request-2", Bloc("ha-giang"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->position(), 2);
  EXPECT_EQ(Record("request-2", Bloc("cao-bang")).status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(register_->view().position(), 2);
}

// Two events that each fit alone and contradict each other are never both recorded,
// however close together they come.
TEST_F(RegisterTest, ContradictingEventsAreNeverBothRecorded) {
  Establish();
  constexpr int kTries = 20;
  std::atomic<int> recorded = 0;
  absl::BlockingCounter answered(kTries);
  for (int i = 0; i < kTries; ++i) {
    register_->Record(kOperator, absl::StrCat("contender-", i), Parse(Joined("ha-giang")),
                      [&](absl::StatusOr<report::v1::Entry> entry) {
                        recorded += entry.ok() ? 1 : 0;
                        answered.DecrementCount();
                      });
  }
  answered.Wait();
  EXPECT_EQ(recorded, 1);
  EXPECT_EQ(register_->view().position(), 3);
}

}  // namespace
}  // namespace giaoban::directory
