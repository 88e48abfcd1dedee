// Goal: a password is kept so that it costs what was decided to try one, whether the account is there or not; initial
// passwords are what they are said to be, and every fault of a new one is named at once.
#include "services/directory/password.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include <cctype>

namespace giaoban::directory {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::vector<std::string> RulesBroken(absl::string_view password, absl::string_view present = "the present one",
                                     absl::string_view user = "lan.ha") {
  std::vector<std::string> rules;
  const report::v1::Findings faults = FaultsOf(password, present, user);
  for (const report::v1::Finding& fault : faults.findings()) {
    EXPECT_FALSE(fault.text().vi().empty() || fault.text().en().empty());
    rules.push_back(fault.rule());
  }
  return rules;
}

TEST(PasswordTest, IsKeptAsAHashWithTheParametersDecidedOn) {
  const std::string hash = HashPassword("mật khẩu của Lan").value();
  EXPECT_THAT(hash, StartsWith("$argon2id$v=19$m=65536,t=2,p=1$"));
  EXPECT_NE(hash, HashPassword("mật khẩu của Lan").value()) << "the salt is random";
  EXPECT_TRUE(IsPassword("mật khẩu của Lan", hash).value());
  EXPECT_FALSE(IsPassword("mật khẩu của lan", hash).value());
  EXPECT_FALSE(IsPassword("", hash).value());
}

// What stands for an account that is not there has to be taken for a hash with the same parameters, and hashed against.
TEST(PasswordTest, AnAccountThatIsNotThereCostsTheSame) {
  EXPECT_FALSE(IsPassword("mật khẩu của Lan", "").value());
  EXPECT_FALSE(IsPassword("", "").value());
  EXPECT_EQ(IsPassword("x", "$argon2id$v=19$m=65536,t=2,p=1$AAAA").status().code(), absl::StatusCode::kInternal)
      << "a hash that cannot be read is not answered with false";
}

TEST(PasswordTest, InitialPasswordsAreTwentyUnmistakableCharacters) {
  EXPECT_EQ(InitialPassword([](size_t bytes) { return std::string(bytes, '\0'); }), "aaaaa-aaaaa-aaaaa-aaaaa");
  EXPECT_EQ(InitialPassword([](size_t bytes) { return std::string(bytes, '\xff'); }), "99999-99999-99999-99999");
  std::string all;
  for (int i = 0; i < 100; ++i) all += InitialPassword(SystemRandomness);
  EXPECT_EQ(all.find_first_of("lo01"), std::string::npos);
  EXPECT_NE(InitialPassword(SystemRandomness), InitialPassword(SystemRandomness));
}

TEST(PasswordTest, EveryFaultIsNamedAtOnce) {
  EXPECT_THAT(RulesBroken("đủ dài và khác nhau"), IsEmpty());
  EXPECT_THAT(RulesBroken("ab", "ab"), ElementsAre("PASSWORD_LENGTH", "PASSWORD_VARIETY", "PASSWORD_SAME"));
  EXPECT_THAT(RulesBroken("aaaaaaaaaaaa"), ElementsAre("PASSWORD_VARIETY"));
  EXPECT_THAT(RulesBroken("my LAN.HA 2023 "), ElementsAre("PASSWORD_USER_NAME"));
  EXPECT_THAT(RulesBroken("abcdefghijk"), ElementsAre("PASSWORD_LENGTH")) << "11 bytes";
  EXPECT_THAT(RulesBroken("abcdefghijkl"), IsEmpty()) << "12 bytes";
  EXPECT_THAT(RulesBroken("abcdefgh" + std::string(248, 'x')), IsEmpty()) << "256 bytes";
  EXPECT_THAT(RulesBroken("abcdefgh" + std::string(249, 'x')), ElementsAre("PASSWORD_LENGTH")) << "257 bytes";
  EXPECT_THAT(RulesBroken("áàảãạăắằ"), IsEmpty()) << "8 characters, each its own, in 18 bytes";
  EXPECT_THAT(RulesBroken("áàảãạăắa á"), ElementsAre()) << "spaces count";
}

}  // namespace
}  // namespace giaoban::directory
