#include "services/shared/contract/utf8.h"

#include <cstddef>
#include <cstdint>

namespace giaoban::contract {
namespace {

// Length of the character text begins with; 0 when it is not one.
size_t CharacterLength(absl::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() < length) return 0;
  uint32_t character = lead & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    character = character << 6 | (byte(i) & 0x3F);
  }
  const uint32_t smallest = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
  const bool is_surrogate = character >= 0xD800 && character < 0xE000;
  return character < smallest || character > 0x10FFFF || is_surrogate ? 0 : length;
}

}  // namespace

int FirstLineNotUtf8(absl::string_view text) {
  int line = 1;
  while (!text.empty()) {
    if (text.front() == '\n') ++line;
    const size_t length = CharacterLength(text);
    if (length == 0) return line;
    text.remove_prefix(length);
  }
  return 0;
}

}  // namespace giaoban::contract
