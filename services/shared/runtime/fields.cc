#include "services/shared/runtime/fields.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "services/shared/runtime/error.h"

namespace giaoban::runtime {
namespace {

using google::protobuf::util::TimeUtil;

constexpr int kNanosOfASecond = 1'000'000'000;
constexpr int kMostPositions = 1000;

absl::Status Malformed(absl::string_view english, absl::string_view vietnamese) {
  return Error(absl::StatusCode::kInvalidArgument, english,
               {.reason = "REQUEST_MALFORMED", .vietnamese = std::string(vietnamese)});
}

}  // namespace

bool LongerThan(absl::string_view text, int characters) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }) > characters;
}

absl::Status CheckReason(absl::string_view reason) {
  if (!LongerThan(reason, kTextCharacters)) return absl::OkStatus();
  return Malformed(absl::StrCat("the reason is longer than ", kTextCharacters, " characters"),
                   absl::StrCat("Lý do dài quá ", kTextCharacters, " ký tự."));
}

absl::Status CheckRequestId(absl::string_view id) {
  const bool visible = std::all_of(id.begin(), id.end(), absl::ascii_isgraph);
  if (visible && id.size() >= 8 && id.size() <= 64) return absl::OkStatus();
  return Malformed("request_id must be 8 to 64 visible ASCII characters",
                   "Mã yêu cầu (request_id) phải có từ 8 đến 64 ký tự ASCII.");
}

absl::Status CheckTime(const google::protobuf::Timestamp& time) {
  if (time.seconds() >= TimeUtil::kTimestampMinSeconds && time.seconds() <= TimeUtil::kTimestampMaxSeconds &&
      time.nanos() >= 0 && time.nanos() < kNanosOfASecond) {
    return absl::OkStatus();
  }
  return Malformed("a time is not of the years 1 to 9999", "Thời điểm phải thuộc các năm từ 1 đến 9999.");
}

absl::Status CheckPositionCount(int count) {
  if (count <= kMostPositions) return absl::OkStatus();
  return Malformed(absl::StrCat("more than ", kMostPositions, " positions"),
                   absl::StrCat("Không nêu quá ", kMostPositions, " vị trí."));
}

absl::Status CheckPosition(int64_t position) {
  if (position >= 0) return absl::OkStatus();
  return Malformed("a position is below zero", "Vị trí không được âm.");
}

absl::StatusOr<absl::CivilDay> ParseDay(absl::string_view text) {
  absl::CivilDay day;
  // Written anew it must be the same: spaces, signs and years of any length are read as well.
  if (text.size() == 10 && absl::ParseCivilTime(text, &day) && day.year() >= 1000 &&
      absl::FormatCivilTime(day) == text) {
    return day;
  }
  return Malformed(absl::StrCat("'", text, "' is not a day such as 2023-06-30"),
                   absl::StrCat("“", text, "” không phải ngày hợp lệ (ví dụ 2023-06-30)."));
}

}  // namespace giaoban::runtime
