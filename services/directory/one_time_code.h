// Time-based one-time codes as authenticators make them (RFC 6238: SHA-1, six digits, 30 seconds).
#ifndef GIAOBAN_DIRECTORY_ONE_TIME_CODE_H_
#define GIAOBAN_DIRECTORY_ONE_TIME_CODE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace giaoban::directory {

// Bytes of a secret, as RFC 4226 recommends.
inline constexpr size_t kCodeSecretBytes = 20;

// Number of the 30-second step a moment is in.
int64_t StepOf(absl::Time time);

// The code of a step.
std::string CodeOf(absl::string_view secret, int64_t step);

// The step the code is of: that of `now`, or one before or after it for clocks that differ. Only steps after
// `last_step`, the one used last, so that a code counts once. nullopt when there is none.
std::optional<int64_t> MatchingStep(absl::string_view secret, absl::string_view code, absl::Time now,
                                    int64_t last_step);

// RFC 4648, without padding.
std::string Base32(absl::string_view bytes);

// What an authenticator reads from a QR code: "otpauth://totp/…".
std::string CodeUri(absl::string_view user, absl::string_view secret);

}  // namespace giaoban::directory

#endif  // GIAOBAN_DIRECTORY_ONE_TIME_CODE_H_
