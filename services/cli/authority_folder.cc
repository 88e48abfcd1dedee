#include "services/cli/authority_folder.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/cli/whole_file.h"
#include "services/shared/runtime/error.h"
#include "services/shared/runtime/identity_folder.h"

namespace giaoban::cli {
namespace {

using runtime::Certificate;

constexpr absl::string_view kReason = "Revoked: ";

absl::Status Unusable(const std::string& path, absl::string_view vi, absl::string_view en) {
  return runtime::Error(absl::StatusCode::kFailedPrecondition, absl::StrCat(path, ": ", en),
                        {.reason = "IDENTITY_FOLDER", .vietnamese = absl::StrCat(path, ": ", vi)});
}

std::set<std::string> FoldersIn(const std::string& path) {
  std::set<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    if (entry.is_directory(error)) names.insert(entry.path().filename());
  }
  return names;
}

absl::StatusOr<Certificate> CertificateIn(const std::string& path, const std::string& text) {
  auto certificate = runtime::ReadCertificate(text);
  if (certificate.ok()) return certificate;
  return Unusable(path, "không phải chứng thư của hệ thống", certificate.status().message());
}

Issued::State StateOf(const Issued& issued, const runtime::Revoked& revoked, absl::Time now) {
  if (revoked.contains(issued.certificate.serial)) return Issued::State::kRevoked;
  if (now >= issued.certificate.not_after) return Issued::State::kExpired;
  if (issued.folder.empty()) return Issued::State::kReplaced;
  return now >= issued.certificate.renew_time() ? Issued::State::kDue : Issued::State::kValid;
}

}  // namespace

std::string AuthorityFolder::Path(absl::string_view name) const { return absl::StrCat(path_, "/", name); }

std::string AuthorityFolder::PathIn(absl::string_view folder, absl::string_view file) const {
  return absl::StrCat(path_, "/identities/", folder, "/", file);
}

bool AuthorityFolder::Has(absl::string_view name) const {
  std::error_code error;
  return std::filesystem::exists(Path(name), error);
}

absl::StatusOr<Issuer> AuthorityFolder::ReadIssuer(absl::Time now) const {
  const auto certificate = ReadFile(Path("ca.pem"));
  if (!certificate.ok()) return certificate.status();
  const auto key = ReadFile(Path("ca.key"));
  if (!key.ok()) return key.status();
  Issuer issuer = ParseIssuer(*certificate, *key);
  if (issuer.key == nullptr) {
    return Unusable(path_, "ca.pem và ca.key không phải một cặp", "ca.pem and ca.key are no pair");
  }
  if (now >= runtime::openssl::TimeOf(*X509_get0_notAfter(issuer.certificate.get()))) {
    return Unusable(Path("ca.pem"), "cơ quan cấp chứng thư đã hết hạn", "the certificate authority has expired");
  }
  return issuer;
}

absl::StatusOr<runtime::Revoked> AuthorityFolder::ReadRevoked() const {
  const auto ca = ReadFile(Path("ca.pem"));
  if (!ca.ok()) return ca.status();
  return runtime::LoadRevoked(path_, *ca);
}

absl::StatusOr<Addresses> AuthorityFolder::ReadAddresses() const { return runtime::ReadAddresses(Path("addresses")); }

absl::StatusOr<std::map<std::string, Certificate>> AuthorityFolder::ReadIdentities() const {
  std::map<std::string, Certificate> identities;
  for (const std::string& folder : FoldersIn(Path("identities"))) {
    const std::string path = PathIn(folder, "cert.pem");
    if (!std::filesystem::exists(path)) continue;
    const auto text = ReadFile(path);
    if (!text.ok()) return text.status();
    auto certificate = CertificateIn(path, *text);
    if (!certificate.ok()) return certificate.status();
    identities.emplace(folder, *std::move(certificate));
  }
  return identities;
}

absl::StatusOr<std::vector<Issued>> AuthorityFolder::ReadIssued(absl::Time now) const {
  const auto revoked = ReadRevoked();
  if (!revoked.ok()) return revoked.status();
  const auto identities = ReadIdentities();
  if (!identities.ok()) return identities.status();
  std::map<std::string, std::string> folder_of;
  for (const auto& [folder, certificate] : *identities) folder_of[certificate.serial] = folder;

  std::vector<Issued> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(Path("issued"), error)) {
    if (entry.path().extension() != ".pem") continue;
    const auto text = ReadFile(entry.path());
    if (!text.ok()) return text.status();
    auto certificate = CertificateIn(entry.path(), *text);
    if (!certificate.ok()) return certificate.status();
    Issued issued{.certificate = *std::move(certificate)};
    issued.folder = folder_of[issued.certificate.serial];
    issued.state = StateOf(issued, *revoked, now);
    absl::string_view line = absl::string_view(*text).substr(0, text->find('\n'));
    if (absl::ConsumePrefix(&line, kReason)) issued.reason = std::string(line);
    all.push_back(std::move(issued));
  }
  const auto rank = [](const Issued& issued) {
    return std::make_tuple(issued.certificate.identity.ToString(), issued.certificate.not_before,
                           issued.certificate.serial);
  };
  std::sort(all.begin(), all.end(), [&](const Issued& a, const Issued& b) { return rank(a) < rank(b); });
  return all;
}

absl::Status AuthorityFolder::AddCertificate(absl::string_view certificate, absl::string_view folder) const {
  const absl::StatusOr<Certificate> read = runtime::ReadCertificate(certificate);
  if (!read.ok()) return read.status();
  // First the record: nobody may have a certificate that cannot be revoked by name.
  absl::Status status = WriteFile(Path(absl::StrCat("issued/", read->serial, ".pem")), certificate);
  if (status.ok()) status = WriteFile(PathIn(folder, "cert.pem"), certificate);
  return status;
}

absl::Status AuthorityFolder::NoteReason(absl::string_view serial, absl::string_view reason) const {
  const std::string path = Path(absl::StrCat("issued/", serial, ".pem"));
  const auto text = ReadFile(path);
  if (!text.ok()) return text.status();
  const absl::string_view certificate = absl::string_view(*text).substr(text->find("-----BEGIN"));
  return WriteFile(path, absl::StrCat(kReason, reason, "\n", certificate));
}

absl::Status AuthorityFolder::Distribute() const {
  absl::Status durable = SyncFolder(path_);
  durable.Update(SyncFolder(Path("issued")));
  if (!durable.ok()) return durable;
  for (const char* file : {"ca.pem", "addresses", "revoked.pem"}) {
    const auto text = ReadFile(Path(file));
    if (!text.ok()) return text.status();
    for (const std::string& folder : FoldersIn(Path("identities"))) {
      if (absl::Status written = WriteFile(PathIn(folder, file), *text); !written.ok()) return written;
    }
  }
  return absl::OkStatus();
}

}  // namespace giaoban::cli
