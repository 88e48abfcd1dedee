// Rules of a form against an evaluation of their own, written from the comments in options.proto: whether each
// condition fails must agree. Parts: a Form of which the rules are used, a report, the one before (empty: none is
// known), and anything for a first half-year.
#include <map>
#include <optional>

#include "google/protobuf/dynamic_message.h"
#include "services/shared/contract/parsed_form.h"
#include "services/shared/contract/validation.h"
#include "tests/fuzz/mutate.h"

namespace giaoban::fuzz {
namespace {

using contract::ParsedForm;
using google::protobuf::DescriptorPool;
using google::protobuf::DynamicMessageFactory;
using google::protobuf::Message;

// A form with every sort of line and no rules.
const google::protobuf::Descriptor& Base() {
  static ParsedForm& form = *new ParsedForm(
      ParsedForm::Head() + "sections: {id: \"D\" title: {vi: \"D\" en: \"D\"} asked: ASKED_SECOND_HALF}",
      ParsedForm::Field("a", 1, "required: true") + ParsedForm::Field("b", 2) + ParsedForm::Field("c", 3) +
          ParsedForm::Field("d", 4) + ParsedForm::Field("graded", 5, "section: \"D\"") +
          ParsedForm::Field("rate", 6,
                            "unit: UNIT_PERCENT measure: MEASURE_RATIO over_blocs: OVER_BLOCS_MINIMUM "
                            "over_time: OVER_TIME_MINIMUM"));
  return *form.descriptor();
}

const Plan& RulesPlan() {
  static const Plan& plan =
      *new Plan{.message_of = [](const Parts&, size_t index) -> MessagePointer {
                  if (index == 0) return std::make_unique<contract::v1::Form>();
                  static auto& factory = *new DynamicMessageFactory;
                  return index == 3 ? nullptr : MessagePointer(factory.GetPrototype(&Base())->New());
                },
                .words = {"a", "b", "c", "d", "graded", "rate"},
                .fixed = 4,
                .loose = false};
  return plan;
}

using Wide = __int128;
using Figures = std::map<std::string, int64_t>;  // what is filled

// What one condition says, and whether it can be said.
class Oracle {
 public:
  Oracle(const Figures& now, const std::optional<Figures>& previous) : now_(now), previous_(previous) {}

  // nullopt: left out.
  std::optional<bool> Fails(const contract::v1::Condition& condition) const {
    switch (condition.test_case()) {
      case contract::v1::Condition::kLinear:
        return Linear(condition.linear());
      case contract::v1::Condition::kBounds:
        return Bounds(condition.bounds());
      case contract::v1::Condition::kAllOrNone:
        return Split(condition.all_or_none().codes(), [](std::optional<int64_t> value) { return value.has_value(); });
      case contract::v1::Condition::kPositiveTogether:
        return Split(condition.positive_together().codes(), [](std::optional<int64_t> value) { return value > 0; });
      case contract::v1::Condition::kUnequal:
        return Unequal(condition.unequal());
      default:
        return std::nullopt;
    }
  }

 private:
  // Whether a cell leaves out the condition it stands in.
  static bool Excludes(const Figures& figures, const std::string& code) {
    constexpr int64_t kBeyond = 1'000'000'000'000'000;
    const auto found = figures.find(code);
    if (found == figures.end()) return code == "a";
    return found->second > kBeyond || found->second < -kBeyond;
  }

  std::optional<Wide> Sum(const contract::v1::Sum& sum) const {
    Wide total = 0;
    bool known = true, filled = false;
    const auto add = [&](const std::optional<Figures>& figures, const std::string& code, int sign) {
      known &= figures.has_value() && !Excludes(*figures, code);
      if (!known || !figures->contains(code)) return;
      total += sign * static_cast<Wide>(figures->at(code));
      filled = true;
    };
    for (const std::string& code : sum.plus()) add(now_, code, 1);
    for (const std::string& code : sum.minus()) add(now_, code, -1);
    for (const std::string& code : sum.plus_previous()) add(previous_, code, 1);
    for (const contract::v1::Run& run : sum.plus_run()) {
      add(now_, run.code(), 1);
      add(previous_, run.code(), 1);
    }
    if (!known || !filled) return std::nullopt;
    return total;
  }

  std::optional<bool> Linear(const contract::v1::Linear& linear) const {
    const auto left = Sum(linear.left()), right = Sum(linear.right());
    if (!left || !right) return std::nullopt;
    return linear.relation() == contract::v1::RELATION_EQUAL ? *left != *right : *left > *right;
  }

  std::optional<bool> Bounds(const contract::v1::Bounds& bounds) const {
    const auto numerator = Sum(bounds.numerator()), denominator = Sum(bounds.denominator());
    if (!numerator || !denominator || *denominator <= 0) return std::nullopt;
    const Wide scaled = *numerator * bounds.scale();
    bool fails = bounds.has_minimum() && scaled < *denominator * bounds.minimum();
    fails |= bounds.has_maximum() && scaled > *denominator * bounds.maximum();
    if (const std::string& code = bounds.minimum_code(); !code.empty()) {
      if (Excludes(now_, code)) return std::nullopt;
      fails |= now_.contains(code) && scaled < *denominator * now_.at(code);
    }
    return fails;
  }

  template <typename Codes, typename Counts>
  std::optional<bool> Split(const Codes& codes, Counts counts) const {
    bool some = false, all = true;
    for (const std::string& code : codes) {
      if (Excludes(now_, code)) return std::nullopt;
      const bool counted = counts(now_.contains(code) ? std::optional(now_.at(code)) : std::nullopt);
      some |= counted;
      all &= counted;
    }
    return some && !all;
  }

  std::optional<bool> Unequal(const contract::v1::Unequal& unequal) const {
    std::map<int64_t, int> times;
    for (const std::string& code : unequal.codes()) {
      if (Excludes(now_, code)) return std::nullopt;
      if (now_.contains(code)) ++times[now_.at(code)];
    }
    return std::any_of(times.begin(), times.end(),
                       [&](const auto& value) { return value.first >= unequal.from() && value.second > 1; });
  }

  const Figures& now_;
  const std::optional<Figures>& previous_;
};

Figures FiguresOf(const contract::Form& form, const contract::Cells& cells) {
  Figures figures;
  for (size_t cell = 0; cell < cells.size(); ++cell) {
    if (cells[cell] != contract::kBlank) figures[form.entered(static_cast<int>(cell)).code] = cells[cell];
  }
  return figures;
}

// The rules with everything that people need and evaluation does not.
contract::v1::Form Complete(contract::v1::Form form) {
  int number = 0;
  for (contract::v1::Rule& rule : *form.mutable_rules()) {
    rule.set_id("R" + std::to_string(number++));
    rule.set_severity(contract::v1::SEVERITY_ERROR);
    rule.mutable_text()->set_vi("Luật.");
    rule.mutable_text()->set_en("Rule.");
    for (contract::v1::Condition& condition : *rule.mutable_conditions()) {
      if (condition.has_bounds() && condition.bounds().scale() != 1) condition.mutable_bounds()->set_scale(10'000);
    }
  }
  return form;
}

void Compare(const contract::Catalogue& catalogue, const Message& report, const contract::Cells* previous,
             contract::HalfYear half) {
  const contract::Form& form = catalogue.forms()[0];
  std::map<std::string, int> found;
  for (const report::v1::Finding& finding : ValidateReport(catalogue, form, half, report, previous)) {
    ++found[finding.rule()];
    Require(!finding.text().vi().empty() && !finding.text().en().empty(), "a finding has a text in both languages");
  }
  const Figures now = FiguresOf(form, form.Read(report));
  std::optional<Figures> before;
  if (previous != nullptr) before = FiguresOf(form, *previous);
  const Oracle oracle(now, before);
  for (const contract::v1::Rule& rule : form.options->rules()) {
    int expected = 0;
    for (const contract::v1::Condition& condition : rule.conditions()) {
      if (!contract::IsAsked(condition.asked(), half)) continue;
      expected += oracle.Fails(condition).value_or(false) ? 1 : 0;
    }
    Require(found[rule.id()] == expected, "a condition fails when the contract's comments say so");
  }
}

void Try(const Parts& parts) {
  contract::v1::Form rules;
  if (parts.size() < 2 || !rules.ParseFromString(parts[0])) return;
  google::protobuf::FileDescriptorProto file;
  Base().file()->CopyTo(&file);
  google::protobuf::MessageOptions& options = *file.mutable_message_type(0)->mutable_options();
  *options.MutableExtension(contract::v1::form)->mutable_rules() = Complete(std::move(rules)).rules();
  DescriptorPool pool(DescriptorPool::generated_pool());
  const google::protobuf::FileDescriptor* built = pool.BuildFile(file);
  Require(built != nullptr, "rules are options like others");
  const auto catalogue = contract::Catalogue::Build({built->message_type(0)}, nullptr);
  if (!catalogue.ok()) return;

  DynamicMessageFactory factory(&pool);
  const MessagePointer report(factory.GetPrototype(built->message_type(0))->New());
  const MessagePointer before(report->New());
  if (!report->ParseFromString(parts[1])) return;
  contract::Cells previous;
  const bool known = parts.size() > 2 && !parts[2].empty() && before->ParseFromString(parts[2]);
  if (known) previous = (*catalogue)->forms()[0].Read(*before);
  Compare(**catalogue, *report, known ? &previous : nullptr, {2023, parts.size() > 3 && !parts[3].empty() ? 1 : 2});
}

}  // namespace
}  // namespace giaoban::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  giaoban::fuzz::Try(giaoban::fuzz::Split(data, size));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  return giaoban::fuzz::MutateParts(giaoban::fuzz::RulesPlan(), data, size, max_size, seed);
}
