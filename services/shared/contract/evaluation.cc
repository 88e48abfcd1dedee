#include "services/shared/contract/evaluation.h"

#include "absl/numeric/int128.h"

namespace giaoban::contract {
namespace {

// A total of a thousand blocs that all report the largest maximum.
constexpr int64_t kLargestSummand = 1'000'000'000'000'000;

// The value of a cell, or nullopt when it leaves out the condition it stands in.
std::optional<int64_t> Value(const Catalogue& catalogue, CellId id, int back, Lookup past) {
  const std::optional<int64_t> value = past(id, back);
  if (!value) return std::nullopt;
  if (*value == kBlank) return catalogue.entered(id).required ? std::nullopt : value;
  if (*value > kLargestSummand || *value < -kLargestSummand) return std::nullopt;
  return value;
}

std::optional<int64_t> Sum(const Catalogue& catalogue, const Addends& addends, Lookup past) {
  int64_t total = 0;
  bool any_filled = false;
  for (const Addend& addend : addends) {
    const std::optional<int64_t> value = Value(catalogue, addend.id, addend.back, past);
    if (!value) return std::nullopt;
    if (*value == kBlank) continue;
    total += addend.sign * *value;
    any_filled = true;
  }
  if (!any_filled) return std::nullopt;
  return total;
}

std::optional<Failure> EvaluateLinear(const Catalogue& catalogue, const Condition& condition, Lookup past) {
  const std::optional<int64_t> left = Sum(catalogue, condition.left, past);
  if (!left) return std::nullopt;
  const std::optional<int64_t> right = Sum(catalogue, condition.right, past);
  if (!right) return std::nullopt;
  const bool holds = condition.relation == v1::RELATION_EQUAL ? *left == *right : *left <= *right;
  if (holds) return std::nullopt;
  return Failure{*left, *right};
}

std::optional<Failure> EvaluateBounds(const Catalogue& catalogue, const Condition& condition, Lookup past) {
  const std::optional<int64_t> numerator = Sum(catalogue, condition.left, past);
  if (!numerator) return std::nullopt;
  const std::optional<int64_t> denominator = Sum(catalogue, condition.right, past);
  if (!denominator || *denominator <= 0) return std::nullopt;
  const v1::Bounds& bounds = *condition.bounds;
  // Multiplied out, so that nothing is rounded; 128 bits hold any of these products.
  const absl::int128 scaled = absl::int128(bounds.scale()) * *numerator;
  const auto below = [&](int64_t bound) { return scaled < absl::int128(bound) * *denominator; };
  std::optional<int64_t> cell = kBlank;
  if (condition.minimum.cell >= 0) cell = Value(catalogue, condition.minimum, 0, past);
  if (!cell) return std::nullopt;
  if (*cell != kBlank && below(*cell)) return Failure{*numerator, *denominator, *cell, true};
  if (bounds.has_minimum() && below(bounds.minimum())) {
    return Failure{*numerator, *denominator, bounds.minimum(), true};
  }
  if (bounds.has_maximum() && scaled > absl::int128(bounds.maximum()) * *denominator) {
    return Failure{*numerator, *denominator, bounds.maximum(), false};
  }
  return std::nullopt;
}

// All or none of the cells are such as `counts` says.
template <typename Predicate>
std::optional<Failure> EvaluateTogether(const Catalogue& catalogue, const Condition& condition, Lookup past,
                                        Predicate counts) {
  size_t counted = 0;
  for (const CellId id : condition.cells) {
    const std::optional<int64_t> value = Value(catalogue, id, 0, past);
    if (!value) return std::nullopt;
    if (counts(*value)) ++counted;
  }
  if (counted == 0 || counted == condition.cells.size()) return std::nullopt;
  return Failure{};
}

std::optional<Failure> EvaluateUnequal(const Catalogue& catalogue, const Condition& condition, Lookup past) {
  std::optional<Failure> failure;
  for (size_t i = 0; i < condition.cells.size(); ++i) {
    const std::optional<int64_t> value = Value(catalogue, condition.cells[i], 0, past);
    if (!value) return std::nullopt;
    if (failure || *value == kBlank || *value < condition.unequal_from) continue;
    for (size_t j = 0; j < i && !failure; ++j) {
      if (past(condition.cells[j], 0) == value) failure = Failure{*value, *value};
    }
  }
  return failure;
}

}  // namespace

std::optional<Failure> Evaluate(const Catalogue& catalogue, const Condition& condition, Lookup past) {
  switch (condition.test) {
    case v1::Condition::kLinear:
      return EvaluateLinear(catalogue, condition, past);
    case v1::Condition::kBounds:
      return EvaluateBounds(catalogue, condition, past);
    case v1::Condition::kAllOrNone:
      return EvaluateTogether(catalogue, condition, past, [](int64_t value) { return value != kBlank; });
    case v1::Condition::kPositiveTogether:
      return EvaluateTogether(catalogue, condition, past, [](int64_t value) { return value > 0; });
    case v1::Condition::kUnequal:
      return EvaluateUnequal(catalogue, condition, past);
    case v1::Condition::TEST_NOT_SET:
      break;  // Catalogue::Build refuses it
  }
  return std::nullopt;
}

}  // namespace giaoban::contract
