// Puts rules and their failures into words.
#ifndef GIAOBAN_CONTRACT_WORDING_H_
#define GIAOBAN_CONTRACT_WORDING_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "services/shared/contract/catalogue.h"
#include "services/shared/contract/evaluation.h"
#include "services/shared/contract/format.h"
#include "services/shared/contract/validation.h"

namespace giaoban::contract {

// How one term of a sum is written.
using TermText = absl::FunctionRef<std::string(const Addend&)>;

// "a + b − c".
std::string SumText(const Addends& addends, TermText term);

// The finding for a condition that failed: the rule's text, then the relation with
// codes, values and both sides.
report::v1::Finding FindingOf(const Catalogue& catalogue, const Rule& rule, const Condition& condition,
                              const Failure& failure, Lookup past);

// The finding for a cell that fails on its own (REQUIRED, NOT_ASKED, V18): the
// label and code, then what is wrong.
report::v1::Finding CellFinding(absl::string_view rule, const Line& line, absl::string_view vi, absl::string_view en);

}  // namespace giaoban::contract

#endif  // GIAOBAN_CONTRACT_WORDING_H_
