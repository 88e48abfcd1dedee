// Where a list goes on: the page_token of requests and the next_page_token of answers.
//
// Opaque text for the caller. Inside it names the list and a place in it; it says nothing else, so it is good for as
// long as the place means something, after a restart too. It gives no right: what a caller may not see is left out of
// every page anew. Anybody can make one, so a place is checked like any other input.
#ifndef GIAOBAN_RUNTIME_PAGE_TOKEN_H_
#define GIAOBAN_RUNTIME_PAGE_TOKEN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace giaoban::runtime {

// The token that goes on after `place` in the list of this name ("accounts"). The name is up to the caller, without
// NUL; it keeps a token from being used in another list. A place is what the list is ordered by: a user name.
std::string PageToken(absl::string_view list, absl::string_view place);
// The same for a list that is ordered by a number above zero.
std::string PageToken(absl::string_view list, int64_t place);

// The place in a token that PageToken made for this list; empty for an empty token, where a list begins.
// INVALID_ARGUMENT for anything else.
absl::StatusOr<std::string> PlaceOf(absl::string_view list, absl::string_view token);
// The same for a number; 0 for an empty token.
absl::StatusOr<int64_t> NumberOf(absl::string_view list, absl::string_view token);

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_PAGE_TOKEN_H_
