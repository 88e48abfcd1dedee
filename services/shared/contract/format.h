// Numbers and dates as people write them.
#ifndef GIAOBAN_CONTRACT_FORMAT_H_
#define GIAOBAN_CONTRACT_FORMAT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "giaoban/contract/v1/options.pb.h"
#include "services/shared/contract/aggregation.h"
#include "services/shared/contract/catalogue.h"

namespace giaoban::contract {

enum class Language { kVietnamese, kEnglish };

const std::string& In(const v1::Text& text, Language language);
// The label of an enum value, from its `text` option.
const v1::Text& TextOf(const google::protobuf::EnumValueDescriptor& value);
template <typename Enum>
const v1::Text& TextOf(Enum value) {
  return TextOf(*google::protobuf::GetEnumDescriptor<Enum>()->FindValueByNumber(value));
}

// 1.647 in Vietnamese, 1,647 in English.
std::string FormatCount(int64_t value, Language language);
// A figure of a line: a count, "98 %" or "98,25 %" (English: 98.25%) for an entered
// percentage, and a ratio rounded half away from zero to the line's decimals ("73,8 %", "61,0").
// Empty for an empty figure: a blank is shown as nothing, never as 0.
std::string FormatFigure(const Line& line, const Figure& figure, Language language);
// The figure without thousands separators and with a decimal point, for programs:
// "1647", "98.25", "73.77" (six decimals at most, exact where possible).
std::string PlainFigure(const Line& line, const Figure& figure);
// "05/7/2023 14:30" in Vietnam time: days below 10 and months 1–2 are padded, other
// months are not. English: "2023-07-05 14:30".
std::string FormatTime(absl::Time time, Language language);

// Reads what an office typed for a line. Counts: digits, with dots as thousands
// separators only where they stand rightly ("1.647"); percentages: up to two
// decimals after a comma, an optional % ("98", "98,25 %"). A negative number is read,
// and fails V18 later. Everything else is refused and never guessed: "1,647", "98.5",
// "12a", "1 647", more than 15 digits.
absl::StatusOr<int64_t> ParseEntry(const Line& line, absl::string_view text);
// What ParseEntry reads for this line, in words and with examples.
std::string ExpectedEntry(const Line& line, Language language);
// A value as an office would type it: ParseEntry reads it back.
std::string EntryText(const Line& line, int64_t value);

}  // namespace giaoban::contract

#endif  // GIAOBAN_CONTRACT_FORMAT_H_
