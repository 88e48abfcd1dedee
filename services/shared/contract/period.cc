#include "services/shared/contract/period.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/util/time_util.h"

namespace giaoban::contract {

absl::StatusOr<HalfYear> HalfYear::Parse(absl::string_view text) {
  const auto refused = [text] {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not a half-year such as 2023-H1"));
  };
  if (text.size() != 7 || text.substr(4, 2) != "-H") return refused();
  for (char digit : text.substr(0, 4)) {
    if (!absl::ascii_isdigit(digit)) return refused();
  }
  int year = 0;
  if (!absl::SimpleAtoi(text.substr(0, 4), &year) || year < 1900 || year > 2999) return refused();
  if (text[6] != '1' && text[6] != '2') return refused();
  return HalfYear(year, text[6] - '0');
}

HalfYear HalfYear::Before(int halves) const { return HalfYear(index_ - halves); }

absl::CivilDay HalfYear::first_day() const { return absl::CivilDay(year(), half() == 1 ? 1 : 7, 1); }

absl::CivilDay HalfYear::last_day() const {
  return half() == 1 ? absl::CivilDay(year(), 6, 30) : absl::CivilDay(year(), 12, 31);
}

std::string HalfYear::ToString() const { return absl::StrFormat("%04d-H%d", year(), half()); }

absl::Time TimeOf(const google::protobuf::Timestamp& timestamp) {
  using google::protobuf::util::TimeUtil;
  return std::clamp(absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos()),
                    absl::FromUnixSeconds(TimeUtil::kTimestampMinSeconds),
                    absl::FromUnixSeconds(TimeUtil::kTimestampMaxSeconds));
}

absl::TimeZone VietnamTime() {
  static const absl::TimeZone zone = absl::FixedTimeZone(7 * 60 * 60);
  return zone;
}

}  // namespace giaoban::contract
