// Addresses people come from.
#ifndef GIAOBAN_DIRECTORY_ADDRESS_H_
#define GIAOBAN_DIRECTORY_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace giaoban::directory {

struct Address {
  // In its one usual form: "192.0.2.7", "2001:db8::7".
  std::string text;
  // Whose address it is, as far as one can tell: an IPv4 address itself, of an IPv6 address the first 64 bits
  // ("2001:db8::/64"), since everybody has all the addresses behind them.
  std::string network;
};

// Reads an IPv4 or IPv6 address without port or zone; an IPv4 address written as IPv6 is one. INVALID_ARGUMENT for
// anything else.
absl::StatusOr<Address> ParseAddress(absl::string_view text);

}  // namespace giaoban::directory

#endif  // GIAOBAN_DIRECTORY_ADDRESS_H_
