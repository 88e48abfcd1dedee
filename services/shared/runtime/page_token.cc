#include "services/shared/runtime/page_token.h"

#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/shared/runtime/status.h"

namespace giaoban::runtime {
namespace {

constexpr absl::string_view kVersion = "1";
constexpr char kSeparator = '\0';

absl::Status Malformed() {
  return Error(absl::StatusCode::kInvalidArgument, "page_token is not the next_page_token of an answer of this list",
               {.reason = "REQUEST_MALFORMED",
                .vietnamese = "Mã trang (page_token) không phải do danh sách này trả về ở trang trước."});
}

}  // namespace

std::string PageToken(absl::string_view list, absl::string_view place) {
  const absl::string_view separator(&kSeparator, 1);
  return absl::WebSafeBase64Escape(absl::StrCat(kVersion, separator, list, separator, place));
}

std::string PageToken(absl::string_view list, int64_t place) { return PageToken(list, absl::StrCat(place)); }

absl::StatusOr<std::string> PlaceOf(absl::string_view list, absl::string_view token) {
  if (token.empty()) return "";
  std::string text;
  if (!absl::WebSafeBase64Unescape(token, &text)) return Malformed();
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits(kSeparator, 2));
  // Made anew it must be the same: base64 has several spellings of one text.
  if (parts.size() != 3 || parts[2].empty() || PageToken(list, parts[2]) != token) return Malformed();
  return parts[2];
}

absl::StatusOr<int64_t> NumberOf(absl::string_view list, absl::string_view token) {
  const absl::StatusOr<std::string> place = PlaceOf(list, token);
  if (!place.ok()) return place.status();
  int64_t number = 0;
  if (!place->empty() && (!absl::SimpleAtoi(*place, &number) || number <= 0 || absl::StrCat(number) != *place)) {
    return Malformed();
  }
  return number;
}

}  // namespace giaoban::runtime
