#include "services/directory/password.h"

#include <sodium.h>

#include <array>
#include <cerrno>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/shared/contract/validation.h"
#include "services/shared/runtime/error.h"

namespace giaoban::directory {
namespace {

constexpr size_t kShortest = 12, kLongest = 256, kDifferent = 8;
constexpr size_t kInitialLength = 20, kGroup = 5;
// Without l, o, 0 and 1: a power of two of them, so that each is as likely as the others.
constexpr absl::string_view kAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";
static_assert(kAlphabet.size() == 32);

// A hash with the parameters of all the others that no password has, as far as anybody can know.
constexpr char kNobody[] =
    "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

absl::Status NoMemory() {
  return runtime::Error(absl::StatusCode::kResourceExhausted, "no memory to compute a password's hash",
                        {.reason = "OVERLOADED", .vietnamese = "Hệ thống đang quá tải; đề nghị thử lại sau giây lát."});
}

size_t DifferentCharacters(absl::string_view text) {
  std::set<std::string> characters;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    characters.emplace(text.substr(begin, end - begin));
    begin = end;
  }
  return characters.size();
}

}  // namespace

absl::StatusOr<std::string> HashPassword(absl::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (sodium_init() < 0 || crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), kHashPasses,
                                                 kHashMemoryBytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return NoMemory();
  }
  return std::string(hash.data());
}

absl::StatusOr<bool> IsPassword(absl::string_view password, const std::string& hash) {
  errno = 0;
  const char* against = hash.empty() ? kNobody : hash.c_str();
  if (crypto_pwhash_str_verify(against, password.data(), password.size()) == 0) return true;
  // The library says EINVAL when it computed a hash and found it to be another one.
  if (errno == EINVAL) return false;
  return errno == ENOMEM ? NoMemory() : absl::InternalError("a password's hash cannot be read");
}

std::string SystemRandomness(size_t bytes) {
  std::string random(bytes, '\0');
  randombytes_buf(random.data(), random.size());
  return random;
}

std::string InitialPassword(const Randomness& randomness) {
  std::string password;
  const std::string random = randomness(kInitialLength);
  for (size_t i = 0; i < kInitialLength; ++i) {
    if (i > 0 && i % kGroup == 0) password += '-';
    password += kAlphabet[static_cast<unsigned char>(random[i]) % kAlphabet.size()];
  }
  return password;
}

report::v1::Findings FaultsOf(absl::string_view password, absl::string_view present, absl::string_view user) {
  report::v1::Findings faults;
  const auto add = [&](absl::string_view rule, absl::string_view vi, absl::string_view en) {
    *faults.add_findings() = contract::MakeFinding(rule, {}, vi, en);
  };
  if (password.size() < kShortest || password.size() > kLongest) {
    add("PASSWORD_LENGTH",
        absl::StrCat("Mật khẩu phải dài từ ", kShortest, " đến ", kLongest, " byte; chữ có dấu chiếm hai, ba byte."),
        absl::StrCat("A password has ", kShortest, " to ", kLongest, " bytes; accented letters take two or three."));
  }
  if (DifferentCharacters(password) < kDifferent) {
    add("PASSWORD_VARIETY", absl::StrCat("Mật khẩu phải có ít nhất ", kDifferent, " ký tự khác nhau."),
        absl::StrCat("A password has at least ", kDifferent, " different characters."));
  }
  if (password == present) {
    add("PASSWORD_SAME", "Mật khẩu mới phải khác mật khẩu đang dùng.",
        "The new password is another than the present one.");
  }
  if (!user.empty() && absl::StrContains(absl::AsciiStrToLower(password), absl::AsciiStrToLower(user))) {
    add("PASSWORD_USER_NAME", "Mật khẩu không được chứa tên đăng nhập.", "A password does not contain the user name.");
  }
  return faults;
}

}  // namespace giaoban::directory
