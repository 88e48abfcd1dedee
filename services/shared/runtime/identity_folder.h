// An identity folder: what somebody needs to take part.
//
// It holds ca.pem, cert.pem, key.pem (mode 0600), addresses and revoked.pem. `giaoban certs` makes and renews it.
#ifndef GIAOBAN_RUNTIME_IDENTITY_FOLDER_H_
#define GIAOBAN_RUNTIME_IDENTITY_FOLDER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/shared/runtime/certificate.h"

namespace giaoban::runtime {

// An identity folder as read.
struct IdentityFolder {
  // What cert.pem says.
  Certificate own;
  std::string ca_path, certificate_path, key_path;
  // The three files' text.
  std::string ca, certificate, key;
  Revoked revoked;
  // Service name → "host:port", see ReadAddresses.
  std::map<std::string, std::string> addresses;
};

// Reads and checks a folder: all files there, key not readable by others and matching the
// certificate, certificate within its validity at `now` and from the CA, revocation list signed by the CA.
// FAILED_PRECONDITION with a sentence that says what and where.
absl::StatusOr<IdentityFolder> LoadIdentity(const std::string& directory, absl::Time now = absl::Now());

// Reads revoked.pem of a folder; `ca` (PEM) must have signed it. FAILED_PRECONDITION, also when it is not there: a
// list that was lost must not make certificates count again.
absl::StatusOr<Revoked> LoadRevoked(const std::string& directory, absl::string_view ca);

// "host:port" with a port from 1 to 65535; or several, "192.0.2.1:7002,192.0.2.2:7002", for processes that do the same:
// numbers then, all IPv4 or all IPv6. A host name may have several numbers by itself.
bool IsAddress(absl::string_view text);
// Its parts.
std::vector<std::string> AddressesIn(absl::string_view text);

// Reads a file `addresses`: service name → IsAddress, one "name host:port" a line, # begins a remark.
// FAILED_PRECONDITION, naming the line, for anything else and for a service named twice.
absl::StatusOr<std::map<std::string, std::string>> ReadAddresses(const std::string& path);

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_IDENTITY_FOLDER_H_
