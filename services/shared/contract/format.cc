#include "services/shared/contract/format.h"

#include <utility>

#include "absl/numeric/int128.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/shared/contract/period.h"

namespace giaoban::contract {
namespace {

constexpr absl::string_view kNoBreakSpace = "\u00a0";
constexpr size_t kMostDigits = 15;
constexpr int kPlainDecimals = 6;

int64_t PowerOfTen(int exponent) {
  int64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

// A number as a whole part and so many decimals of it.
struct Decimal {
  bool negative = false;
  int64_t whole = 0;
  int64_t fraction = 0;
  int decimals = 0;
};

Decimal DecimalOf(absl::int128 scaled, int decimals) {
  const bool negative = scaled < 0;
  if (negative) scaled = -scaled;
  const int64_t power = PowerOfTen(decimals);
  return {negative, static_cast<int64_t>(scaled / power), static_cast<int64_t>(scaled % power), decimals};
}

// Rounded half away from zero.
Decimal Divide(const Line& line, const Figure& figure, int decimals) {
  absl::int128 numerator = absl::int128(line.percent() ? 100 : 1) * PowerOfTen(decimals) * figure.numerator;
  absl::int128 denominator = figure.denominator;
  if (denominator < 0) {
    numerator = -numerator;
    denominator = -denominator;
  }
  const absl::int128 half = numerator < 0 ? -denominator : denominator;
  return DecimalOf((numerator * 2 + half) / (denominator * 2), decimals);
}

std::string FractionText(const Decimal& number, absl::string_view mark) {
  return number.decimals == 0 ? "" : absl::StrCat(mark, absl::StrFormat("%0*d", number.decimals, number.fraction));
}

Decimal WithoutTrailingZeros(Decimal number) {
  while (number.decimals > 0 && number.fraction % 10 == 0) {
    number.fraction /= 10;
    --number.decimals;
  }
  return number;
}

std::string PlainText(const Decimal& number, absl::string_view mark) {
  return absl::StrCat(number.negative ? "-" : "", number.whole, FractionText(number, mark));
}

// An entered percentage is in hundredths of a percent.
Decimal EnteredPercent(int64_t value) { return WithoutTrailingZeros(DecimalOf(value, 2)); }

std::string Shown(const Decimal& number, Language language) {
  return absl::StrCat(number.negative ? "-" : "", FormatCount(number.whole, language),
                      FractionText(number, language == Language::kVietnamese ? "," : "."));
}

bool IsDigits(absl::string_view text) {
  for (const char character : text) {
    if (!absl::ascii_isdigit(character)) return false;
  }
  return !text.empty() && text.size() <= kMostDigits;
}

// "1647", or "1.647" with every dot where a thousand ends.
bool ReadCount(absl::string_view text, int64_t* value) {
  const std::vector<absl::string_view> groups = absl::StrSplit(text, '.');
  if (groups.size() > 1 && (groups[0].size() > 3 || absl::StartsWith(groups[0], "0"))) return false;
  for (size_t i = 0; i < groups.size(); ++i) {
    if (!IsDigits(groups[i]) || (i > 0 && groups[i].size() != 3)) return false;
  }
  const std::string digits = absl::StrJoin(groups, "");
  return IsDigits(digits) && absl::SimpleAtoi(digits, value);
}

// "98", "98,2", "98,25 %".
bool ReadPercent(absl::string_view text, int64_t* hundredths) {
  if (absl::ConsumeSuffix(&text, "%")) {
    absl::ConsumeSuffix(&text, kNoBreakSpace) || absl::ConsumeSuffix(&text, " ");
  }
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits(',', 1));
  const bool has_comma = parts.first.size() != text.size();
  if (has_comma && (!IsDigits(parts.second) || parts.second.size() > 2)) return false;
  std::string fraction(parts.second);
  fraction.resize(2, '0');
  return IsDigits(parts.first) && IsDigits(absl::StrCat(parts.first, fraction)) &&
         absl::SimpleAtoi(absl::StrCat(parts.first, fraction), hundredths);
}

}  // namespace

const std::string& In(const v1::Text& text, Language language) {
  return language == Language::kVietnamese ? text.vi() : text.en();
}

const v1::Text& TextOf(const google::protobuf::EnumValueDescriptor& value) {
  return value.options().GetExtension(v1::text);
}

std::string FormatCount(int64_t value, Language language) {
  std::string digits = absl::StrCat(value);
  const size_t first = value < 0 ? 1 : 0;
  for (size_t end = digits.size(); end > first + 3;) {
    end -= 3;
    digits.insert(end, 1, language == Language::kVietnamese ? '.' : ',');
  }
  return digits;
}

std::string FormatFigure(const Line& line, const Figure& figure, Language language) {
  if (figure.empty()) return "";
  if (figure.value && !line.percent()) return FormatCount(*figure.value, language);
  const Decimal number = figure.value ? EnteredPercent(*figure.value) : Divide(line, figure, line.decimals);
  const std::string text = Shown(number, language);
  if (!line.percent()) return text;
  return absl::StrCat(text, language == Language::kVietnamese ? kNoBreakSpace : "", "%");
}

std::string PlainFigure(const Line& line, const Figure& figure) {
  if (figure.empty()) return "";
  if (figure.value && !line.percent()) return absl::StrCat(*figure.value);
  return PlainText(
      figure.value ? EnteredPercent(*figure.value) : WithoutTrailingZeros(Divide(line, figure, kPlainDecimals)), ".");
}

std::string FormatTime(absl::Time time, Language language) {
  const absl::CivilSecond local = absl::ToCivilSecond(time, VietnamTime());
  if (language == Language::kEnglish) {
    return absl::StrFormat("%04d-%02d-%02d %02d:%02d", local.year(), local.month(), local.day(), local.hour(),
                           local.minute());
  }
  const std::string month = absl::StrCat(local.month() <= 2 ? "0" : "", local.month());
  return absl::StrFormat("%02d/%s/%d %02d:%02d", local.day(), month, local.year(), local.hour(), local.minute());
}

absl::StatusOr<int64_t> ParseEntry(const Line& line, absl::string_view text) {
  absl::string_view entry = absl::StripAsciiWhitespace(text);
  const bool negative = absl::ConsumePrefix(&entry, "-");
  int64_t value = 0;
  if (!(line.percent() ? ReadPercent(entry, &value) : ReadCount(entry, &value))) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" was typed: ", ExpectedEntry(line, Language::kEnglish)));
  }
  return negative ? -value : value;
}

std::string ExpectedEntry(const Line& line, Language language) {
  const bool vietnamese = language == Language::kVietnamese;
  if (line.percent()) {
    return vietnamese ? "tỷ lệ phần trăm có nhiều nhất hai chữ số sau dấu phẩy, ví dụ 98 hoặc 98,25"
                      : "a percentage has at most two digits after a comma, for example 98 or 98,25";
  }
  return vietnamese
             ? "số đếm chỉ gồm chữ số, có thể có dấu chấm hàng nghìn, ví dụ 1647 hoặc 1.647, nhiều nhất 15 chữ số"
             : "a count has digits only, with dots at the thousands if any, for example 1647 or 1.647, at most "
               "15 digits";
}

std::string EntryText(const Line& line, int64_t value) {
  return line.percent() ? PlainText(EnteredPercent(value), ",") : absl::StrCat(value);
}

}  // namespace giaoban::contract
