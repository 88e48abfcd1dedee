// Goal: a cluster's figures are for its own offices and its chair; everybody else
// learns nothing, not even whether the cluster exists.
#include "services/aggregator/admission.h"

#include <gtest/gtest.h>

#include "services/aggregator/journals_for_tests.h"
#include "services/shared/runtime/status.h"

namespace giaoban::aggregator {
namespace {

using absl::StatusCode;
using contract::v1::ROLE_CHAIR;
using contract::v1::ROLE_OFFICE;
using contract::v1::ROLE_OPERATOR;

class AdmissionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_.Establish("dong-bac");
    directory_.Establish("tay-bac");
    directory_.Join("dong-bac", "ha-giang");
    directory_.Join("dong-bac", "cao-bang");
    directory_.Join("tay-bac", "lai-chau");
    directory_.Appoint("dong-bac", "cao-bang");
    directory_.Schedule("dong-bac", "2023-H1");
  }
  StatusCode Try(contract::v1::Role role, const std::string& name, const std::string& cluster,
                 const std::string& period = "2023-H1", v1::Basis basis = v1::BASIS_UNSPECIFIED) {
    v1::SummaryKey key;
    key.set_cluster(cluster);
    key.set_period(period);
    key.set_basis(basis);
    return Admit(directory_.view, {.role = role, .name = name}, key, now_).status().code();
  }

  TestDirectory directory_;
  absl::Time now_ = absl::FromCivil(absl::CivilDay(2023, 7, 5), absl::UTCTimeZone());
};

TEST_F(AdmissionTest, OfficesReadTheirCluster) {
  EXPECT_EQ(Try(ROLE_OFFICE, "ha-giang", "dong-bac"), StatusCode::kOk);
  EXPECT_EQ(Try(ROLE_OFFICE, "lai-chau", "dong-bac"), StatusCode::kPermissionDenied);
  EXPECT_EQ(Try(ROLE_OPERATOR, "van-hanh", "dong-bac"), StatusCode::kPermissionDenied);
}

TEST_F(AdmissionTest, WhatIsNotAcceptedIsForTheChair) {
  EXPECT_EQ(Try(ROLE_OFFICE, "ha-giang", "dong-bac", "2023-H1", v1::BASIS_SUBMITTED), StatusCode::kPermissionDenied);
  EXPECT_EQ(Try(ROLE_OFFICE, "ha-giang", "dong-bac", "1999-H9", v1::BASIS_SUBMITTED), StatusCode::kPermissionDenied);
  EXPECT_EQ(Try(ROLE_OFFICE, "ha-giang", "dong-bac", "2023-H1", v1::BASIS_ACCEPTED), StatusCode::kOk);
  EXPECT_EQ(Try(ROLE_CHAIR, "cao-bang", "dong-bac", "2023-H1", v1::BASIS_SUBMITTED), StatusCode::kOk);
}

TEST_F(AdmissionTest, ABlocThatLeftStillReads) {
  directory_.Record("organisation { date: '2023-07-01' bloc_left { cluster: 'dong-bac' bloc: 'ha-giang' } }");
  EXPECT_EQ(Try(ROLE_OFFICE, "ha-giang", "dong-bac"), StatusCode::kOk);
}

TEST_F(AdmissionTest, TheChairOfTheDayReads) {
  EXPECT_EQ(Try(ROLE_CHAIR, "cao-bang", "dong-bac"), StatusCode::kOk);
  EXPECT_EQ(Try(ROLE_CHAIR, "ha-giang", "dong-bac"), StatusCode::kPermissionDenied);
  directory_.Record("organisation { date: '2023-07-06' chair_appointed { cluster: 'dong-bac' bloc: 'ha-giang' } }");
  EXPECT_EQ(Try(ROLE_CHAIR, "cao-bang", "dong-bac"), StatusCode::kOk);
  // 18:00 UTC on the 5th is the 6th in Vietnam.
  now_ += absl::Hours(18);
  EXPECT_EQ(Try(ROLE_CHAIR, "cao-bang", "dong-bac"), StatusCode::kPermissionDenied);
  EXPECT_EQ(Try(ROLE_CHAIR, "ha-giang", "dong-bac"), StatusCode::kOk);
}

TEST_F(AdmissionTest, StrangersCannotTellWhatExists) {
  EXPECT_EQ(Try(ROLE_OFFICE, "lai-chau", "nowhere"), StatusCode::kPermissionDenied);
  EXPECT_EQ(Try(ROLE_OFFICE, "lai-chau", "dong-bac", "1999-H9"), StatusCode::kPermissionDenied);
}

TEST_F(AdmissionTest, WhatIsAskedMustExist) {
  EXPECT_EQ(Try(ROLE_OFFICE, "ha-giang", "dong-bac", "2022-H2"), StatusCode::kNotFound);
  EXPECT_EQ(Try(ROLE_OFFICE, "ha-giang", "dong-bac", "2023"), StatusCode::kInvalidArgument);
  EXPECT_EQ(Try(ROLE_OFFICE, "ha-giang", "dong-bac", "2023-H1", static_cast<v1::Basis>(7)),
            StatusCode::kInvalidArgument);
}

TEST_F(AdmissionTest, PositionsGoByKind) {
  v1::GetSummaryRequest request;
  request.add_at_least()->set_kind("training");
  request.mutable_at_least(0)->set_position(5);
  const auto positions = PositionsByForm(*TestCatalogue(), request.at_least());
  ASSERT_TRUE(positions.ok());
  EXPECT_EQ((*positions)[TestCatalogue()->FindForm("training")->index], 5);
  request.add_at_least()->set_kind("cooking");
  EXPECT_EQ(PositionsByForm(*TestCatalogue(), request.at_least()).status().code(), StatusCode::kInvalidArgument);
  request.clear_at_least();
  for (int i = 0; i < 1000; ++i) request.add_at_least()->set_kind("training");
  EXPECT_TRUE(PositionsByForm(*TestCatalogue(), request.at_least()).ok());
  request.add_at_least()->set_kind("training");
  EXPECT_EQ(PositionsByForm(*TestCatalogue(), request.at_least()).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(AdmissionTest, CodesAreKnownOrNot) {
  EXPECT_TRUE(FindLine(*TestCatalogue(), "mem_closing").ok());
  EXPECT_EQ(FindLine(*TestCatalogue(), "mem_nothing").status().code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace giaoban::aggregator
