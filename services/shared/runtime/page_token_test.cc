#include "services/shared/runtime/page_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "absl/strings/escaping.h"
#include "services/shared/runtime/status.h"

namespace giaoban::runtime {
namespace {

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();

std::string Encoded(absl::string_view text) { return absl::WebSafeBase64Escape(text); }

void ExpectMalformed(const absl::Status& status, absl::string_view token) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << token;
  EXPECT_EQ(DetailOf(status).reason, "REQUEST_MALFORMED") << token;
  EXPECT_FALSE(DetailOf(status).vietnamese.empty()) << token;
}

// Goal: what was put into a token comes out again, whatever bytes it has, and the token is plain text.
TEST(PageToken, ComesBackAsItWas) {
  for (const std::string& place : {std::string("van-hanh"), std::string("đồng bào"), std::string("\0\xff\n", 3)}) {
    const std::string token = PageToken("accounts", place);
    EXPECT_THAT(token, testing::MatchesRegex("[A-Za-z0-9_-]+"));
    EXPECT_EQ(PlaceOf("accounts", token).value(), place);
  }
  for (const int64_t place : {int64_t{1}, int64_t{77}, kLargest}) {
    EXPECT_EQ(NumberOf("revisions", PageToken("revisions", place)).value(), place);
  }
}

// Goal: no token is the beginning of the list.
TEST(PageToken, NoneIsTheBeginning) {
  EXPECT_EQ(PlaceOf("accounts", "").value(), "");
  EXPECT_EQ(NumberOf("accounts", "").value(), 0);
}

// Goal: a token of another list, of another version, cut, padded or made up is refused and not guessed at.
TEST(PageToken, EverythingElseIsMalformed) {
  const std::string good = PageToken("accounts", "van-hanh");
  const absl::string_view nul("\0", 1);
  for (const std::string& token :
       {std::string("x"), std::string("van-hanh"), good.substr(0, good.size() - 1), good + "=", good + "\n", " " + good,
        PageToken("clusters", "van-hanh"), PageToken("accounts", ""), Encoded("1"), Encoded("accounts"),
        Encoded(absl::StrCat("2", nul, "accounts", nul, "van-hanh")), Encoded(absl::StrCat("1", nul, "van-hanh")),
        std::string("\0", 1), std::string(100'000, 'A')}) {
    ExpectMalformed(PlaceOf("accounts", token).status(), token);
  }
}

// Goal: a place that has to be a number is one, in the one way numbers are written.
TEST(PageToken, ANumberIsANumber) {
  for (const char* place : {"0", "-1", "01", "+1", " 1", "1 ", "1x", "9223372036854775808", "x"}) {
    ExpectMalformed(NumberOf("revisions", PageToken("revisions", place)).status(), place);
  }
}

}  // namespace
}  // namespace giaoban::runtime
