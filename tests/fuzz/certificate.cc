// Certificates, and the list of those that were taken back. Parts: a revocation list and a certificate in PEM, and two
// serial numbers in DER.
#include "services/shared/runtime/certificate.h"

#include "absl/strings/match.h"
#include "tests/fuzz/authority.h"
#include "tests/fuzz/mutate.h"

namespace giaoban::fuzz {
namespace {

using runtime::ReadRevoked;
using runtime::Revoked;

const Plan& CertificatePlan() {
  static const Plan& plan =
      *new Plan{.message_of = [](const Parts&, size_t) { return nullptr; }, .fixed = 4, .loose = false};
  return plan;
}

const Authority& Own() {
  static const Authority& authority = *new Authority('a', 's');
  return authority;
}

// What the corpus has of our authority: a list of nobody, and one of the serial numbers 1 and abc.
void CheckList(const std::string& pem) {
  static const Authority& other = *new Authority('o', 's');
  const auto revoked = ReadRevoked(pem, Own().ca());
  Require(revoked.ok() || absl::IsFailedPrecondition(revoked.status()), "a list is refused with one code");
  Require(!revoked.ok() || *revoked == Revoked{} || *revoked == Revoked{"1", "abc"}, "a list is what was signed");
  const auto others = ReadRevoked(pem, other.ca());
  Require(!others.ok() || *others == Revoked{"2"}, "a list of one authority is not another's");
}

void CheckCertificate(const std::string& pem) {
  const auto certificate = runtime::ReadCertificate(pem);
  if (!certificate.ok()) {
    Require(absl::IsUnauthenticated(certificate.status()), "a certificate is refused with one code");
    return;
  }
  const auto identity = runtime::ParseIdentity(absl::StrCat("spiffe://giaoban/", certificate->identity.ToString()));
  Require(identity.ok() && identity->ToString() == certificate->identity.ToString(), "who is named is somebody");
}

void CheckSerials(ASN1_INTEGER* first, ASN1_INTEGER* second) {
  const auto certificate = runtime::ReadCertificate(Own().Certificate(kNames, first));
  const auto both = ReadRevoked(Own().RevocationList({first, second}), Own().ca());
  const auto one = ReadRevoked(Own().RevocationList({second}), Own().ca());
  Require(certificate.ok() && both.ok() && one.ok(), "what the authority signs is read");
  Require(both->contains(certificate->serial), "a certificate that is listed is revoked");
  Require(one->contains(certificate->serial) == (ASN1_INTEGER_cmp(first, second) == 0), "one that is not is not");
}

void Try(Parts parts) {
  parts.resize(4);
  CheckList(parts[0]);
  CheckCertificate(parts[1]);
  const SerialPointer first = ReadSerial(parts[2]), second = ReadSerial(parts[3]);
  if (first != nullptr && second != nullptr) CheckSerials(first.get(), second.get());
}

}  // namespace
}  // namespace giaoban::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  giaoban::fuzz::Try(giaoban::fuzz::Split(data, size));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  return giaoban::fuzz::MutateParts(giaoban::fuzz::CertificatePlan(), data, size, max_size, seed);
}
