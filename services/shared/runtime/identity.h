// Who somebody is: one name per certificate.
//
// An identity folder holds ca.pem, cert.pem, key.pem (mode 0600) and addresses.
// The certificate carries one URI as its subject alternative name,
// spiffe://giaoban/<role>/<name>: spiffe://giaoban/office/quang-ninh. Services' certificates
// also carry the DNS names they are reached under. For an office and a chair the name is
// the bloc; whether that bloc is in a cluster, or chairs it, is for the
// directory to say.
#ifndef GIAOBAN_RUNTIME_IDENTITY_H_
#define GIAOBAN_RUNTIME_IDENTITY_H_

#include <grpcpp/security/auth_context.h>

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "giaoban/contract/v1/options.pb.h"

namespace giaoban::runtime {

// Who a caller is.
struct Identity {
  contract::v1::Role role = contract::v1::ROLE_UNSPECIFIED;
  std::string name;

  // "office/quang-ninh": what journals and logs record.
  std::string ToString() const;
};

// Reads "spiffe://giaoban/office/quang-ninh". UNAUTHENTICATED for anything else;
// names are lower-case letters, digits and hyphens, at most 40.
absl::StatusOr<Identity> ParseIdentity(absl::string_view uri);

// The one identity a verified peer presented; UNAUTHENTICATED when it has none or
// several.
absl::StatusOr<Identity> PeerIdentity(const grpc::AuthContext& context);

// An identity folder as read.
struct IdentityFolder {
  Identity self;
  std::string ca_path, certificate_path, key_path;
  // The three files' text: what was checked is what is used.
  std::string ca, certificate, key;
  // Service name → "host:port"; the file `addresses` has one "name host:port" a line.
  std::map<std::string, std::string> addresses;
};

// Reads and checks a folder: all files there, key not readable by others and matching the
// certificate, certificate within its validity at `now` and from the CA. FAILED_PRECONDITION
// with a sentence that says what and where.
absl::StatusOr<IdentityFolder> LoadIdentity(const std::string& directory, absl::Time now = absl::Now());

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_IDENTITY_H_
