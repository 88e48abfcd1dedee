// Goal: codes are those of any authenticator, clocks may differ by a step, and a code counts once.
#include "services/directory/one_time_code.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace giaoban::directory {
namespace {

// The secret of the test vectors in RFC 6238, appendix B.
const char kSecret[] = "12345678901234567890";

TEST(OneTimeCodeTest, AreThoseOfTheStandard) {
  // Appendix B has eight digits; six are the last of them.
  const std::vector<std::pair<int64_t, std::string>> vectors = {{59, "287082"},         {1111111109, "081804"},
                                                                {1111111111, "050471"}, {1234567890, "005924"},
                                                                {2000000000, "279037"}, {20000000000, "353130"}};
  for (const auto& [seconds, code] : vectors) {
    EXPECT_EQ(CodeOf(kSecret, StepOf(absl::FromUnixSeconds(seconds))), code) << seconds;
  }
}

TEST(OneTimeCodeTest, AStepEitherWayIsTolerated) {
  const absl::Time now = absl::FromUnixSeconds(1111111111);
  const int64_t step = StepOf(now);
  for (int64_t off = -3; off <= 3; ++off) {
    const auto matching = MatchingStep(kSecret, CodeOf(kSecret, step + off), now, 0);
    EXPECT_EQ(matching, off >= -1 && off <= 1 ? std::optional<int64_t>(step + off) : std::nullopt) << off;
  }
}

TEST(OneTimeCodeTest, ACodeCountsOnce) {
  const absl::Time now = absl::FromUnixSeconds(1111111111);
  const int64_t step = StepOf(now);
  EXPECT_FALSE(MatchingStep(kSecret, CodeOf(kSecret, step), now, step));
  EXPECT_FALSE(MatchingStep(kSecret, CodeOf(kSecret, step - 1), now, step)) << "nor does one before it";
  EXPECT_TRUE(MatchingStep(kSecret, CodeOf(kSecret, step + 1), now, step));
}

TEST(OneTimeCodeTest, RefusesWhatIsNoCode) {
  const absl::Time now = absl::FromUnixSeconds(59);
  for (const char* code : {"", "28708", "2870820", " 287082", "28708x", "000000"}) {
    EXPECT_FALSE(MatchingStep(kSecret, code, now, 0)) << code;
  }
}

// The vectors of RFC 4648, section 10, without padding.
TEST(OneTimeCodeTest, SecretsAreBase32) {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "MY"},
                                                                    {"fo", "MZXQ"},
                                                                    {"foo", "MZXW6"},
                                                                    {"foob", "MZXW6YQ"},
                                                                    {"fooba", "MZXW6YTB"},
                                                                    {"foobar", "MZXW6YTBOI"}};
  for (const auto& [bytes, text] : vectors) EXPECT_EQ(Base32(bytes), text);
  EXPECT_EQ(CodeUri("lan.ha", "foobar"),
            "otpauth://totp/Giao%20Ban:lan.ha?secret=MZXW6YTBOI&issuer=Giao%20Ban&algorithm=SHA1&digits=6&period=30");
}

}  // namespace
}  // namespace giaoban::directory
