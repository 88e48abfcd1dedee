#include "services/directory/one_time_code.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace giaoban::directory {
namespace {

constexpr absl::Duration kStep = absl::Seconds(30);
constexpr size_t kDigits = 6;
constexpr uint32_t kModulus = 1'000'000;

std::array<unsigned char, 8> BigEndian(int64_t number) {
  std::array<unsigned char, 8> bytes{};
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<unsigned char>(static_cast<uint64_t>(number) >> (56 - 8 * i));
  }
  return bytes;
}

}  // namespace

int64_t StepOf(absl::Time time) { return absl::ToUnixSeconds(time) / absl::ToInt64Seconds(kStep); }

std::string CodeOf(absl::string_view secret, int64_t step) {
  const std::array<unsigned char, 8> counter = BigEndian(step);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(), counter.size(), digest.data(),
       &size);
  // RFC 4226, section 5.3: the last four bits say which four bytes are the number.
  const size_t offset = digest[size - 1] & 0xfU;
  uint32_t number = digest[offset] & 0x7fU;
  for (size_t i = 1; i < 4; ++i) number = number << 8 | digest[offset + i];
  return absl::StrFormat("%06d", number % kModulus);
}

std::optional<int64_t> MatchingStep(absl::string_view secret, absl::string_view code, absl::Time now,
                                    int64_t last_step) {
  std::optional<int64_t> matching;
  if (code.size() != kDigits) return matching;
  for (const int64_t step : {StepOf(now) - 1, StepOf(now), StepOf(now) + 1}) {
    const bool same = sodium_memcmp(CodeOf(secret, step).data(), code.data(), kDigits) == 0;
    if (same && step > last_step && !matching) matching = step;
  }
  return matching;
}

std::string Base32(absl::string_view bytes) {
  constexpr absl::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  uint32_t waiting = 0;
  int bits = 0;
  for (const char byte : bytes) {
    waiting = (waiting << 8 | static_cast<unsigned char>(byte)) & 0xfffU;
    for (bits += 8; bits >= 5; bits -= 5) text += kLetters[waiting >> (bits - 5) & 0x1fU];
  }
  if (bits > 0) text += kLetters[waiting << (5 - bits) & 0x1fU];
  return text;
}

std::string CodeUri(absl::string_view user, absl::string_view secret) {
  return absl::StrCat("otpauth://totp/Giao%20Ban:", user, "?secret=", Base32(secret),
                      "&issuer=Giao%20Ban&algorithm=SHA1&digits=", kDigits, "&period=", absl::ToInt64Seconds(kStep));
}

}  // namespace giaoban::directory
