#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/shared/contract/catalogue_parts.h"

namespace giaoban::contract {
namespace {

using google::protobuf::RepeatedPtrField;

// The id of the range check every indicator has; no form may use it for a rule of its own.
constexpr absl::string_view kRangeRule = "V18";

class RuleCompiler {
 public:
  RuleCompiler(const std::vector<Form>& forms, const CodeIndex& codes, const Form* form, Defects& defects)
      : forms_(forms), codes_(codes), form_(form), defects_(defects) {}

  Rule Compile(const v1::Rule& options) {
    where_ = absl::StrCat(form_ == nullptr ? "crossing" : form_->kind, " ", options.id());
    // An upper-case letter in front keeps ids apart from codes: explanations are keyed by either.
    Require(!options.id().empty() && absl::ascii_isupper(options.id().front()), "a rule id begins with A to Z");
    Require(options.id() != kRangeRule && ids_.insert(options.id()).second, "the rule id is taken");
    Require(options.severity() != v1::SEVERITY_UNSPECIFIED, "has no severity");
    defects_.RequireText(options.text(), where_, "text");
    Require(!options.conditions().empty(), "has no condition");
    Rule rule{&options, {}};
    for (const v1::Condition& condition : options.conditions()) rule.conditions.push_back(Compile(condition));
    return rule;
  }

 private:
  void Require(bool holds, absl::string_view what) { defects_.Require(holds, where_, what); }

  Condition Compile(const v1::Condition& options) {
    Condition condition;
    condition.asked = options.asked();
    condition.test = options.test_case();
    switch (options.test_case()) {
      case v1::Condition::kLinear:
        CompileLinear(options.linear(), condition);
        break;
      case v1::Condition::kBounds:
        CompileBounds(options.bounds(), condition);
        break;
      case v1::Condition::kAllOrNone:
        condition.cells = ResolveAll(options.all_or_none().codes());
        break;
      case v1::Condition::kPositiveTogether:
        condition.cells = ResolveAll(options.positive_together().codes());
        break;
      case v1::Condition::kUnequal:
        condition.cells = ResolveAll(options.unequal().codes());
        condition.unequal_from = options.unequal().from();
        break;
      case v1::Condition::TEST_NOT_SET:
        Require(false, "a condition tests nothing");
    }
    return condition;
  }

  void CompileLinear(const v1::Linear& linear, Condition& condition) {
    Require(linear.relation() != v1::RELATION_UNSPECIFIED, "has no relation");
    condition.relation = linear.relation();
    condition.left = ResolveSum(linear.left());
    condition.right = ResolveSum(linear.right());
  }

  void CompileBounds(const v1::Bounds& bounds, Condition& condition) {
    condition.bounds = &bounds;
    condition.left = ResolveSum(bounds.numerator());
    condition.right = ResolveSum(bounds.denominator());
    if (!bounds.minimum_code().empty()) condition.minimum = Resolve(bounds.minimum_code());
    Require(bounds.scale() == 1 || bounds.scale() == 10'000, "a scale is 1 or 10000");
    Require(bounds.has_minimum() || bounds.has_maximum() || !bounds.minimum_code().empty(), "has no bound");
    Require(!bounds.has_minimum() || !bounds.has_maximum() || bounds.minimum() <= bounds.maximum(),
            "its minimum is above its maximum");
  }

  Addends ResolveSum(const v1::Sum& sum) {
    Addends addends;
    for (const std::string& code : sum.plus()) addends.push_back({Resolve(code), 1, 0});
    for (const std::string& code : sum.minus()) addends.push_back({Resolve(code), -1, 0});
    for (const std::string& code : sum.plus_previous()) addends.push_back({Resolve(code), 1, 1});
    // One report knows its predecessor and nothing before that.
    const int most_halves = form_ == nullptr ? 4 : 2;
    for (const v1::Run& run : sum.plus_run()) {
      Require(run.halves() >= 2 && run.halves() <= most_halves,
              absl::StrCat("a run is 2 to ", most_halves, " half-years long here"));
      for (int back = 0; back < std::min(run.halves(), most_halves); ++back)
        addends.push_back({Resolve(run.code()), 1, back});
    }
    Require(!addends.empty(), "a sum is empty");
    return addends;
  }

  std::vector<CellId> ResolveAll(const RepeatedPtrField<std::string>& codes) {
    std::vector<CellId> cells;
    for (const std::string& code : codes) cells.push_back(Resolve(code));
    Require(cells.size() >= 2, "names fewer than two indicators");
    return cells;
  }

  CellId Resolve(const std::string& code) {
    const auto found = codes_.find(code);
    if (found != codes_.end()) {
      const Line& line = forms_[found->second.first].lines[found->second.second];
      if (!line.derived() && (form_ == nullptr || line.id.form == form_->index)) return line.id;
    }
    Require(false,
            absl::StrCat(code, " is not the code of an entered indicator", form_ == nullptr ? "" : " of the form"));
    return {};
  }

  const std::vector<Form>& forms_;
  const CodeIndex& codes_;
  const Form* form_;
  Defects& defects_;
  std::string where_;
  std::set<std::string> ids_;
};

}  // namespace

std::vector<Rule> CompileRules(const RepeatedPtrField<v1::Rule>& rules, const std::vector<Form>& forms,
                               const CodeIndex& codes, const Form* form, Defects& defects) {
  RuleCompiler compiler(forms, codes, form, defects);
  std::vector<Rule> compiled;
  for (const v1::Rule& rule : rules) compiled.push_back(compiler.Compile(rule));
  return compiled;
}

}  // namespace giaoban::contract
