#include "services/shared/journal/key_file.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/shared/journal/signer.h"

namespace giaoban::journal {
namespace {

// Far more than any key file has.
constexpr size_t kFileBytesMax = 1 << 16;

absl::StatusOr<std::string> ReadAll(int descriptor, const std::string& path) {
  std::string content(kFileBytesMax, '\0');
  size_t size = 0;
  while (size < content.size()) {
    const ssize_t count = read(descriptor, content.data() + size, content.size() - size);
    if (count < 0) return absl::ErrnoToStatus(errno, path);
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  content.resize(size);
  return content;
}

absl::Status WriteAll(int descriptor, absl::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t count = write(descriptor, content.data(), content.size());
    if (count < 0) return absl::ErrnoToStatus(errno, path);
    content.remove_prefix(static_cast<size_t>(count));
  }
  return fsync(descriptor) == 0 ? absl::OkStatus() : absl::ErrnoToStatus(errno, path);
}

// A new name in a directory is durable only when the directory is.
absl::Status SyncDirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int descriptor = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, directory);
  const absl::Cleanup closing = [descriptor] { close(descriptor); };
  return fsync(descriptor) == 0 ? absl::OkStatus() : absl::ErrnoToStatus(errno, directory);
}

absl::Status WriteFile(const std::string& path, int flags, mode_t mode, absl::string_view content) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, path);
  const absl::Cleanup closing = [descriptor] { close(descriptor); };
  return WriteAll(descriptor, content, path);
}

// Nothing when `line` is not `size` bytes in hexadecimal.
std::string Unhex(absl::string_view line, size_t size) {
  std::string bytes(size, '\0');
  size_t used = 0;
  const int result = sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), size, line.data(), line.size(),
                                    nullptr, &used, nullptr);
  if (result != 0 || used != size || line.size() != 2 * size) bytes.clear();
  return bytes;
}

// The last 32 bytes of a secret are the public key that its first 32 make.
bool IsSecret(const std::string& secret) {
  if (secret.size() != crypto_sign_SECRETKEYBYTES) return false;
  unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
  unsigned char again[crypto_sign_SECRETKEYBYTES];
  crypto_sign_seed_keypair(public_key, again, reinterpret_cast<const unsigned char*>(secret.data()));
  const bool same = sodium_memcmp(again, secret.data(), sizeof(again)) == 0;
  sodium_memzero(again, sizeof(again));
  return same;
}

}  // namespace

absl::StatusOr<std::string> ReadSecret(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, path);
  const absl::Cleanup closing = [descriptor] { close(descriptor); };
  struct stat about {};
  if (fstat(descriptor, &about) != 0) return absl::ErrnoToStatus(errno, path);
  if ((about.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(path, " may be read by others; a private key has mode 0600"));
  }
  absl::StatusOr<std::string> content = ReadAll(descriptor, path);
  if (!content.ok()) return content.status();
  std::string secret = Unhex(absl::StripAsciiWhitespace(*content), crypto_sign_SECRETKEYBYTES);
  sodium_memzero(content->data(), content->size());
  if (!IsSecret(secret)) return absl::FailedPreconditionError(absl::StrCat(path, " is not a private signing key"));
  return secret;
}

absl::Status WriteSecret(const std::string& path, absl::string_view secret) {
  const std::string unfinished = path + ".new";
  std::string content = Hex(secret) + "\n";
  const absl::Cleanup wiping = [&content] { sodium_memzero(content.data(), content.size()); };
  unlink(unfinished.c_str());  // what an interrupted start may have left, whatever its mode
  if (absl::Status status = WriteFile(unfinished, O_EXCL, 0600, content); !status.ok()) return status;
  if (rename(unfinished.c_str(), path.c_str()) != 0) return absl::ErrnoToStatus(errno, path);
  return SyncDirectoryOf(path);
}

absl::StatusOr<std::vector<std::string>> ReadPublicKeys(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, path);
  const absl::Cleanup closing = [descriptor] { close(descriptor); };
  const absl::StatusOr<std::string> content = ReadAll(descriptor, path);
  if (!content.ok()) return content.status();
  std::vector<std::string> keys;
  for (absl::string_view line : absl::StrSplit(*content, '\n', absl::SkipWhitespace())) {
    keys.push_back(Unhex(absl::StripAsciiWhitespace(line), crypto_sign_PUBLICKEYBYTES));
    if (keys.back().empty()) return absl::FailedPreconditionError(absl::StrCat(path, " has a line that is not a key"));
  }
  return keys;
}

absl::Status AddPublicKey(const std::string& path, absl::string_view key) {
  const absl::StatusOr<std::vector<std::string>> keys = ReadPublicKeys(path);
  if (!keys.ok() && !absl::IsNotFound(keys.status())) return keys.status();
  if (keys.ok() && !keys->empty() && keys->back() == key) return absl::OkStatus();
  if (absl::Status status = WriteFile(path, O_APPEND, 0644, Hex(key) + "\n"); !status.ok()) return status;
  return SyncDirectoryOf(path);
}

}  // namespace giaoban::journal
