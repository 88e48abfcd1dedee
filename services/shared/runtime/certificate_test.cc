#include "services/shared/runtime/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/shared/runtime/openssl.h"
#include "services/shared/runtime/test_support.h"

namespace giaoban::runtime {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const absl::Time kFrom = absl::FromUnixSeconds(1'700'000'000);

// A certificate of itself with these alternative names, as OpenSSL writes them: "URI:spiffe://…,DNS:localhost".
std::string Certificate(const std::string& names, int serial = 0x0abc, absl::Time until = kFrom + absl::Hours(30)) {
  const openssl::KeyPointer key(EVP_EC_gen("P-256"));
  const openssl::X509Pointer made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
  ASN1_TIME_set(X509_getm_notBefore(made.get()), absl::ToTimeT(kFrom));
  ASN1_TIME_set(X509_getm_notAfter(made.get()), absl::ToTimeT(until));
  X509_set_pubkey(made.get(), key.get());
  if (!names.empty()) {
    const std::unique_ptr<X509_EXTENSION, openssl::Free<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()));
    X509_add_ext(made.get(), extension.get(), -1);
  }
  X509_sign(made.get(), key.get(), EVP_sha256());
  const openssl::BioPointer text(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(text.get(), made.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string RefusalOf(const std::string& pem) {
  const absl::Status status = ReadCertificate(pem).status();
  EXPECT_TRUE(absl::IsUnauthenticated(status)) << status;
  return std::string(status.message());
}

// Goal: everything a certificate says is read.
TEST(ReadCertificate, ReadsWhatItSays) {
  const auto read = ReadCertificate(Certificate("URI:spiffe://giaoban/service/membership,DNS:localhost,IP:127.0.0.1"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->identity.ToString(), "service/membership");
  EXPECT_EQ(read->serial, "abc");
  EXPECT_EQ(read->not_before, kFrom);
  EXPECT_EQ(read->not_after, kFrom + absl::Hours(30));
  EXPECT_EQ(read->renew_time(), kFrom + absl::Hours(20));
}

// Goal: times far away are read as well: from 2050 on certificates write them in another form.
TEST(ReadCertificate, ReadsTimesFarAway) {
  const absl::Time far = absl::FromCivil(absl::CivilSecond(2121, 2, 3, 4, 5, 6), absl::UTCTimeZone());
  EXPECT_EQ(ReadCertificate(Certificate("URI:spiffe://giaoban/office/a", 1, far))->not_after, far);
}

// Goal: what does not carry exactly one identity of ours is nobody, however it looks otherwise.
TEST(ReadCertificate, RefusesWhatNamesNobody) {
  for (const std::string names :
       {"", "DNS:office", "email:a@example.org", "URI:spiffe://giaoban/office/a,URI:spiffe://giaoban/chair/a",
        "URI:spiffe://giaoban/office/a,URI:https://example.org"}) {
    EXPECT_THAT(RefusalOf(Certificate(names)), HasSubstr("exactly one identity")) << names;
  }
  for (const std::string name : {"spiffe://elsewhere/office/a", "https://giaoban/office/a", "spiffe://giaoban/office/A",
                                 "spiffe://giaoban/boss/a", "spiffe://giaoban/office/a/b"}) {
    EXPECT_THAT(RefusalOf(Certificate("URI:" + name)), HasSubstr("not an identity")) << name;
  }
}

// Goal: text that is no certificate is refused, not half read.
TEST(ReadCertificate, RefusesRubbish) {
  const std::string pem = Certificate("URI:spiffe://giaoban/office/a");
  for (const std::string& text : {std::string(), std::string("rubbish"), pem.substr(0, pem.size() / 2),
                                  std::string("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")}) {
    EXPECT_EQ(RefusalOf(text), "not a certificate in PEM form") << text;
  }
}

// Goal: a list of the authority is read, with the numbers certificates have.
TEST(ReadRevoked, ReadsTheNumbers) {
  const TestAuthority authority;
  const std::string serial = LoadIdentity(authority.Folder("quang-ninh"))->own.serial;
  EXPECT_THAT(LoadIdentity(authority.Folder("van-hanh"))->revoked, IsEmpty());
  authority.Certs("revoke", "office/quang-ninh");
  EXPECT_THAT(LoadIdentity(authority.Folder("van-hanh"))->revoked, testing::ElementsAre(serial));
}

// Goal: only the authority can revoke, and rubbish is not an empty list.
TEST(ReadRevoked, RefusesWhatTheAuthorityDidNotSign) {
  const TestAuthority authority, other;
  const auto text = [](const TestAuthority& of, const std::string& file) {
    std::ifstream stream(of.directory() + "/" + file);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  const std::string list = text(authority, "revoked.pem"), ca = text(authority, "ca.pem");
  EXPECT_TRUE(ReadRevoked(list, ca).ok());
  EXPECT_THAT(std::string(ReadRevoked(list, text(other, "ca.pem")).status().message()), HasSubstr("not signed"));
  EXPECT_THAT(std::string(ReadRevoked(list, "rubbish").status().message()), HasSubstr("not signed"));
  for (const std::string& rubbish : {std::string(), std::string("rubbish"), ca, list.substr(0, list.size() / 2)}) {
    const absl::Status status = ReadRevoked(rubbish, ca).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(status.message(), "not a revocation list in PEM form") << rubbish;
  }
  // A letter of the signed part in another place.
  std::string tampered = list;
  std::swap(tampered[tampered.size() / 2], tampered[tampered.size() / 2 + 3]);
  EXPECT_FALSE(ReadRevoked(tampered, ca).ok());
}

}  // namespace
}  // namespace giaoban::runtime
