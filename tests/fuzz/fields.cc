// Fields that many requests have, against what the contract says of them. Parts: a day, a Timestamp, an id of a request
// and a text.
#include "services/shared/runtime/fields.h"

#include "absl/time/time.h"
#include "google/protobuf/stubs/common.h"
#include "google/protobuf/util/time_util.h"
#include "services/shared/runtime/error.h"
#include "tests/fuzz/mutate.h"

namespace giaoban::fuzz {
namespace {

using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;

const Plan& FieldsPlan() {
  static const Plan& plan = *new Plan{.message_of = [](const Parts&, size_t index) -> MessagePointer {
                                        return index == 1 ? std::make_unique<Timestamp>() : nullptr;
                                      },
                                      .fixed = 4,
                                      .loose = false};
  return plan;
}

void CheckRefusal(const absl::Status& status) {
  const runtime::Detail detail = runtime::DetailOf(status);
  Require(absl::IsInvalidArgument(status) && detail.reason == "REQUEST_MALFORMED" && !detail.vietnamese.empty(),
          "a field is refused in one way");
}

bool IsDay(absl::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto number = [&](size_t at, size_t digits) {
    int value = 0;
    for (const char c : text.substr(at, digits)) {
      if (c < '0' || c > '9') return -1;
      value = 10 * value + (c - '0');
    }
    return value;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (year < 1000 || month < 1 || month > 12) return false;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return day >= 1 && day <= kDays[month - 1] + (leap && month == 2 ? 1 : 0);
}

void CheckDay(const std::string& text) {
  const auto day = runtime::ParseDay(text);
  Require(day.ok() == IsDay(text), "a day is one of the calendar, in the one form days have");
  if (!day.ok()) return CheckRefusal(day.status());
  Require(absl::FormatCivilTime(*day) == text, "a day that is read is written the same");
}

void CheckTime(const Timestamp& time) {
  const absl::Status status = runtime::CheckTime(time);
  // From the first second of the year 1 to the last of 9999.
  const bool of_years = time.seconds() >= -62'135'596'800 && time.seconds() <= 253'402'300'799;
  Require(status.ok() == (of_years && time.nanos() >= 0 && time.nanos() < 1'000'000'000), "a time is of these years");
  if (!status.ok()) return CheckRefusal(status);
  Timestamp again;
  Require(TimeUtil::FromString(TimeUtil::ToString(time), &again) && again == time, "a time that is taken can be told");
  const absl::Time moment = absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(time));
  Require(absl::ToUnixSeconds(moment) == time.seconds(), "a time that is taken can be reckoned with");
}

void CheckRequestId(const std::string& id) {
  const auto visible = [](char c) { return c > ' ' && c <= '~'; };
  const absl::Status status = runtime::CheckRequestId(id);
  Require(status.ok() == (id.size() >= 8 && id.size() <= 64 && std::all_of(id.begin(), id.end(), visible)),
          "a request id is 8 to 64 visible ASCII characters");
  if (!status.ok()) CheckRefusal(status);
}

void CheckText(const std::string& text) {
  int characters = 0;
  for (size_t at = 0; at < text.size(); ++characters) {
    const auto first = static_cast<uint8_t>(text[at]);
    at += first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  }
  Require(!runtime::LongerThan(text, characters) && (characters == 0 || runtime::LongerThan(text, characters - 1)),
          "a text is as long as it has characters");
  const absl::Status status = runtime::CheckReason(text);
  Require(status.ok() == (characters <= runtime::kTextCharacters), "a reason has so many characters at most");
  if (!status.ok()) CheckRefusal(status);
}

void Try(Parts parts) {
  parts.resize(4);
  Timestamp time;
  if (time.ParseFromString(parts[1])) CheckTime(time);
  // Only UTF-8 gets out of a message.
  using google::protobuf::internal::IsStructurallyValidUTF8;
  if (IsStructurallyValidUTF8(parts[0])) CheckDay(parts[0]);
  if (IsStructurallyValidUTF8(parts[2])) CheckRequestId(parts[2]);
  if (IsStructurallyValidUTF8(parts[3])) CheckText(parts[3]);
}

}  // namespace
}  // namespace giaoban::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  giaoban::fuzz::Try(giaoban::fuzz::Split(data, size));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  return giaoban::fuzz::MutateParts(giaoban::fuzz::FieldsPlan(), data, size, max_size, seed);
}
