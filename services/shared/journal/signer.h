// Ed25519 signatures on commits of a journal, and hash trees over them.
#ifndef GIAOBAN_JOURNAL_SIGNER_H_
#define GIAOBAN_JOURNAL_SIGNER_H_

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "giaoban/report/v1/report.pb.h"

namespace giaoban::journal {

// SHA-256 of the concatenation, 32 bytes.
std::string Sha256(std::initializer_list<absl::string_view> parts);
// Hexadecimal, for people and logs.
std::string Hex(absl::string_view bytes);

// Signs commits. The private key never leaves the object.
class Signer {
 public:
  // Reads the key in `path`, or makes one there (mode 0600) together with
  // `path`.pub at the first start. FAILED_PRECONDITION when the file is readable by
  // others or is not a key.
  static absl::StatusOr<Signer> LoadOrCreate(const std::string& path);
  ~Signer();
  Signer(Signer&&) noexcept;
  Signer& operator=(Signer&&) = delete;

  // One proof for each entry hash of a commit, as report.v1.Proof describes. At
  // least one hash.
  std::vector<report::v1::Proof> Sign(absl::string_view cluster, const std::vector<std::string>& hashes) const;

 private:
  Signer() = default;
  std::string secret_;
  std::string key_id_;
};

// Checks proofs with public keys.
class Verifier {
 public:
  // Reads a `.pub` file: one hexadecimal key a line, newest last.
  static absl::StatusOr<Verifier> Load(const std::string& path);
  // OK, or UNAUTHENTICATED with what does not fit.
  absl::Status Check(absl::string_view cluster, absl::string_view entry_hash, const report::v1::Proof& proof) const;

 private:
  std::vector<std::pair<std::string, std::string>> keys_;  // id, key
};

}  // namespace giaoban::journal

#endif  // GIAOBAN_JOURNAL_SIGNER_H_
