#include "services/shared/runtime/identity.h"

#include <gtest/gtest.h>

#include <string>

namespace giaoban::runtime {
namespace {

// Goal: every role are read, and written as journals record them.
TEST(ParseIdentity, ReadsEveryRole) {
  for (const std::string text :
       {"office/quang-ninh", "chair/cao-bang", "operator/van-hanh", "service/membership", "portal/web"}) {
    const absl::StatusOr<Identity> identity = ParseIdentity("spiffe://giaoban/" + text);
    ASSERT_TRUE(identity.ok()) << identity.status();
    EXPECT_EQ(identity->ToString(), text);
  }
}

// Goal: whatever is not exactly an identity is nobody.
TEST(ParseIdentity, RefusesEverythingElse) {
  for (const std::string uri :
       {"", "office/quang-ninh", "spiffe://other/office/quang-ninh", "spiffe://giaoban/office",
        "spiffe://giaoban/office/", "spiffe://giaoban/guest/quang-ninh", "spiffe://giaoban/office/quang-ninh/more",
        "spiffe://giaoban/office/Quang-Ninh", "spiffe://giaoban/office/quảng-ninh", "spiffe://giaoban/office/a b",
        "SPIFFE://giaoban/office/quang-ninh", "spiffe://giaoban/ROLE_OFFICE/quang-ninh"}) {
    EXPECT_EQ(ParseIdentity(uri).status().code(), absl::StatusCode::kUnauthenticated) << uri;
  }
}

// Goal: names end at 40 characters.
TEST(ParseIdentity, LimitsNames) {
  EXPECT_TRUE(ParseIdentity("spiffe://giaoban/office/" + std::string(40, 'a')).ok());
  EXPECT_FALSE(ParseIdentity("spiffe://giaoban/office/" + std::string(41, 'a')).ok());
}

// Goal: an identity that was never filled names nobody.
TEST(Identity, EmptyIsNobody) { EXPECT_EQ(Identity{}.ToString(), "nobody"); }

}  // namespace
}  // namespace giaoban::runtime
