// An identity folder as a service reads it at its start. Parts: ca.pem, cert.pem, key.pem, addresses, the alternative
// names of a certificate that is issued for the occasion, and the day on which the folder is read. A part that is
// empty is what belongs there.
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/shared/runtime/error.h"
#include "services/shared/runtime/identity.h"
#include "tests/fuzz/mutate.h"

namespace giaoban::fuzz {
namespace {

constexpr int64_t kNow = 1'680'000'000;
constexpr int64_t kDay = 86'400;
// The alternative name URI:spiffe://giaoban/office/ha-giang, and that a certificate may issue others, in DER.
constexpr absl::string_view kNames = "\x30\x22\x86\x20spiffe://giaoban/office/ha-giang";
constexpr absl::string_view kIssuer("\x30\x03\x01\x01\xff", 5);

void AddExtension(X509* certificate, int id, absl::string_view der, bool critical) {
  ASN1_OCTET_STRING* value = ASN1_OCTET_STRING_new();
  ASN1_OCTET_STRING_set(value, reinterpret_cast<const unsigned char*>(der.data()), static_cast<int>(der.size()));
  X509_EXTENSION* extension = X509_EXTENSION_create_by_NID(nullptr, id, critical ? 1 : 0, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  ASN1_OCTET_STRING_free(value);
}

template <typename Write, typename Object>
std::string Pem(Write write, Object* object) {
  BIO* output = BIO_new(BIO_s_mem());
  write(output, object);
  char* data = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(output, &data));
  std::string text(data, size);
  BIO_free(output);
  return text;
}

// An authority and the key it issues certificates for, in a folder to read.
class Authority {
 public:
  Authority() : key_(EVP_EC_gen("P-256")), own_key_(EVP_EC_gen("P-256")) {
    ca_ = Issue("CA", own_key_, NID_basic_constraints, kIssuer);
    certificate_ = Issue("office", key_, NID_subject_alt_name, kNames);
    secret_ = Pem([](BIO* output,
                     EVP_PKEY* key) { PEM_write_bio_PrivateKey(output, key, nullptr, nullptr, 0, nullptr, nullptr); },
                  key_);
  }
  ~Authority() {
    EVP_PKEY_free(key_);
    EVP_PKEY_free(own_key_);
  }

  void Write(const Parts& parts) const {
    WriteFile("ca.pem", parts[0].empty() ? ca_ : parts[0]);
    const std::string issued = parts[4].empty() ? certificate_ : Issue("office", key_, NID_subject_alt_name, parts[4]);
    WriteFile("cert.pem", parts[1].empty() ? issued : parts[1]);
    WriteFile("key.pem", parts[2].empty() ? secret_ : parts[2]);
    WriteFile("addresses", parts[3].empty() ? "directory 127.0.0.1:7001\n" : parts[3]);
    chmod((folder_ / "key.pem").c_str(), 0600);
  }

  const std::string& folder() const { return folder_.path(); }

 private:
  std::string Issue(const char* name, EVP_PKEY* subject, int extension, absl::string_view der) const {
    X509* certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_TIME_set(X509_getm_notBefore(certificate), kNow - 10 * kDay);
    ASN1_TIME_set(X509_getm_notAfter(certificate), kNow + 10 * kDay);
    Name(X509_get_subject_name(certificate), name);
    Name(X509_get_issuer_name(certificate), "CA");
    X509_set_pubkey(certificate, subject);
    AddExtension(certificate, extension, der, extension == NID_basic_constraints);
    X509_sign(certificate, own_key_, EVP_sha256());
    std::string pem = Pem(PEM_write_bio_X509, certificate);
    X509_free(certificate);
    return pem;
  }

  static void Name(X509_NAME* name, const char* text) {
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text), -1, -1, 0);
  }

  void WriteFile(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }

  const TemporaryFolder folder_;
  EVP_PKEY* key_;
  EVP_PKEY* own_key_;
  std::string ca_, certificate_, secret_;
};

const Plan& FolderPlan() {
  static const Plan& plan =
      *new Plan{.message_of = [](const Parts&, size_t) { return nullptr; }, .fixed = 6, .loose = false};
  return plan;
}

void Try(Parts parts) {
  static const Authority authority;
  parts.resize(6);
  authority.Write(parts);
  const int64_t day = parts[5].empty() ? 0 : static_cast<int8_t>(parts[5][0]);
  const auto identity = runtime::LoadIdentity(authority.folder(), absl::FromUnixSeconds(kNow + day * kDay));
  if (!identity.ok()) {
    Require(absl::IsFailedPrecondition(identity.status()), "a folder is refused with one code");
    Require(absl::StrContains(runtime::DetailOf(identity.status()).vietnamese, authority.folder()),
            "a refusal says where, in Vietnamese too");
    return;
  }
  Require(day >= -10 && day <= 10, "a certificate counts within its validity only");
  const std::string uri = absl::StrCat("spiffe://giaoban/", identity->self.ToString());
  Require(absl::StrContains(parts[4].empty() ? kNames : parts[4], uri), "the identity is the certificate's");
  for (const auto& [service, address] : identity->addresses) {
    Require(!service.empty() && absl::StrContains(address, ":"), "an address is a host and a port");
  }
}

}  // namespace
}  // namespace giaoban::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  giaoban::fuzz::Try(giaoban::fuzz::Split(data, size));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  return giaoban::fuzz::MutateParts(giaoban::fuzz::FolderPlan(), data, size, max_size, seed);
}
