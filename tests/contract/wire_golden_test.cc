// Goal: nothing about the wire changes unseen. wire.golden has every package, message,
// field number and type, enum value and rpc with the roles that may call it.
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/shared/contract/catalogue_parts.h"
#include "tests/contract/golden.h"
#include "tests/contract/parsed_protos.h"

namespace giaoban {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;

std::string TypeOf(const FieldDescriptor& field) {
  if (field.is_map()) {
    const Descriptor& entry = *field.message_type();
    return absl::StrCat("map<", TypeOf(*entry.map_key()), ", ", TypeOf(*entry.map_value()), ">");
  }
  const std::string name = field.message_type() != nullptr ? field.message_type()->full_name()
                           : field.enum_type() != nullptr  ? field.enum_type()->full_name()
                                                           : field.type_name();
  return absl::StrCat(field.is_repeated() ? "repeated " : field.has_optional_keyword() ? "optional " : "", name);
}

void Describe(const FieldDescriptor& field, std::string& text) {
  const google::protobuf::OneofDescriptor* oneof = field.real_containing_oneof();
  absl::StrAppend(&text, "  ", field.number(), " ", field.name(), ": ", TypeOf(field),
                  oneof == nullptr ? "" : absl::StrCat(" (one of ", oneof->name(), ")"), "\n");
}

void Describe(const EnumDescriptor& type, std::string& text) {
  absl::StrAppend(&text, "enum ", type.full_name(), "\n");
  for (int i = 0; i < type.value_count(); ++i) {
    absl::StrAppend(&text, "  ", type.value(i)->number(), " ", type.value(i)->name(), "\n");
  }
}

void Describe(const Descriptor& type, std::string& text) {
  if (type.options().map_entry()) return;
  absl::StrAppend(&text, "message ", type.full_name(), "\n");
  for (int i = 0; i < type.field_count(); ++i) Describe(*type.field(i), text);
  for (int i = 0; i < type.nested_type_count(); ++i) Describe(*type.nested_type(i), text);
  for (int i = 0; i < type.enum_type_count(); ++i) Describe(*type.enum_type(i), text);
}

std::string RolesOf(const MethodDescriptor& method) {
  const google::protobuf::MethodOptions options = contract::Readable(method.options());
  return absl::StrJoin(options.GetExtension(contract::v1::access).roles(), " ",
                       [](std::string* out, int role) { out->append(contract::v1::Role_Name(role)); });
}

void Describe(const MethodDescriptor& method, std::string& text) {
  absl::StrAppend(&text, "  rpc ", method.name(), "(", method.client_streaming() ? "stream " : "",
                  method.input_type()->full_name(), ") returns (", method.server_streaming() ? "stream " : "",
                  method.output_type()->full_name(), ") ",
                  google::protobuf::MethodOptions::IdempotencyLevel_Name(method.options().idempotency_level()),
                  " roles: ", RolesOf(method), "\n");
}

std::string Describe(const FileDescriptor& file) {
  std::string text = absl::StrCat("package ", file.package(), " (", file.name(), ")\n");
  for (int i = 0; i < file.extension_count(); ++i) {
    absl::StrAppend(&text, "extend ", file.extension(i)->containing_type()->full_name(), "\n");
    Describe(*file.extension(i), text);
  }
  for (int i = 0; i < file.enum_type_count(); ++i) Describe(*file.enum_type(i), text);
  for (int i = 0; i < file.message_type_count(); ++i) Describe(*file.message_type(i), text);
  for (int i = 0; i < file.service_count(); ++i) {
    absl::StrAppend(&text, "service ", file.service(i)->full_name(), "\n");
    for (int j = 0; j < file.service(i)->method_count(); ++j) Describe(*file.service(i)->method(j), text);
  }
  return text;
}

TEST(WireGoldenTest, IsAsReviewed) {
  ParsedProtos protos;
  std::vector<std::string> texts;
  for (const std::string& name : ContractFiles()) {
    const FileDescriptor* file = protos.File(name);
    ASSERT_NE(file, nullptr) << name;
    texts.push_back(Describe(*file));
  }
  ExpectGolden("tests/contract/wire.golden", absl::StrJoin(texts, "\n"));
}

// An rpc without roles can be called by nobody: surely a slip.
TEST(WireGoldenTest, EveryMethodNamesItsRoles) {
  ParsedProtos protos;
  int methods = 0;
  for (const std::string& name : ContractFiles()) {
    const FileDescriptor* file = protos.File(name);
    ASSERT_NE(file, nullptr) << name;
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j, ++methods) {
        EXPECT_NE(RolesOf(*file->service(i)->method(j)), "") << file->service(i)->method(j)->full_name();
      }
    }
  }
  EXPECT_GT(methods, 0);
}

}  // namespace
}  // namespace giaoban
