// Passwords: how they are kept, made and judged.
#ifndef GIAOBAN_DIRECTORY_PASSWORD_H_
#define GIAOBAN_DIRECTORY_PASSWORD_H_

#include <cstddef>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "giaoban/report/v1/report.pb.h"

namespace giaoban::directory {

// Argon2id with this memory and this many passes over it: about a tenth of a second of one core.
inline constexpr size_t kHashMemoryBytes = size_t{64} << 20;
inline constexpr unsigned kHashPasses = 2;

// What is kept of a password, with its parameters and a random salt: "$argon2id$…". RESOURCE_EXHAUSTED when there is
// no memory.
absl::StatusOr<std::string> HashPassword(absl::string_view password);

// Whether `hash` was made of the password. An empty hash stands for an account that is not there: false, after the
// same work. RESOURCE_EXHAUSTED when there is no memory, INTERNAL when `hash` is none.
absl::StatusOr<bool> IsPassword(absl::string_view password, const std::string& hash);

// Gives that many bytes nobody can guess.
using Randomness = std::function<std::string(size_t bytes)>;
std::string SystemRandomness(size_t bytes);

// 20 letters and digits (100 bits) in groups of five, none of which looks like another: "k7m3x-…".
std::string InitialPassword(const Randomness& randomness);

// Everything that is wrong with a new password, in both languages; empty when it will do. The rules are in
// ChangePasswordRequest.
report::v1::Findings FaultsOf(absl::string_view password, absl::string_view present, absl::string_view user);

}  // namespace giaoban::directory

#endif  // GIAOBAN_DIRECTORY_PASSWORD_H_
