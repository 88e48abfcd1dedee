// Goal: whoever writes a client learns from the contract alone what input is refused. Every field of every request, as
// deep as requests go, says in its comment which code answers a wrong value, or is "As in Message.field" that does.
// Indicators are left out: what they may be stands in their options.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "giaoban/contract/v1/options.pb.h"
#include "services/shared/contract/catalogue_parts.h"
#include "tests/contract/parsed_protos.h"

namespace giaoban {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

// The comment of a field on one line.
std::string CommentOf(const FieldDescriptor& field) {
  google::protobuf::SourceLocation location;
  EXPECT_TRUE(field.GetSourceLocation(&location)) << field.full_name();
  return absl::StrReplaceAll(location.leading_comments, {{"\n ", " "}, {"\n", " "}});
}

class Rules {
 public:
  explicit Rules(ParsedProtos& protos) {
    for (const std::string& name : ContractFiles()) files_.push_back(protos.File(name));
  }

  // Full names of the fields of requests whose comment names no rule.
  std::vector<std::string> Unstated() {
    for (const FileDescriptor* file : files_) {
      for (int i = 0; i < file->service_count(); ++i) {
        for (int j = 0; j < file->service(i)->method_count(); ++j) Visit(*file->service(i)->method(j)->input_type());
      }
    }
    return unstated_;
  }
  size_t fields() const { return fields_; }

 private:
  void Visit(const Descriptor& type) {
    if (!seen_.insert(&type).second) return;
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (contract::Readable(field.options()).HasExtension(contract::v1::indicator)) continue;
      const Descriptor* content = field.message_type();
      const bool nested = content != nullptr && !field.is_map() && content->full_name() != "google.protobuf.Timestamp";
      if (nested) Visit(*content);
      const bool free = field.type() == FieldDescriptor::TYPE_BOOL || (nested && !field.is_repeated());
      if (free) continue;
      ++fields_;
      if (!Stated(field, {})) unstated_.push_back(field.full_name());
    }
  }

  bool Stated(const FieldDescriptor& field, std::set<const FieldDescriptor*> before) const {
    static const std::regex codes(
        "\\b(INVALID_ARGUMENT|NOT_FOUND|ALREADY_EXISTS|PERMISSION_DENIED|RESOURCE_EXHAUSTED|FAILED_PRECONDITION|"
        "ABORTED|UNAVAILABLE|UNAUTHENTICATED)\\b");
    static const std::regex reference("\\bAs in ([A-Za-z]+)\\.([a-z_]+)\\b");
    const std::string comment = CommentOf(field);
    if (std::regex_search(comment, codes)) return true;
    std::smatch found;
    if (!std::regex_search(comment, found, reference) || !before.insert(&field).second) return false;
    const FieldDescriptor* other = Find(*field.file(), found[1], found[2]);
    return other != nullptr && Stated(*other, before);
  }

  // A field of a message of this file, or of one it imports.
  static const FieldDescriptor* Find(const FileDescriptor& file, const std::string& message, const std::string& field) {
    const Descriptor* type = file.FindMessageTypeByName(message);
    for (int i = 0; type == nullptr && i < file.dependency_count(); ++i) {
      type = file.dependency(i)->FindMessageTypeByName(message);
    }
    return type == nullptr ? nullptr : type->FindFieldByName(field);
  }

  std::vector<const FileDescriptor*> files_;
  std::set<const Descriptor*> seen_;
  std::vector<std::string> unstated_;
  size_t fields_ = 0;
};

TEST(InputRules, AreStatedAtEveryField) {
  ParsedProtos protos;
  Rules rules(protos);
  EXPECT_THAT(rules.Unstated(), testing::IsEmpty());
  EXPECT_GT(rules.fields(), 80u);
}

// Goal: the test above can fail: without a rule, and with a reference to nowhere or in a circle.
TEST(InputRules, AreMissed) {
  std::ifstream file("proto/giaoban/report/v1/report.proto");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::string rule = "As in Submission.request_id.";
  ASSERT_THAT(text, testing::HasSubstr(rule));
  for (const std::string wrong :
       {"", "As in Submission.nothing.", "As in Nothing.request_id.", "As in Review.request_id."}) {
    ParsedProtos protos({{"giaoban/report/v1/report.proto", absl::StrReplaceAll(text, {{rule, wrong}})}});
    EXPECT_THAT(Rules(protos).Unstated(),
                testing::ElementsAre("giaoban.report.v1.Withdrawal.request_id", "giaoban.report.v1.Review.request_id"));
  }
}

}  // namespace
}  // namespace giaoban
