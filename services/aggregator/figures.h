// The figures of one report, kept small: every report of all years is in memory.
#ifndef GIAOBAN_AGGREGATOR_FIGURES_H_
#define GIAOBAN_AGGREGATOR_FIGURES_H_

#include <cstdint>
#include <string>

#include "services/shared/contract/catalogue.h"

namespace giaoban::aggregator {

// Immutable. Takes 1, 2, 4 or 8 bytes for each cell, as many as the largest figure of the report needs.
class Figures {
 public:
  // No figure may be below zero; cells may be blank.
  explicit Figures(const contract::Cells& cells);

  // The value of a cell, or contract::kBlank.
  int64_t operator[](int cell) const;
  contract::Cells cells() const;

 private:
  int width_ = 1;
  std::string bytes_;
};

}  // namespace giaoban::aggregator

#endif  // GIAOBAN_AGGREGATOR_FIGURES_H_
