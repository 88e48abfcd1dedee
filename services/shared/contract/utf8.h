// Whether text is UTF-8.
#ifndef GIAOBAN_CONTRACT_UTF8_H_
#define GIAOBAN_CONTRACT_UTF8_H_

#include "absl/strings/string_view.h"

namespace giaoban::contract {

// The first line that is not UTF-8 (overlong forms, surrogates and cut sequences are
// not); 0 when all are.
int FirstLineNotUtf8(absl::string_view text);

}  // namespace giaoban::contract

#endif  // GIAOBAN_CONTRACT_UTF8_H_
