#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "services/shared/contract/sheet_entry.h"

namespace giaoban::contract {
namespace {

using Json = nlohmann::json;

// Takes the file piece by piece, because a parsed object no longer shows that a
// code stood in it twice.
class EntryCollector : public nlohmann::json_sax<Json> {
 public:
  explicit EntryCollector(absl::string_view content) : content_(content) {}

  absl::StatusOr<std::vector<SheetEntry>> Take() && {
    if (!status_.ok()) return status_;
    return std::move(entries_);
  }

  bool null() override { return Value("", false); }
  bool boolean(bool value) override { return Value(value ? "true" : "false", false); }
  bool number_integer(number_integer_t value) override { return Value(std::to_string(value), true); }
  bool number_unsigned(number_unsigned_t value) override { return Value(std::to_string(value), true); }
  bool number_float(number_float_t, const string_t& text) override { return Value(text, true); }
  bool string(string_t& value) override { return Value(value, false); }
  bool binary(binary_t&) override { return Misplaced(); }
  bool start_array(std::size_t) override { return Misplaced(); }
  bool end_array() override { return Misplaced(); }

  bool start_object(std::size_t) override {
    ++depth_;
    if (depth_ == 1) return true;
    if (depth_ > 2 || (key_ != "values" && key_ != "explanations")) return Misplaced();
    place_ = key_ == "values" ? Place::kValue : Place::kExplanation;
    return Once(place_);
  }
  bool end_object() override {
    --depth_;
    place_ = Place::kKey;
    return true;
  }
  bool key(string_t& value) override {
    key_ = value;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const Json::exception& error) override {
    const size_t end = std::min(position, content_.size());
    const auto line = 1 + std::count(content_.begin(), content_.begin() + static_cast<long>(end), '\n');
    status_ = UnreadableSheet(static_cast<int>(line), "JSON sai cú pháp", error.what());
    return false;
  }

 private:
  bool Value(const std::string& text, bool is_number) {
    if (depth_ == 0 || (depth_ == 1 && (key_ == "values" || key_ == "explanations"))) return Misplaced();
    SheetEntry entry;
    entry.place = place_;
    entry.code = key_;
    (place_ == Place::kExplanation ? entry.explanation : entry.value) =
        std::string(absl::StripAsciiWhitespace(text));  // as in the CSV form
    entry.is_json_number = is_number;
    entries_.push_back(std::move(entry));
    return true;
  }

  bool Once(Place place) {
    bool& seen = place == Place::kValue ? seen_values_ : seen_explanations_;
    if (std::exchange(seen, true)) return Misplaced();
    return true;
  }

  bool Misplaced() {
    status_ = UnreadableSheet(
        0, "JSON không đúng dạng {kind, cluster, period, bloc, values: {mã: số}, explanations: {mã: chữ}}",
        "the JSON is not of the form {kind, cluster, period, bloc, values: {code: number}, explanations: {code: "
        "text}}");
    return false;
  }

  absl::string_view content_;
  absl::Status status_;
  std::vector<SheetEntry> entries_;
  std::string key_;
  Place place_ = Place::kKey;
  int depth_ = 0;
  bool seen_values_ = false;
  bool seen_explanations_ = false;
};

}  // namespace

absl::StatusOr<std::vector<SheetEntry>> ReadJsonEntries(absl::string_view content) {
  EntryCollector collector(content);
  Json::sax_parse(content.begin(), content.end(), &collector);
  return std::move(collector).Take();
}

}  // namespace giaoban::contract
