#include "services/shared/runtime/certificate.h"

#include <openssl/bn.h>

#include <ctime>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/shared/runtime/openssl.h"

namespace giaoban::runtime {

std::string openssl::Serial(const ASN1_INTEGER& serial) {
  const std::unique_ptr<BIGNUM, Free<BN_free>> number(ASN1_INTEGER_to_BN(&serial, nullptr));
  // Its own hexadecimal has an even number of digits.
  char* digits = BN_bn2hex(number.get());
  const std::string text = absl::AsciiStrToLower(digits);
  OPENSSL_free(digits);
  const size_t first = text.find_first_not_of('0');
  return first == std::string::npos ? "0" : text.substr(first);
}

absl::Time openssl::TimeOf(const ASN1_TIME& time) {
  std::tm parts = {};
  if (ASN1_TIME_to_tm(&time, &parts) != 1) return absl::InfinitePast();
  return absl::FromTM(parts, absl::UTCTimeZone());
}

namespace {

using openssl::Free;

std::vector<std::string> UrisOf(const X509& certificate) {
  const std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> uris;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_STRING* text = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), ASN1_STRING_length(text));
  }
  return uris;
}

}  // namespace

absl::StatusOr<Certificate> ReadCertificate(absl::string_view pem) {
  const openssl::X509Pointer parsed = openssl::ParseX509(pem);
  if (parsed == nullptr) return absl::UnauthenticatedError("not a certificate in PEM form");
  const std::vector<std::string> uris = UrisOf(*parsed);
  if (uris.size() != 1) {
    return absl::UnauthenticatedError("the certificate does not carry exactly one identity");
  }
  absl::StatusOr<Identity> identity = ParseIdentity(uris.front());
  if (!identity.ok()) return identity.status();
  return Certificate{*std::move(identity), openssl::Serial(*X509_get0_serialNumber(parsed.get())),
                     openssl::TimeOf(*X509_get0_notBefore(parsed.get())),
                     openssl::TimeOf(*X509_get0_notAfter(parsed.get()))};
}

absl::StatusOr<Revoked> ReadRevoked(absl::string_view pem, absl::string_view ca) {
  const openssl::CrlPointer list(PEM_read_bio_X509_CRL(openssl::Open(pem).get(), nullptr, nullptr, nullptr));
  if (list == nullptr) return absl::FailedPreconditionError("not a revocation list in PEM form");
  const openssl::X509Pointer issuer = openssl::ParseX509(ca);
  if (issuer == nullptr || X509_CRL_verify(list.get(), X509_get0_pubkey(issuer.get())) != 1) {
    return absl::FailedPreconditionError("the revocation list is not signed by the certificate authority");
  }
  Revoked revoked;
  const STACK_OF(X509_REVOKED)* entries = X509_CRL_get_REVOKED(list.get());
  for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i) {
    revoked.insert(openssl::Serial(*X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(entries, i))));
  }
  return revoked;
}

}  // namespace giaoban::runtime
