#include <sodium.h>

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "services/shared/contract/catalogue_parts.h"

namespace giaoban::contract {
namespace {

using google::protobuf::FieldDescriptor;

constexpr int kMostDecimals = 6;

std::string Fingerprint(const google::protobuf::Descriptor& message) {
  google::protobuf::DescriptorProto proto;
  message.CopyTo(&proto);
  const std::string text = proto.SerializeAsString();
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return std::string(reinterpret_cast<const char*>(digest), 8);
}

const v1::Section* FindSection(const v1::Form& form, absl::string_view id) {
  for (const v1::Section& section : form.sections()) {
    if (id == section.id()) return &section;
  }
  return nullptr;
}

void CheckForm(const v1::Form& form, absl::string_view where, Defects& defects) {
  defects.Require(!form.kind().empty(), where, "has no kind");
  defects.RequireText(form.title(), where, "title");
  for (const v1::Section& section : form.sections()) {
    defects.Require(!section.id().empty(), where, "a section has no id");
    defects.Require(FindSection(form, section.id()) == &section, where,
                    absl::StrCat("section ", section.id(), " is declared twice"));
    defects.RequireText(section.title(), where, absl::StrCat("section ", section.id()));
  }
}

void CheckIndicator(const FieldDescriptor& field, const Line& line, Defects& defects) {
  const std::string& where = field.full_name();
  defects.Require(field.type() == FieldDescriptor::TYPE_INT64 && field.has_optional_keyword(), where,
                  "is not an optional int64");
  defects.RequireText(line.label, where, "label");
  defects.Require(line.unit != v1::UNIT_UNSPECIFIED, where, "has no unit");
  defects.Require(line.measure != v1::MEASURE_UNSPECIFIED, where, "has no measure");
  defects.Require(line.over_blocs != v1::OVER_BLOCS_UNSPECIFIED, where, "does not say how it adds over blocs");
  defects.Require(line.over_time != v1::OVER_TIME_UNSPECIFIED, where, "does not say how it adds over time");
  defects.Require(line.maximum > 0 && line.maximum <= kLargestMaximum, where, "has an impossible maximum");
  const bool added = line.over_blocs == v1::OVER_BLOCS_SUM || line.over_time == v1::OVER_TIME_ADD;
  defects.Require(!added || line.measure != v1::MEASURE_RATIO, where, "adds up a ratio");
}

Line ReadIndicator(const FieldDescriptor& field, const v1::Form& form, CellId id, Defects& defects) {
  const google::protobuf::FieldOptions options = Readable(field.options());
  defects.Require(options.HasExtension(v1::indicator), field.full_name(), "has no indicator option");
  const v1::Indicator& indicator = options.GetExtension(v1::indicator);
  const v1::Section* section = FindSection(form, indicator.section());
  defects.Require(section != nullptr, field.full_name(),
                  absl::StrCat("is in the unknown section \"", indicator.section(), "\""));
  Line line;
  line.code = field.name();
  line.label = indicator.label();
  line.section = indicator.section();
  line.unit = indicator.unit();
  line.measure = indicator.measure();
  line.over_blocs = indicator.over_blocs();
  line.over_time = indicator.over_time();
  line.asked = section == nullptr ? v1::ASKED_UNSPECIFIED : section->asked();
  line.required = indicator.required();
  line.maximum = indicator.has_maximum() ? indicator.maximum() : line.percent() ? 10'000 : 1'000'000'000;
  line.id = id;
  CheckIndicator(field, line, defects);
  return line;
}

// A derived line stands where `after` says and belongs to the section of that line.
void InsertDerived(const v1::Derived& derived, Form& form, Defects& defects) {
  const std::string where = absl::StrCat(form.kind, " ", derived.code());
  auto after = std::find_if(form.lines.begin(), form.lines.end(),
                            [&](const Line& line) { return line.code == derived.after(); });
  defects.Require(!derived.code().empty(), form.kind, "a derived indicator has no code");
  defects.RequireText(derived.label(), where, "label");
  defects.Require(derived.unit() != v1::UNIT_UNSPECIFIED, where, "has no unit");
  defects.Require(derived.decimals() >= 0 && derived.decimals() <= kMostDecimals, where,
                  absl::StrCat("does not show 0 to ", kMostDecimals, " decimals"));
  if (after == form.lines.end()) {
    defects.Add(where, absl::StrCat("stands after the unknown indicator \"", derived.after(), "\""));
    return;
  }
  Line line;
  line.code = derived.code();
  line.label = derived.label();
  line.section = after->section;
  line.unit = derived.unit();
  line.measure = v1::MEASURE_RATIO;
  line.asked = after->asked;
  line.id = {form.index, -1};
  line.decimals = derived.decimals();
  form.lines.insert(std::next(after), line);
}

std::vector<CellId> ResolveParts(const google::protobuf::RepeatedPtrField<std::string>& parts,
                                 const std::vector<Form>& forms, const CodeIndex& codes, const std::string& where,
                                 Defects& defects) {
  std::vector<CellId> cells;
  defects.Require(!parts.empty(), where, "lacks a numerator or a denominator");
  for (const std::string& part : parts) {
    const auto found = codes.find(part);
    const Line* line = found == codes.end() ? nullptr : &forms[found->second.first].lines[found->second.second];
    if (line == nullptr || line->derived()) {
      defects.Add(where, absl::StrCat(part, " is not the code of an entered indicator"));
      continue;
    }
    defects.Require(line->over_blocs == v1::OVER_BLOCS_SUM, where, absl::StrCat(part, " is not summed over blocs"));
    cells.push_back(line->id);
  }
  return cells;
}

}  // namespace

Form ReadForm(const google::protobuf::Descriptor& message, int index, Defects& defects) {
  const google::protobuf::MessageOptions options = Readable(message.options());
  defects.Require(options.HasExtension(v1::form), message.full_name(), "has no form option");
  Form form;
  form.options = std::make_shared<const v1::Form>(options.GetExtension(v1::form));
  form.kind = form.options->kind();
  form.index = index;
  form.descriptor = &message;
  form.fingerprint = Fingerprint(message);
  CheckForm(*form.options, message.full_name(), defects);
  for (int cell = 0; cell < message.field_count(); ++cell) {
    form.fields.push_back(message.field(cell));
    form.lines.push_back(ReadIndicator(*message.field(cell), *form.options, {index, cell}, defects));
  }
  for (const v1::Derived& derived : form.options->derived()) InsertDerived(derived, form, defects);
  for (Line& line : form.lines) {
    line.index = static_cast<int>(&line - form.lines.data());
    if (!line.derived()) form.line_of_cell.push_back(line.index);
  }
  return form;
}

void ResolveDerived(const std::vector<Form>& forms, const CodeIndex& codes, Form& form, Defects& defects) {
  for (const v1::Derived& derived : form.options->derived()) {
    const auto found = codes.find(derived.code());
    if (found == codes.end() || found->second.first != form.index) continue;  // a defect noted before
    Line& line = form.lines[found->second.second];
    const std::string where = absl::StrCat(form.kind, " ", derived.code());
    line.numerator = ResolveParts(derived.numerator(), forms, codes, where, defects);
    line.denominator = ResolveParts(derived.denominator(), forms, codes, where, defects);
  }
}

}  // namespace giaoban::contract
