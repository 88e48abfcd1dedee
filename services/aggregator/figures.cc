#include "services/aggregator/figures.h"

#include <algorithm>

namespace giaoban::aggregator {
namespace {

// What stands for a cell: 0 for a blank one, and otherwise one more than its value.
uint64_t Stored(int64_t value) { return value == contract::kBlank ? 0 : static_cast<uint64_t>(value) + 1; }

}  // namespace

Figures::Figures(const contract::Cells& cells) {
  uint64_t largest = 0;
  for (const int64_t value : cells) largest = std::max(largest, Stored(value));
  while (width_ < 8 && largest >> (8 * width_) != 0) width_ *= 2;
  bytes_.resize(cells.size() * width_);
  char* next = bytes_.data();
  for (const int64_t value : cells) {
    const uint64_t stored = Stored(value);
    for (int byte = 0; byte < width_; ++byte) *next++ = static_cast<char>(stored >> (8 * byte));
  }
}

int64_t Figures::operator[](int cell) const {
  uint64_t stored = 0;
  for (int byte = width_; byte-- > 0;) {
    stored = stored << 8 | static_cast<uint8_t>(bytes_[static_cast<size_t>(cell) * width_ + byte]);
  }
  return stored == 0 ? contract::kBlank : static_cast<int64_t>(stored - 1);
}

contract::Cells Figures::cells() const {
  contract::Cells cells(bytes_.size() / width_);
  for (size_t cell = 0; cell < cells.size(); ++cell) cells[cell] = (*this)[static_cast<int>(cell)];
  return cells;
}

}  // namespace giaoban::aggregator
