// A private certificate authority: who gets a certificate, and whose counts no more.
//
// What was cut short is completed by doing it again: a certificate is recorded before anybody has it, and in the
// revocation list before the copies are. A folder that was handed over may be kept here without its key.pem: a
// certificate is renewed from the one before it. ca.key is read only to sign.
#ifndef GIAOBAN_CLI_AUTHORITY_H_
#define GIAOBAN_CLI_AUTHORITY_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/cli/authority_folder.h"

namespace giaoban::cli {

// Who is to have a folder, and its name.
struct IdentityOrder {
  runtime::Identity identity;
  std::string folder;
};

// Errors: FAILED_PRECONDITION for a file or folder that cannot be used, naming it. Calls of several processes on one
// folder wait for each other.
class Authority {
 public:
  Authority(std::string directory, std::function<absl::Time()> clock);

  // Makes the authority, valid for ten years, unless it is there, and records addresses. True when it was made.
  absl::StatusOr<bool> Init(const Addresses& addresses) const;

  // Makes these identity folders, and returns what was made: a folder whose certificate was issued here and is neither
  // over nor revoked is kept as it is; any other gets a new key. ALREADY_EXISTS for a folder that is somebody else's.
  absl::StatusOr<std::vector<Issued>> Issue(const std::vector<IdentityOrder>& orders, int days) const;

  // New certificates for the same keys, returned: those of these identities, or without any those that are due or
  // expired. NOT_FOUND when an identity has no folder, FAILED_PRECONDITION when its certificate was revoked.
  absl::StatusOr<std::vector<Issued>> Renew(const std::vector<runtime::Identity>& identities, int days) const;

  // Revokes certificates: of an identity ("office/quang-ninh") all that still count, or the one with a serial number.
  // Returns those it revoked. NOT_FOUND, and nothing is revoked, when one was never issued.
  absl::StatusOr<std::vector<Issued>> Revoke(const std::vector<std::string>& names, const std::string& reason) const;

  // Every certificate ever issued, by identity and age.
  absl::StatusOr<std::vector<Issued>> List() const;

  const std::string& directory() const { return folder_.path(); }

 private:
  absl::Status MakeAuthority() const;
  absl::Status AddAddresses(const Addresses& addresses) const;
  absl::Status AddRevocations(const std::vector<std::string>& serials) const;
  absl::Status MakeIdentity(const IdentityOrder& order, int days) const;
  absl::Status MakeCertificate(const IdentityOrder& order, absl::string_view key, int days) const;
  absl::StatusOr<std::vector<IdentityOrder>> ChooseDue() const;
  absl::StatusOr<std::vector<IdentityOrder>> Choose(const std::vector<runtime::Identity>& identities) const;
  absl::StatusOr<std::vector<Issued>> DistributeAndListNew(const std::vector<Issued>& before) const;

  const AuthorityFolder folder_;
  const std::function<absl::Time()> clock_;
};

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_AUTHORITY_H_
