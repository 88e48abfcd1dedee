#include "services/cli/console.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "services/cli/names.h"

namespace giaoban::cli {

using google::protobuf::EnumValueDescriptor;

std::string Console::In(absl::string_view vi, absl::string_view en) const {
  return std::string(language == contract::Language::kVietnamese ? vi : en);
}

Cell Console::State(const EnumValueDescriptor& value) const {
  return Text(In(contract::TextOf(value)), PlainName(value));
}

Cell Console::Time(const google::protobuf::Timestamp& time) const {
  if (time.seconds() == 0 && time.nanos() == 0) return Text("");
  const absl::Time at = ToTime(time);
  return Text(contract::FormatTime(at, language), absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", at, absl::UTCTimeZone()));
}

Cell Console::Hash(absl::string_view bytes) const {
  const std::string hex = absl::BytesToHexString(bytes);
  return Text(hex.substr(0, 12), hex);
}

Cell Console::Figure(const contract::Line& line, const contract::Figure& figure) const {
  return Number(contract::FormatFigure(line, figure, language), contract::PlainFigure(line, figure));
}

void Console::Print(const Table& table) const {
  switch (format) {
    case Format::kText:
      return table.PrintText(out);
    case Format::kCsv:
      return table.PrintCsv(out);
    case Format::kJson:
      return Print(table.ToJson());
  }
}

void Console::Print(const Json& json) const { out << json.dump() << std::endl; }

std::string PlainName(const EnumValueDescriptor& value) {
  if (value.number() == 0) return "";
  // "ROLE_UNSPECIFIED" names the prefix all values share.
  const std::string& zero = value.type()->FindValueByNumber(0)->name();
  const size_t prefix = zero.size() - absl::string_view("UNSPECIFIED").size();
  return absl::AsciiStrToLower(absl::string_view(value.name()).substr(prefix));
}

Json ToJson(const google::protobuf::Message& message) {
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text);
  // Only text that is not UTF-8 cannot be written, and that does not parse as a message either.
  if (!status.ok()) return std::string(status.message());
  return Json::parse(text);
}

void Progress::Tell(absl::string_view what) {
  const absl::Time now = clock_();
  if (now - last_ < absl::Seconds(1)) return;
  last_ = now;
  err_ << what << std::endl;
}

}  // namespace giaoban::cli
