#include "services/shared/contract/catalogue.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/shared/contract/catalogue_parts.h"

namespace giaoban::contract {
namespace {

// Sheets use these as the codes of the rows that name the report.
bool IsKeyRow(absl::string_view code) {
  return code == "kind" || code == "cluster" || code == "period" || code == "bloc";
}

CodeIndex IndexCodes(const std::vector<Form>& forms, Defects& defects) {
  CodeIndex codes;
  for (const Form& form : forms) {
    for (const Line& line : form.lines) {
      const bool is_new = codes.emplace(line.code, std::make_pair(form.index, line.index)).second;
      defects.Require(is_new, form.kind, absl::StrCat("code ", line.code, " is used twice"));
      defects.Require(!IsKeyRow(line.code), form.kind, absl::StrCat("code ", line.code, " is reserved"));
    }
    for (const Form& other : forms) {
      defects.Require(other.index >= form.index || other.kind != form.kind, form.kind, "kind is used twice");
    }
  }
  return codes;
}

}  // namespace

void Defects::Add(absl::string_view where, absl::string_view what) { all_.push_back(absl::StrCat(where, ": ", what)); }

void Defects::RequireText(const v1::Text& text, absl::string_view where, absl::string_view name) {
  Require(!text.vi().empty(), where, absl::StrCat(name, " has no Vietnamese text"));
  Require(!text.en().empty(), where, absl::StrCat(name, " has no English text"));
}

absl::Status Defects::ToStatus() const {
  if (all_.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the contract is ill-formed: ", absl::StrJoin(all_, "; ")));
}

Cells Form::Read(const google::protobuf::Message& report) const {
  const google::protobuf::Reflection& reflection = *report.GetReflection();
  Cells cells(fields.size(), kBlank);
  for (size_t cell = 0; cell < fields.size(); ++cell) {
    if (!reflection.HasField(report, fields[cell])) continue;
    const int64_t value = reflection.GetInt64(report, fields[cell]);
    cells[cell] = value == kBlank ? kBlank + 1 : value;
  }
  return cells;
}

void Form::Write(const Cells& cells, google::protobuf::Message* report) const {
  for (size_t cell = 0; cell < fields.size(); ++cell) {
    if (cells[cell] != kBlank) report->GetReflection()->SetInt64(report, fields[cell], cells[cell]);
  }
}

bool IsAsked(v1::Asked asked, HalfYear half) { return asked != v1::ASKED_SECOND_HALF || half.half() == 2; }

absl::StatusOr<std::shared_ptr<const Catalogue>> Catalogue::Build(
    const std::vector<const google::protobuf::Descriptor*>& reports, const google::protobuf::Descriptor* crossing) {
  Defects defects;
  const std::shared_ptr<Catalogue> catalogue(new Catalogue);
  std::vector<Form>& forms = catalogue->forms_;
  for (const google::protobuf::Descriptor* report : reports) {
    forms.push_back(ReadForm(*report, static_cast<int>(forms.size()), defects));
  }
  catalogue->by_code_ = IndexCodes(forms, defects);
  for (Form& form : forms) {
    ResolveDerived(forms, catalogue->by_code_, form, defects);
    form.rules = CompileRules(form.options->rules(), forms, catalogue->by_code_, &form, defects);
  }
  if (crossing != nullptr) {
    defects.Require(Readable(crossing->options()).HasExtension(v1::crossing), crossing->full_name(),
                    "has no crossing option");
    catalogue->crossing_options_ = Readable(crossing->options()).GetExtension(v1::crossing);
    catalogue->crossing_ =
        CompileRules(catalogue->crossing_options_.rules(), forms, catalogue->by_code_, nullptr, defects);
  }
  if (absl::Status status = defects.ToStatus(); !status.ok()) return status;
  return catalogue;
}

const Form* Catalogue::FindForm(absl::string_view kind) const {
  for (const Form& form : forms_) {
    if (form.kind == kind) return &form;
  }
  return nullptr;
}

const Line* Catalogue::FindLine(absl::string_view code) const {
  const auto found = by_code_.find(code);
  if (found == by_code_.end()) return nullptr;
  return &forms_[found->second.first].lines[found->second.second];
}

}  // namespace giaoban::contract
