// Evaluates conditions of rules: no text is made here.
#ifndef GIAOBAN_CONTRACT_EVALUATION_H_
#define GIAOBAN_CONTRACT_EVALUATION_H_

#include <cstdint>
#include <optional>

#include "services/shared/contract/catalogue.h"
#include "services/shared/contract/validation.h"

namespace giaoban::contract {

// What a failing condition came to.
struct Failure {
  // Linear: both sums. Bounds: numerator and denominator. Unequal: the equal value, twice.
  int64_t left = 0;
  int64_t right = 0;
  // Bounds: the bound crossed, and which one.
  int64_t bound = 0;
  bool below = false;
};

// nullopt when the condition holds, or nothing can be said (contract.v1.Condition
// says when). A value beyond ±10^15 also leaves a condition out: it is out of every
// range, which V18 says, and could overflow a sum.
std::optional<Failure> Evaluate(const Catalogue& catalogue, const Condition& condition, Lookup past);

}  // namespace giaoban::contract

#endif  // GIAOBAN_CONTRACT_EVALUATION_H_
