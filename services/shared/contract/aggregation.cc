#include "services/shared/contract/aggregation.h"

#include <utility>

namespace giaoban::contract {
namespace {

int64_t Value(CellId id, const BlocCells& bloc) {
  const std::shared_ptr<const Cells>& cells = bloc[id.form];
  return cells == nullptr ? kBlank : (*cells)[id.cell];
}

// The sum of the parts; nullopt when one was not reported.
std::optional<int64_t> AddUp(const std::vector<CellId>& parts, const BlocCells& bloc) {
  int64_t sum = 0;
  for (const CellId part : parts) {
    const int64_t value = Value(part, bloc);
    if (value == kBlank) return std::nullopt;
    sum += value;
  }
  return sum;
}

// What a bloc brings into a line: numerator and denominator, or the value over 1.
std::optional<std::pair<int64_t, int64_t>> Contribution(const Line& line, const BlocCells& bloc) {
  if (!line.derived()) {
    const int64_t value = Value(line.id, bloc);
    if (value == kBlank) return std::nullopt;
    return std::make_pair(value, int64_t{1});
  }
  const std::optional<int64_t> numerator = AddUp(line.numerator, bloc);
  const std::optional<int64_t> denominator = AddUp(line.denominator, bloc);
  if (!numerator || !denominator) return std::nullopt;
  return std::make_pair(*numerator, *denominator);
}

Figure RatioOf(int64_t numerator, int64_t denominator) {
  return denominator == 0 ? Figure{} : Figure{std::nullopt, numerator, denominator};
}

bool KeepsValues(const Line& line) {
  return line.over_blocs == v1::OVER_BLOCS_MINIMUM || line.over_blocs == v1::OVER_BLOCS_MAXIMUM;
}

}  // namespace

Figure FigureOf(const Line& line, const BlocCells& bloc) {
  const auto contribution = Contribution(line, bloc);
  if (!contribution) return {};
  if (!line.derived()) return Figure{contribution->first};
  return RatioOf(contribution->first, contribution->second);
}

Totals::Totals(std::shared_ptr<const Catalogue> catalogue) : catalogue_(std::move(catalogue)) {
  for (const Form& form : catalogue_->forms()) sums_.emplace_back(form.lines.size());
}

void Totals::Add(const BlocCells& bloc) { Apply(bloc, 1); }

void Totals::Remove(const BlocCells& bloc) { Apply(bloc, -1); }

void Totals::Apply(const BlocCells& bloc, int sign) {
  for (const Form& form : catalogue_->forms()) {
    for (const Line& line : form.lines) {
      const auto contribution = Contribution(line, bloc);
      if (!contribution) continue;
      Sum& sum = sums_[form.index][line.index];
      sum.blocs += sign;
      sum.numerator += sign * contribution->first;
      sum.denominator += sign * contribution->second;
      if (!KeepsValues(line)) continue;
      if (sign > 0) {
        sum.values.insert(contribution->first);
      } else if (const auto found = sum.values.find(contribution->first); found != sum.values.end()) {
        sum.values.erase(found);
      }
    }
  }
}

Figure Totals::Total(const Line& line) const {
  const Sum& sum = SumOf(line);
  if (sum.blocs == 0) return {};
  if (line.derived()) return RatioOf(sum.numerator, sum.denominator);
  switch (line.over_blocs) {
    case v1::OVER_BLOCS_SUM:
      return Figure{sum.numerator};
    case v1::OVER_BLOCS_MINIMUM:
      return Figure{*sum.values.begin()};
    case v1::OVER_BLOCS_MAXIMUM:
      return Figure{*sum.values.rbegin()};
    default:
      return {};
  }
}

int Totals::Reported(const Line& line) const { return SumOf(line).blocs; }

Cells Totals::TotalCells(const Form& form) const {
  Cells cells;
  for (size_t cell = 0; cell < form.fields.size(); ++cell) {
    cells.push_back(Total(form.entered(static_cast<int>(cell))).value.value_or(kBlank));
  }
  return cells;
}

const Totals::Sum& Totals::SumOf(const Line& line) const { return sums_[line.id.form][line.index]; }

}  // namespace giaoban::contract
