// LoadIdentity: reading and checking an identity folder.
#include "services/shared/runtime/identity_folder.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/shared/runtime/error.h"
#include "services/shared/runtime/openssl.h"

namespace giaoban::runtime {
namespace {

using openssl::Free;
using openssl::KeyPointer;
using openssl::Open;
using openssl::X509Pointer;
using Store = std::unique_ptr<X509_STORE, Free<X509_STORE_free>>;
using Verification = std::unique_ptr<X509_STORE_CTX, Free<X509_STORE_CTX_free>>;

absl::Status Unusable(const std::string& path, absl::string_view english, absl::string_view vietnamese) {
  return Error(absl::StatusCode::kFailedPrecondition, absl::StrCat(path, ": ", english),
               {.reason = "IDENTITY_FOLDER", .vietnamese = absl::StrCat(path, ": ", vietnamese)});
}

absl::StatusOr<std::string> Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return Unusable(path, "this file of the identity folder is missing, empty or not readable",
                    "tệp này của thư mục định danh không có, rỗng hoặc không đọc được");
  }
  return text.str();
}

absl::StatusOr<X509Pointer> ParseCertificate(const std::string& path, const std::string& pem) {
  X509Pointer certificate = openssl::ParseX509(pem);
  if (certificate == nullptr) {
    return Unusable(path, "this is not a certificate in PEM form", "đây không phải chứng thư dạng PEM");
  }
  return certificate;
}

absl::StatusOr<KeyPointer> ParseKey(const std::string& path, const std::string& pem) {
  struct stat found = {};
  if (stat(path.c_str(), &found) != 0 || (found.st_mode & 077) != 0) {
    return Unusable(path, "the key can be read by others; run: chmod 600 on it",
                    "người khác đọc được khoá này; hãy chạy chmod 600 cho nó");
  }
  // An empty pass phrase: a service must never stop to ask for one.
  char no_pass_phrase[] = "";
  KeyPointer key(PEM_read_bio_PrivateKey(Open(pem).get(), nullptr, nullptr, no_pass_phrase));
  if (key == nullptr) {
    return Unusable(path, "this is not an unencrypted private key in PEM form",
                    "đây không phải khoá riêng dạng PEM không mã hoá");
  }
  return key;
}

absl::Status CheckValidity(const std::string& path, const X509& certificate, absl::Time now) {
  time_t seconds = absl::ToTimeT(now);
  if (X509_cmp_time(X509_get0_notAfter(&certificate), &seconds) < 0) {
    return Unusable(path, "the certificate has expired; have a new one issued",
                    "chứng thư đã hết hạn; hãy xin cấp chứng thư mới");
  }
  if (X509_cmp_time(X509_get0_notBefore(&certificate), &seconds) > 0) {
    return Unusable(path, "the certificate is not valid yet; check this machine's clock",
                    "chứng thư chưa có hiệu lực; hãy kiểm tra đồng hồ của máy");
  }
  return absl::OkStatus();
}

absl::Status CheckIssuer(const std::string& path, X509* certificate, X509* ca, absl::Time now) {
  const Store store(X509_STORE_new());
  const Verification verification(X509_STORE_CTX_new());
  X509_STORE_add_cert(store.get(), ca);
  X509_STORE_CTX_init(verification.get(), store.get(), certificate, nullptr);
  X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(verification.get()), absl::ToTimeT(now));
  if (X509_verify_cert(verification.get()) == 1) return absl::OkStatus();
  const char* cause = X509_verify_cert_error_string(X509_STORE_CTX_get_error(verification.get()));
  return Unusable(path, absl::StrCat("the certificate was not issued by the ca.pem beside it (", cause, ")"),
                  absl::StrCat("chứng thư không do ca.pem bên cạnh cấp (", cause, ")"));
}

bool HasPort(absl::string_view address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  return colon != absl::string_view::npos && colon > 0 && absl::SimpleAtoi(address.substr(colon + 1), &port) &&
         port > 0 && port <= 65535;
}

bool IsNumeric(absl::string_view address, int family) {
  absl::string_view host = address.substr(0, address.rfind(':'));
  if (family == AF_INET6 && (!absl::ConsumePrefix(&host, "[") || !absl::ConsumeSuffix(&host, "]"))) return false;
  unsigned char number[sizeof(in6_addr)];
  return inet_pton(family, std::string(host).c_str(), number) == 1;
}

// Everything that can be said about the three PEM files without asking anybody.
absl::Status CheckCertificates(IdentityFolder& folder, absl::Time now) {
  const absl::StatusOr<X509Pointer> ca = ParseCertificate(folder.ca_path, folder.ca);
  if (!ca.ok()) return ca.status();
  const absl::StatusOr<X509Pointer> certificate = ParseCertificate(folder.certificate_path, folder.certificate);
  if (!certificate.ok()) return certificate.status();
  const absl::StatusOr<KeyPointer> key = ParseKey(folder.key_path, folder.key);
  if (!key.ok()) return key.status();
  if (X509_check_private_key(certificate->get(), key->get()) != 1) {
    return Unusable(folder.key_path, "the key does not belong to cert.pem beside it",
                    "khoá này không thuộc cert.pem bên cạnh");
  }
  absl::Status valid = CheckValidity(folder.certificate_path, **certificate, now);
  if (valid.ok()) valid = CheckIssuer(folder.certificate_path, certificate->get(), ca->get(), now);
  if (!valid.ok()) return valid;
  absl::StatusOr<Certificate> own = ReadCertificate(folder.certificate);
  if (!own.ok()) {
    return Unusable(folder.certificate_path,
                    "the certificate does not carry exactly one identity spiffe://giaoban/<role>/<name>",
                    "chứng thư không mang đúng một định danh spiffe://giaoban/<vai trò>/<tên>");
  }
  folder.own = *std::move(own);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Revoked> LoadRevoked(const std::string& directory, absl::string_view ca) {
  const std::string path = absl::StrCat(directory, "/revoked.pem");
  const absl::StatusOr<std::string> text = Read(path);
  if (!text.ok()) return text.status();
  absl::StatusOr<Revoked> revoked = ReadRevoked(*text, ca);
  if (revoked.ok()) return revoked;
  return Unusable(path, revoked.status().message(), "đây không phải danh sách thu hồi do ca.pem bên cạnh ký");
}

bool IsAddress(absl::string_view text) {
  const std::vector<std::string> addresses = AddressesIn(text);
  const auto all = [&](auto test) { return std::all_of(addresses.begin(), addresses.end(), test); };
  if (!all(HasPort)) return false;
  return addresses.size() == 1 || all([](const std::string& each) { return IsNumeric(each, AF_INET); }) ||
         all([](const std::string& each) { return IsNumeric(each, AF_INET6); });
}

std::vector<std::string> AddressesIn(absl::string_view text) { return absl::StrSplit(text, ','); }

absl::StatusOr<std::map<std::string, std::string>> ReadAddresses(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    return Unusable(path, "this file of the identity folder is missing or not readable",
                    "tệp này của thư mục định danh không có hoặc không đọc được");
  }
  std::map<std::string, std::string> addresses;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    const std::vector<std::string> words = absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.empty() || words[0][0] == '#') continue;
    if (words.size() != 2 || !IsAddress(words[1]) || !addresses.emplace(words[0], words[1]).second) {
      return Unusable(absl::StrCat(path, " line ", number),
                      "expected a service not named before and its address, as in: membership 127.0.0.1:7002",
                      "cần tên một dịch vụ chưa nêu ở trên và địa chỉ, ví dụ: membership 127.0.0.1:7002");
    }
  }
  return addresses;
}

absl::StatusOr<IdentityFolder> LoadIdentity(const std::string& directory, absl::Time now) {
  IdentityFolder folder;
  const std::tuple<const char*, std::string&, std::string&> files[] = {
      {"/ca.pem", folder.ca_path, folder.ca},
      {"/cert.pem", folder.certificate_path, folder.certificate},
      {"/key.pem", folder.key_path, folder.key}};
  for (const auto& [name, path, text] : files) {
    path = absl::StrCat(directory, name);
    absl::StatusOr<std::string> read = Read(path);
    if (!read.ok()) return read.status();
    text = *std::move(read);
  }
  absl::Status usable = CheckCertificates(folder, now);
  if (!usable.ok()) return usable;
  absl::StatusOr<Revoked> revoked = LoadRevoked(directory, folder.ca);
  if (!revoked.ok()) return revoked.status();
  folder.revoked = *std::move(revoked);
  auto addresses = ReadAddresses(absl::StrCat(directory, "/addresses"));
  if (!addresses.ok()) return addresses.status();
  folder.addresses = *std::move(addresses);
  return folder;
}

}  // namespace giaoban::runtime
