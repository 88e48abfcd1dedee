// Where a list goes on, as a caller sends it. Parts: a token, what is in one before it is encoded, and a place. The
// services read nothing else out of a token than these two functions do.
#include "services/shared/runtime/page_token.h"

#include "absl/strings/escaping.h"
#include "services/shared/runtime/error.h"
#include "tests/fuzz/mutate.h"

namespace giaoban::fuzz {
namespace {

using runtime::NumberOf;
using runtime::PageToken;
using runtime::PlaceOf;

constexpr absl::string_view kList = "accounts", kOther = "revisions";

const Plan& TokenPlan() {
  static const Plan& plan =
      *new Plan{.message_of = [](const Parts&, size_t) { return nullptr; }, .fixed = 3, .loose = false};
  return plan;
}

void CheckRefusal(const absl::Status& status) {
  const runtime::Detail detail = runtime::DetailOf(status);
  Require(absl::IsInvalidArgument(status) && detail.reason == "REQUEST_MALFORMED" && !detail.vietnamese.empty(),
          "a token is refused in one way");
}

void CheckToken(const std::string& token) {
  const auto place = PlaceOf(kList, token);
  if (!place.ok()) CheckRefusal(place.status());
  if (place.ok()) Require(token == (place->empty() ? "" : PageToken(kList, *place)), "a token is one that was made");
  const auto number = NumberOf(kList, token);
  if (!number.ok()) return CheckRefusal(number.status());
  Require(*number >= 0 && token == (*number == 0 ? "" : PageToken(kList, *number)), "a number is written in one way");
  Require(place.ok(), "a number is a place");
}

void CheckPlace(const std::string& place) {
  const std::string token = PageToken(kList, place);
  const auto read = PlaceOf(kList, token);
  Require(read.ok() ? *read == place : place.empty(), "a place comes back as it was");
  Require(!PlaceOf(kOther, token).ok() && !NumberOf(kOther, token).ok(), "a token is good for its own list");
}

void Try(Parts parts) {
  parts.resize(3);
  CheckToken(parts[0]);
  CheckToken(absl::WebSafeBase64Escape(parts[1]));
  CheckToken(PageToken(kList, parts[2]));
  CheckPlace(parts[2]);
}

}  // namespace
}  // namespace giaoban::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  giaoban::fuzz::Try(giaoban::fuzz::Split(data, size));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  return giaoban::fuzz::MutateParts(giaoban::fuzz::TokenPlan(), data, size, max_size, seed);
}
