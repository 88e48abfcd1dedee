// What a certificate says, and which ones were taken back.
#ifndef GIAOBAN_RUNTIME_CERTIFICATE_H_
#define GIAOBAN_RUNTIME_CERTIFICATE_H_

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/shared/runtime/identity.h"

namespace giaoban::runtime {

// A certificate of the suite: one name, some days.
struct Certificate {
  Identity identity;
  // Lower-case hexadecimal, without leading zeros.
  std::string serial;
  absl::Time not_before, not_after;

  // From here on it should be renewed: a third of its life is left.
  absl::Time renew_time() const { return not_after - (not_after - not_before) / 3; }
};

// Reads the first certificate in PEM text. UNAUTHENTICATED, saying why, for anything that is not a certificate
// with exactly one URI that is an identity of the suite. Whether it is in date and who signed it is not looked at.
absl::StatusOr<Certificate> ReadCertificate(absl::string_view pem);

// Serial numbers of certificates that were revoked.
using Revoked = absl::flat_hash_set<std::string>;

// Reads a revocation list (RFC 5280, PEM) that `ca` (PEM) signed. FAILED_PRECONDITION, saying why, for
// anything else. Its next update is not looked at: lists are files that are replaced when something is revoked.
absl::StatusOr<Revoked> ReadRevoked(absl::string_view pem, absl::string_view ca);

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_CERTIFICATE_H_
