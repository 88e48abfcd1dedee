// Half-years: the reporting periods of the suite.
#ifndef GIAOBAN_CONTRACT_PERIOD_H_
#define GIAOBAN_CONTRACT_PERIOD_H_

#include <compare>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace giaoban::contract {

// One half-year. First halves end on 30 June, second halves on 31 December.
class HalfYear {
 public:
  // Reads "2023-H1". INVALID_ARGUMENT for anything else, years outside
  // 1900–2999 included.
  static absl::StatusOr<HalfYear> Parse(absl::string_view text);

  HalfYear(int year, int half) : index_(year * 2 + half - 1) {}

  int year() const { return index_ / 2; }
  // 1 or 2.
  int half() const { return index_ % 2 + 1; }
  // The half-year `halves` before this one.
  HalfYear Before(int halves) const;
  absl::CivilDay first_day() const;
  absl::CivilDay last_day() const;
  // "2023-H1".
  std::string ToString() const;

  friend auto operator<=>(HalfYear, HalfYear) = default;

 private:
  explicit HalfYear(int index) : index_(index) {}
  int index_;
};

// A time as messages carry it. One before the year 1 or after 9999 is read as the nearest that can be
// written again: protobuf ends the process that tries with such a time.
absl::Time TimeOf(const google::protobuf::Timestamp& timestamp);

// Asia/Ho_Chi_Minh, the zone all times are shown in: UTC+7 without changes since
// 1975, so no time zone database is needed.
absl::TimeZone VietnamTime();

}  // namespace giaoban::contract

#endif  // GIAOBAN_CONTRACT_PERIOD_H_
