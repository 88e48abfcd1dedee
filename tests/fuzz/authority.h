// A certificate authority that is the same on every run, so that the corpus can hold what it signed.
#ifndef GIAOBAN_FUZZ_AUTHORITY_H_
#define GIAOBAN_FUZZ_AUTHORITY_H_

#include <memory>
#include <string>
#include <vector>

#include "services/shared/runtime/openssl.h"
#include "tests/fuzz/fuzz.h"

namespace giaoban::fuzz {

// What it issues is valid for ten days before and after.
inline constexpr int64_t kNow = 1'680'000'000;
inline constexpr int64_t kDay = 86'400;
// The alternative name URI:spiffe://giaoban/office/ha-giang, in DER.
inline constexpr absl::string_view kNames = "\x30\x22\x86\x20spiffe://giaoban/office/ha-giang";

using runtime::openssl::BioPointer;
using runtime::openssl::CrlPointer;
using runtime::openssl::KeyPointer;
using runtime::openssl::X509Pointer;
using SerialPointer = std::unique_ptr<ASN1_INTEGER, runtime::openssl::Free<ASN1_INTEGER_free>>;

template <typename Write, typename Object>
std::string Pem(Write write, Object* object) {
  const BioPointer output(BIO_new(BIO_s_mem()));
  write(output.get(), object);
  char* data = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(output.get(), &data));
  return std::string(data, size);
}

// A serial number from its DER; null when it is none.
inline SerialPointer ReadSerial(absl::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  return SerialPointer(d2i_ASN1_INTEGER(nullptr, &at, static_cast<long>(der.size())));
}

class Authority {
 public:
  // Its key and that of the certificates are made of these letters. Ed25519: the same signature every time.
  Authority(char own, char subject) : own_key_(Key(own)), key_(Key(subject)) {
    ca_ = Issue("CA", *own_key_, NID_basic_constraints, absl::string_view("\x30\x03\x01\x01\xff", 5), nullptr);
    secret_ = Pem([](BIO* output,
                     EVP_PKEY* key) { PEM_write_bio_PrivateKey(output, key, nullptr, nullptr, 0, nullptr, nullptr); },
                  key_.get());
  }

  // The files of an identity folder.
  const std::string& ca() const { return ca_; }
  const std::string& secret() const { return secret_; }

  // A certificate of the secret with these alternative names, in DER, and serial number; 0 without one.
  std::string Certificate(absl::string_view names, ASN1_INTEGER* serial = nullptr) const {
    return Issue("office", *key_, NID_subject_alt_name, names, serial);
  }

  std::string RevocationList(const std::vector<ASN1_INTEGER*>& serials) const {
    const CrlPointer list(X509_CRL_new());
    X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
    Name(X509_CRL_get_issuer(list.get()), "CA");
    const std::unique_ptr<ASN1_TIME, runtime::openssl::Free<ASN1_TIME_free>> now(ASN1_TIME_set(nullptr, kNow));
    X509_CRL_set1_lastUpdate(list.get(), now.get());
    for (ASN1_INTEGER* serial : serials) {
      X509_REVOKED* entry = X509_REVOKED_new();
      X509_REVOKED_set_serialNumber(entry, serial);
      X509_REVOKED_set_revocationDate(entry, now.get());
      X509_CRL_add0_revoked(list.get(), entry);
    }
    X509_CRL_sign(list.get(), own_key_.get(), nullptr);
    return Pem(PEM_write_bio_X509_CRL, list.get());
  }

 private:
  static KeyPointer Key(char letter) {
    const std::string seed(32, letter);
    return KeyPointer(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                                   reinterpret_cast<const unsigned char*>(seed.data()), seed.size()));
  }

  static void Name(X509_NAME* name, const char* text) {
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text), -1, -1, 0);
  }

  static void AddExtension(X509* certificate, int id, absl::string_view der, bool critical) {
    ASN1_OCTET_STRING* value = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(value, reinterpret_cast<const unsigned char*>(der.data()), static_cast<int>(der.size()));
    X509_EXTENSION* extension = X509_EXTENSION_create_by_NID(nullptr, id, critical ? 1 : 0, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
  }

  std::string Issue(const char* name, EVP_PKEY& subject, int extension, absl::string_view der,
                    ASN1_INTEGER* serial) const {
    const X509Pointer made(X509_new());
    X509_set_version(made.get(), X509_VERSION_3);
    if (serial != nullptr) X509_set_serialNumber(made.get(), serial);
    ASN1_TIME_set(X509_getm_notBefore(made.get()), kNow - 10 * kDay);
    ASN1_TIME_set(X509_getm_notAfter(made.get()), kNow + 10 * kDay);
    Name(X509_get_subject_name(made.get()), name);
    Name(X509_get_issuer_name(made.get()), "CA");
    X509_set_pubkey(made.get(), &subject);
    AddExtension(made.get(), extension, der, extension == NID_basic_constraints);
    X509_sign(made.get(), own_key_.get(), nullptr);
    return Pem(PEM_write_bio_X509, made.get());
  }

  KeyPointer own_key_, key_;
  std::string ca_, secret_;
};

}  // namespace giaoban::fuzz

#endif  // GIAOBAN_FUZZ_AUTHORITY_H_
