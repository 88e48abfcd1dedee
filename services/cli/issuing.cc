#include "services/cli/issuing.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

namespace giaoban::cli {
namespace {

using contract::v1::ROLE_PORTAL;
using contract::v1::ROLE_SERVICE;
using runtime::openssl::BioPointer;
using runtime::openssl::CrlPointer;
using runtime::openssl::Free;
using runtime::openssl::KeyPointer;
using runtime::openssl::Open;
using runtime::openssl::ParseX509;
using runtime::openssl::X509Pointer;
using ExtensionPointer = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using IntegerPointer = std::unique_ptr<ASN1_INTEGER, Free<ASN1_INTEGER_free>>;
using NamesPointer = std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>>;
using NumberPointer = std::unique_ptr<BIGNUM, Free<BN_free>>;
using TimePointer = std::unique_ptr<ASN1_TIME, Free<ASN1_TIME_free>>;

// What is put together here fails only for want of memory or randomness.
void Must(bool done) {
  if (done) return;
  ERR_print_errors_fp(stderr);
  std::abort();
}

template <typename T>
T* Must(T* made) {
  Must(made != nullptr);
  return made;
}

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

template <typename T>
std::string Pem(int (*write)(BIO*, const T*), const T& object) {
  const BioPointer bio(Must(BIO_new(BIO_s_mem())));
  Must(write(bio.get(), &object) == 1);
  return TextOf(bio.get());
}

KeyPointer ReadKey(absl::string_view pem) {
  char no_pass_phrase[] = "";
  return KeyPointer(PEM_read_bio_PrivateKey(Open(pem).get(), nullptr, nullptr, no_pass_phrase));
}

TimePointer TimeOf(absl::Time time) { return TimePointer(Must(ASN1_TIME_set(nullptr, absl::ToTimeT(time)))); }

IntegerPointer IntegerOf(const BIGNUM& number) { return IntegerPointer(Must(BN_to_ASN1_INTEGER(&number, nullptr))); }

IntegerPointer NewSerial() {
  const NumberPointer number(Must(BN_new()));
  Must(BN_rand(number.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1);
  return IntegerOf(*number);
}

IntegerPointer ReadSerial(const std::string& digits) {
  BIGNUM* number = nullptr;
  Must(BN_hex2bn(&number, digits.c_str()) > 0);
  const NumberPointer owner(number);
  return IntegerOf(*number);
}

// A certificate without extensions and signature.
X509Pointer Begin(EVP_PKEY* key, const std::string& name, absl::Time from, absl::Time until) {
  X509Pointer certificate(Must(X509_new()));
  X509* const made = certificate.get();
  Must(X509_set_version(made, X509_VERSION_3) == 1 && X509_set_serialNumber(made, NewSerial().get()) == 1 &&
       X509_set1_notBefore(made, TimeOf(from).get()) == 1 && X509_set1_notAfter(made, TimeOf(until).get()) == 1 &&
       X509_set_pubkey(made, key) == 1 &&
       X509_NAME_add_entry_by_NID(X509_get_subject_name(made), NID_commonName, MBSTRING_UTF8,
                                  reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0) == 1);
  return certificate;
}

ExtensionPointer MakeExtension(X509V3_CTX& context, int kind, const char* value) {
  return ExtensionPointer(Must(X509V3_EXT_conf_nid(nullptr, &context, kind, value)));
}

using Extensions = std::vector<std::pair<int, const char*>>;

std::string Sign(X509& certificate, X509& issuer, EVP_PKEY& key, const Extensions& extensions) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  for (const auto& [kind, value] : extensions) {
    Must(X509_add_ext(&certificate, MakeExtension(context, kind, value).get(), -1) == 1);
  }
  Must(X509_set_issuer_name(&certificate, X509_get_subject_name(&issuer)) == 1);
  Must(X509_sign(&certificate, &key, EVP_sha256()) > 0);
  return Pem(PEM_write_bio_X509, certificate);
}

void AddName(GENERAL_NAMES& names, int type, const std::string& value) {
  GENERAL_NAME* name = a2i_GENERAL_NAME(nullptr, nullptr, nullptr, type, value.c_str(), 0);
  Must(sk_GENERAL_NAME_push(&names, Must(name)) > 0);
}

bool IsIp(const std::string& host) {
  const std::unique_ptr<ASN1_OCTET_STRING, Free<ASN1_OCTET_STRING_free>> bytes(a2i_IPADDRESS(host.c_str()));
  return bytes != nullptr;
}

void AddNames(X509& certificate, const CertificateOrder& order) {
  const NamesPointer names(Must(GENERAL_NAMES_new()));
  AddName(*names, GEN_URI, absl::StrCat("spiffe://giaoban/", order.identity.ToString()));
  for (const std::string& host : order.hosts) AddName(*names, IsIp(host) ? GEN_IPADD : GEN_DNS, host);
  Must(X509_add1_ext_i2d(&certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) == 1);
}

void NameSigner(X509_CRL& list, X509& issuer) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, &issuer, nullptr, nullptr, &list, 0);
  const ExtensionPointer signer = MakeExtension(context, NID_authority_key_identifier, "keyid");
  Must(X509_CRL_set_issuer_name(&list, X509_get_subject_name(&issuer)) == 1 &&
       X509_CRL_add_ext(&list, signer.get(), -1) == 1);
}

// Every list has a number above the one before it.
void SetNextNumber(X509_CRL& list) {
  const IntegerPointer before(
      static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(&list, NID_crl_number, nullptr, nullptr)));
  const NumberPointer number(before == nullptr ? Must(BN_new()) : Must(ASN1_INTEGER_to_BN(before.get(), nullptr)));
  Must(BN_add_word(number.get(), 1) == 1);
  Must(X509_CRL_add1_ext_i2d(&list, NID_crl_number, IntegerOf(*number).get(), 0, X509V3_ADD_REPLACE) == 1);
}

}  // namespace

std::string MakeKey() {
  const KeyPointer key(Must(EVP_EC_gen("P-256")));
  const BioPointer bio(Must(BIO_new(BIO_s_mem())));
  Must(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return TextOf(bio.get());
}

std::string MakeAuthorityCertificate(absl::string_view key, absl::Time from, absl::Time until) {
  const KeyPointer own = ReadKey(key);
  if (own == nullptr) return "";
  const X509Pointer made = Begin(own.get(), "Giao Ban CA", from, until);
  return Sign(*made, *made, *own,
              {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
               {NID_key_usage, "critical,keyCertSign,cRLSign"},
               {NID_subject_key_identifier, "hash"}});
}

Issuer ParseIssuer(absl::string_view certificate, absl::string_view key) {
  Issuer issuer{ParseX509(certificate), ReadKey(key)};
  if (issuer.certificate == nullptr || issuer.key == nullptr ||
      X509_check_private_key(issuer.certificate.get(), issuer.key.get()) != 1) {
    return {};
  }
  return issuer;
}

std::string MakeCertificate(const Issuer& issuer, const CertificateOrder& order) {
  const X509Pointer other = ParseX509(order.key);
  const KeyPointer key = other == nullptr ? ReadKey(order.key) : KeyPointer(X509_get_pubkey(other.get()));
  const X509Pointer made = Begin(Must(key.get()), order.identity.ToString(), order.from, order.until);
  AddNames(*made, order);
  const bool reached = order.identity.role == ROLE_SERVICE || order.identity.role == ROLE_PORTAL;
  return Sign(*made, *issuer.certificate, *issuer.key,
              {{NID_basic_constraints, "critical,CA:FALSE"},
               {NID_key_usage, "critical,digitalSignature"},
               {NID_ext_key_usage, reached ? "serverAuth,clientAuth" : "clientAuth"},
               {NID_subject_key_identifier, "hash"},
               {NID_authority_key_identifier, "keyid"}});
}

std::string MakeRevocationList(const Issuer& issuer, absl::string_view before, const std::vector<std::string>& serials,
                               absl::Time now) {
  CrlPointer list(before.empty() ? X509_CRL_new()
                                 : PEM_read_bio_X509_CRL(Open(before).get(), nullptr, nullptr, nullptr));
  X509_CRL* const made = Must(list.get());
  const TimePointer time = TimeOf(now);
  if (before.empty()) NameSigner(*made, *issuer.certificate);
  Must(X509_CRL_set_version(made, X509_CRL_VERSION_2) == 1 && X509_CRL_set1_lastUpdate(made, time.get()) == 1 &&
       // The next one comes when something is revoked; nothing can be after the authority's own end.
       X509_CRL_set1_nextUpdate(made, X509_get0_notAfter(issuer.certificate.get())) == 1);
  SetNextNumber(*made);
  for (const std::string& serial : serials) {
    X509_REVOKED* entry = Must(X509_REVOKED_new());
    Must(X509_REVOKED_set_serialNumber(entry, ReadSerial(serial).get()) == 1 &&
         X509_REVOKED_set_revocationDate(entry, time.get()) == 1 && X509_CRL_add0_revoked(made, entry) == 1);
  }
  Must(X509_CRL_sort(made) == 1 && X509_CRL_sign(made, issuer.key.get(), EVP_sha256()) > 0);
  return Pem(PEM_write_bio_X509_CRL, *made);
}

}  // namespace giaoban::cli
