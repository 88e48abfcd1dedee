// A report as it comes in: any bytes, read as a form's message and judged, with or without a report of the half-year
// before. Parts: a byte that chooses form and half, the report, the one before (absent: none is known).
#include <memory>
#include <set>

#include "google/protobuf/message.h"
#include "services/shared/contract/validation.h"
#include "tests/fuzz/mutate.h"

namespace giaoban::fuzz {
namespace {

using contract::Findings;
using google::protobuf::Message;

const contract::Form& FormOf(const Parts& parts) {
  const size_t choice = parts.empty() || parts[0].empty() ? 0 : static_cast<uint8_t>(parts[0][0]);
  return Catalogue().forms()[choice % Catalogue().forms().size()];
}

contract::HalfYear HalfOf(const Parts& parts) {
  return {2023, parts.empty() || parts[0].empty() || static_cast<uint8_t>(parts[0][0]) < 128 ? 1 : 2};
}

MessagePointer New(const contract::Form& form) {
  return MessagePointer(google::protobuf::MessageFactory::generated_factory()->GetPrototype(form.descriptor)->New());
}

std::string Text(const Findings& findings) {
  std::string text;
  for (const report::v1::Finding& finding : findings) text += finding.SerializeAsString() + '\n';
  return text;
}

// A finding says what it is about in both languages, and names lines of the form.
void CheckFindings(const contract::Form& form, const Findings& findings) {
  for (const report::v1::Finding& finding : findings) {
    Require(!finding.rule().empty(), "a finding names its rule");
    Require(!finding.text().vi().empty() && !finding.text().en().empty(), "a finding has a text in both languages");
    report::v1::Finding again;
    Require(again.ParseFromString(finding.SerializeAsString()), "a finding travels, so its texts are UTF-8");
    for (const std::string& code : finding.codes()) {
      const contract::Line* line = Catalogue().FindLine(code);
      Require(line != nullptr && line->id.form == form.index, "a finding names lines of the form");
    }
  }
}

// Explaining every warning leaves only errors to refuse a report for.
void CheckExplaining(Findings findings) {
  google::protobuf::Map<std::string, std::string> explanations;
  bool error = false;
  for (const report::v1::Finding& finding : findings) {
    error |= finding.severity() == contract::v1::SEVERITY_ERROR;
    explanations[finding.rule()] = "vì";
  }
  contract::AttachExplanations(explanations, findings);
  Require(contract::IsRefused(findings) == error, "explained warnings do not refuse a report");
}

const Plan& ReportPlan() {
  static const Plan& plan = *new Plan{
      .message_of = [](const Parts& parts, size_t index) { return index == 0 ? nullptr : New(FormOf(parts)); },
      .fixed = 3,
      .loose = false};
  return plan;
}

void Try(const Parts& parts) {
  const contract::Form& form = FormOf(parts);
  const MessagePointer report = New(form);
  if (parts.size() < 2 || !report->ParseFromString(parts[1])) return;
  const MessagePointer before = New(form);
  contract::Cells previous;
  if (parts.size() > 2 && !parts[2].empty() && before->ParseFromString(parts[2])) previous = form.Read(*before);

  const auto judge = [&] {
    return contract::ValidateReport(Catalogue(), form, HalfOf(parts), *report, previous.empty() ? nullptr : &previous);
  };
  const Findings findings = judge();
  Require(Text(findings) == Text(judge()), "the same report is judged the same");
  CheckFindings(form, findings);
  CheckExplaining(findings);

  const MessagePointer written = New(form);
  form.Write(form.Read(*report), written.get());
  Require(form.Read(*written) == form.Read(*report), "figures that are written are read");
}

}  // namespace
}  // namespace giaoban::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  giaoban::fuzz::Try(giaoban::fuzz::Split(data, size));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  return giaoban::fuzz::MutateParts(giaoban::fuzz::ReportPlan(), data, size, max_size, seed);
}
