// The folder of a certificate authority, file by file. What is done with it is authority.h's.
//
//   ca.pem, ca.key      the authority itself; whoever has the key can be anybody
//   addresses           where services are reached; every identity folder has a copy
//   issued/SERIAL.pem   every certificate ever issued; a line before it says why it was revoked
//   revoked.pem         the revocation list; every identity folder has a copy
//   identities/FOLDER   an identity folder each: ca.pem, cert.pem, key.pem, addresses, revoked.pem
//
// Every file has mode 0600 and is written whole.
#ifndef GIAOBAN_CLI_AUTHORITY_FOLDER_H_
#define GIAOBAN_CLI_AUTHORITY_FOLDER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/cli/issuing.h"
#include "services/shared/runtime/certificate.h"

namespace giaoban::cli {

// A certificate that was issued.
struct Issued {
  // `kDue`: in the last third of its life. `kReplaced`: would still count, but no folder has it any more.
  enum class State { kValid, kDue, kReplaced, kExpired, kRevoked };

  runtime::Certificate certificate;
  // Name of the folder it is in; empty when there is none.
  std::string folder = {};
  State state = State::kValid;
  // Why it was revoked, if somebody said so.
  std::string reason = {};

  // Whether services still let its holder in.
  bool counts() const { return state != State::kRevoked && state != State::kExpired; }
};

// Service name → "host:port".
using Addresses = std::map<std::string, std::string>;

// Errors: FAILED_PRECONDITION for a file or folder that cannot be used, naming it.
class AuthorityFolder {
 public:
  explicit AuthorityFolder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  // "<path>/ca.pem".
  std::string Path(absl::string_view name) const;
  // "<path>/identities/cum-truong/cert.pem".
  std::string PathIn(absl::string_view folder, absl::string_view file) const;
  bool Has(absl::string_view name) const;

  // The authority with its key; not one that has expired at `now`.
  absl::StatusOr<Issuer> ReadIssuer(absl::Time now) const;
  absl::StatusOr<runtime::Revoked> ReadRevoked() const;
  absl::StatusOr<Addresses> ReadAddresses() const;
  // Identity folder → the certificate in it; folders without one are left out.
  absl::StatusOr<std::map<std::string, runtime::Certificate>> ReadIdentities() const;
  // Every certificate ever issued, by identity and age, in its state at `now`.
  absl::StatusOr<std::vector<Issued>> ReadIssued(absl::Time now) const;

  // Records a certificate (PEM), and puts it into an identity folder.
  absl::Status AddCertificate(absl::string_view certificate, absl::string_view folder) const;
  // Notes why a certificate is revoked.
  absl::Status NoteReason(absl::string_view serial, absl::string_view reason) const;
  // Makes sure that what was written outlives a power cut, then brings the copies in all identity folders up to date.
  absl::Status Distribute() const;

 private:
  const std::string path_;
};

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_AUTHORITY_FOLDER_H_
