// Making keys, certificates and revocation lists, as text in PEM form. What goes where is authority.h's.
#ifndef GIAOBAN_CLI_ISSUING_H_
#define GIAOBAN_CLI_ISSUING_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/shared/runtime/identity.h"
#include "services/shared/runtime/openssl.h"

namespace giaoban::cli {

// An authority's certificate and the key it signs with.
struct Issuer {
  runtime::openssl::X509Pointer certificate;
  runtime::openssl::KeyPointer key;
};

// A new private key: EC P-256, PKCS #8 without a pass phrase.
std::string MakeKey();

// A certificate that certifies itself and may sign others, but no further authorities. Empty when `key` is not a
// private key.
std::string MakeAuthorityCertificate(absl::string_view key, absl::Time from, absl::Time until);

// Reads an authority. Members are null for what is not a certificate or key; both are when they do not match.
Issuer ParseIssuer(absl::string_view certificate, absl::string_view key);

// What a certificate is to say.
struct CertificateOrder {
  runtime::Identity identity;
  // The public key: a private key, or another certificate of the same key.
  absl::string_view key;
  // DNS names and addresses it may be reached under; only services and portals are reached.
  std::vector<std::string> hosts = {};
  absl::Time from, until;
};

// A certificate with a serial number of its own: 127 random bits.
std::string MakeCertificate(const Issuer& issuer, const CertificateOrder& order);

// The revocation list `before` (empty for none) with these serials, in hexadecimal, added as of `now`.
std::string MakeRevocationList(const Issuer& issuer, absl::string_view before, const std::vector<std::string>& serials,
                               absl::Time now);

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_ISSUING_H_
