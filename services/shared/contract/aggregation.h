// Totals over blocs, kept up to date by difference.
#ifndef GIAOBAN_CONTRACT_AGGREGATION_H_
#define GIAOBAN_CONTRACT_AGGREGATION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "services/shared/contract/catalogue.h"

namespace giaoban::contract {

// What one bloc reported: the cells of each form, by form index; null where it has no
// report of that kind.
using BlocCells = std::vector<std::shared_ptr<const Cells>>;

// A figure: nothing, a value, or an exact ratio.
struct Figure {
  std::optional<int64_t> value;
  // Denominator 0 means there is no ratio.
  int64_t numerator = 0;
  int64_t denominator = 0;

  bool empty() const { return !value && denominator == 0; }
  friend bool operator==(const Figure&, const Figure&) = default;
};

// What a line says for one bloc.
Figure FigureOf(const Line& line, const BlocCells& bloc);

// Totals of one cluster and half-year. A blank cell adds nothing and is not
// counted; a bloc takes part in a derived indicator only with all its parts, so
// that numerator and denominator always speak of the same blocs.
class Totals {
 public:
  explicit Totals(std::shared_ptr<const Catalogue> catalogue);

  // Takes in what a bloc reported. One call per bloc; Remove takes exactly the
  // same cells out again.
  void Add(const BlocCells& bloc);
  void Remove(const BlocCells& bloc);

  // The total of a line (empty when nobody reported it or it is not aggregated)
  // and the number of blocs in it.
  Figure Total(const Line& line) const;
  int Reported(const Line& line) const;
  // The cells of the totals of one form: what the rules on totals read.
  Cells TotalCells(const Form& form) const;

 private:
  struct Sum {
    int64_t numerator = 0;  // or the plain sum
    int64_t denominator = 0;
    int blocs = 0;
    std::multiset<int64_t> values;  // minimum and maximum only
  };
  void Apply(const BlocCells& bloc, int sign);
  const Sum& SumOf(const Line& line) const;

  std::shared_ptr<const Catalogue> catalogue_;
  std::vector<std::vector<Sum>> sums_;  // by form, by line
};

}  // namespace giaoban::contract

#endif  // GIAOBAN_CONTRACT_AGGREGATION_H_
