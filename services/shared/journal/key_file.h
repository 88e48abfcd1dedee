// Signing keys on disk: the private key in a file of its own, public keys beside it.
#ifndef GIAOBAN_JOURNAL_KEY_FILE_H_
#define GIAOBAN_JOURNAL_KEY_FILE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace giaoban::journal {

// The 64-byte secret in `path`. NOT_FOUND when there is no such file;
// FAILED_PRECONDITION when others may read it or it is not a key.
absl::StatusOr<std::string> ReadSecret(const std::string& path);

// Writes a secret so that the file appears whole or not at all, mode 0600.
absl::Status WriteSecret(const std::string& path, absl::string_view secret);

// The public keys in `path`, oldest first. FAILED_PRECONDITION when a line is not a key.
absl::StatusOr<std::vector<std::string>> ReadPublicKeys(const std::string& path);

// Makes `key` the last line of `path` unless it is.
absl::Status AddPublicKey(const std::string& path, absl::string_view key);

}  // namespace giaoban::journal

#endif  // GIAOBAN_JOURNAL_KEY_FILE_H_
