// For tests: a small form written as .proto text and read at run time.
#ifndef GIAOBAN_CONTRACT_PARSED_FORM_H_
#define GIAOBAN_CONTRACT_PARSED_FORM_H_

#include <map>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/compiler/parser.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "services/shared/contract/catalogue.h"

namespace giaoban::contract {

class ParsedForm {
 public:
  // `form` is the content of the form option, `fields` those of the message Report.
  ParsedForm(const std::string& form, const std::string& fields) {
    const std::string text = absl::StrCat(
        "syntax = \"proto3\"; package giaoban.test.v1; import \"giaoban/contract/v1/options.proto\"; message Report {"
        "option (giaoban.contract.v1.form) = {",
        form, "}; ", fields, "}");
    google::protobuf::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
    google::protobuf::io::Tokenizer tokenizer(&input, nullptr);
    google::protobuf::FileDescriptorProto file;
    google::protobuf::compiler::Parser().Parse(&tokenizer, &file);
    file.set_name("giaoban/test/v1/report.proto");
    const google::protobuf::FileDescriptor* built = pool_.BuildFile(file);
    if (built != nullptr) descriptor_ = built->FindMessageTypeByName("Report");
  }

  // Null when the text is no proto.
  const google::protobuf::Descriptor* descriptor() const { return descriptor_; }

  // A report with these values.
  std::unique_ptr<google::protobuf::Message> Report(const std::map<std::string, int64_t>& values) {
    std::unique_ptr<google::protobuf::Message> report(factory_.GetPrototype(descriptor_)->New());
    for (const auto& [code, value] : values) {
      report->GetReflection()->SetInt64(report.get(), descriptor_->FindFieldByName(code), value);
    }
    return report;
  }

  // The declaration of an indicator; what `more` says of its option takes the place of the usual.
  static std::string Field(const std::string& code, int number, const std::string& more = "") {
    std::string option = absl::StrCat("label: {vi: \"Dòng ", code, "\" en: \"Line ", code, "\"} ", more);
    for (const char* usual : {"section: \"A\"", "unit: UNIT_MEMBER", "measure: MEASURE_FLOW",
                              "over_blocs: OVER_BLOCS_SUM", "over_time: OVER_TIME_ADD"}) {
      const std::string name(usual, std::string(usual).find(':') + 1);
      if (!absl::StrContains(more, name)) absl::StrAppend(&option, " ", usual);
    }
    return absl::StrCat("optional int64 ", code, " = ", number, " [(giaoban.contract.v1.indicator) = {", option,
                        "}];\n");
  }

  // The beginning of a form option, up to its rules.
  static std::string Head() {
    return "kind: \"test\" title: {vi: \"Thử\" en: \"Test\"} sections: {id: \"A\" title: {vi: \"Mục A\" en: \"A\"}} ";
  }

  // A rule with one condition.
  static std::string Rule(const std::string& id, const std::string& condition,
                          const std::string& severity = "SEVERITY_ERROR") {
    return absl::StrCat("rules: {id: \"", id, "\" severity: ", severity, " text: {vi: \"Luật ", id, ".\" en: \"Rule ",
                        id, ".\"} conditions: {", condition, "}} ");
  }

 private:
  google::protobuf::DescriptorPool pool_{google::protobuf::DescriptorPool::generated_pool()};
  google::protobuf::DynamicMessageFactory factory_{&pool_};
  const google::protobuf::Descriptor* descriptor_ = nullptr;
};

}  // namespace giaoban::contract

#endif  // GIAOBAN_CONTRACT_PARSED_FORM_H_
