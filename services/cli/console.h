// Where the command line writes, and in which language and form.
#ifndef GIAOBAN_CLI_CONSOLE_H_
#define GIAOBAN_CLI_CONSOLE_H_

#include <functional>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/cli/table.h"
#include "services/shared/contract/format.h"

namespace giaoban::cli {

enum class Format { kText, kCsv, kJson };

// Answers go to `out`; errors, progress and remarks to `err`.
struct Console {
  std::ostream& out;
  std::ostream& err;
  Format format = Format::kText;
  contract::Language language = contract::Language::kVietnamese;

  bool text() const { return format == Format::kText; }
  bool json() const { return format == Format::kJson; }
  // The text in the language asked for.
  std::string In(absl::string_view vi, absl::string_view en) const;
  std::string In(const contract::v1::Text& text) const { return contract::In(text, language); }
  // What people read for an enum value; programs get its name without the prefix: "accepted".
  template <typename Enum>
  Cell State(Enum value) const {
    return State(*google::protobuf::GetEnumDescriptor<Enum>()->FindValueByNumber(value));
  }
  Cell State(const google::protobuf::EnumValueDescriptor& value) const;
  // Programs get RFC 3339 in UTC; an unset time (0) is empty.
  Cell Time(const google::protobuf::Timestamp& time) const;
  // People get the beginning of a hash.
  Cell Hash(absl::string_view bytes) const;
  Cell Figure(const contract::Line& line, const contract::Figure& figure) const;

  // Prints a table in the form asked for.
  void Print(const Table& table) const;
  // One object on one line.
  void Print(const Json& json) const;
};

// "STATE_ACCEPTED" → "accepted"; "" for the unspecified value.
std::string PlainName(const google::protobuf::EnumValueDescriptor& value);

// A message as protobuf's JSON has it.
Json ToJson(const google::protobuf::Message& message);

// Reports the progress of long work on standard error: nothing in the first
// second, then at most one line a second.
class Progress {
 public:
  Progress(std::ostream& err, std::function<absl::Time()> clock)
      : err_(err), clock_(std::move(clock)), last_(clock_()) {}
  void Tell(absl::string_view what);

 private:
  std::ostream& err_;
  std::function<absl::Time()> clock_;
  absl::Time last_;
};

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_CONSOLE_H_
