#include "services/cli/authority.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/cli/whole_file.h"
#include "services/shared/runtime/identity_folder.h"
#include "services/shared/runtime/status.h"

namespace giaoban::cli {
namespace {

using runtime::Certificate;
using runtime::Identity;
using IssuedOr = absl::StatusOr<std::vector<Issued>>;

constexpr absl::Duration kAuthorityLife = absl::Hours(24 * 3650);
// For machines whose clock is a little behind this one's.
constexpr absl::Duration kHeadStart = absl::Minutes(5);
constexpr absl::string_view kReason = "Revoked: ";

absl::Status Fault(absl::StatusCode code, absl::string_view vi, absl::string_view en) {
  return runtime::Error(code, en, {.reason = "CERTIFICATE", .vietnamese = std::string(vi)});
}

absl::Status Unusable(const std::string& path, absl::string_view vi, absl::string_view en) {
  return runtime::Error(absl::StatusCode::kFailedPrecondition, absl::StrCat(path, ": ", en),
                        {.reason = "IDENTITY_FOLDER", .vietnamese = absl::StrCat(path, ": ", vi)});
}

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

// The folders in a folder, in order.
std::set<std::string> FoldersIn(const std::string& path) {
  std::set<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    if (entry.is_directory(error)) names.insert(entry.path().filename());
  }
  return names;
}

std::string HostOf(absl::string_view address) {
  absl::string_view host = address.substr(0, address.rfind(':'));
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  return std::string(host);
}

// What somebody is reached under; the suite answers for every service.
std::vector<std::string> HostsOf(const Identity& identity, const Addresses& addresses) {
  if (identity.role != contract::v1::ROLE_SERVICE && identity.role != contract::v1::ROLE_PORTAL) return {};
  std::vector<std::string> hosts = {"localhost", identity.name, "127.0.0.1"};
  for (const auto& [service, address] : addresses) {
    const std::string host = HostOf(address);
    const bool own = service == identity.name || identity.name == "suite";
    if (own && std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.push_back(host);
  }
  return hosts;
}

Issued::State StateOf(const Issued& issued, const runtime::Revoked& revoked, absl::Time now) {
  if (revoked.contains(issued.certificate.serial)) return Issued::State::kRevoked;
  if (now >= issued.certificate.not_after) return Issued::State::kExpired;
  if (issued.folder.empty()) return Issued::State::kReplaced;
  return now >= issued.certificate.renew_time() ? Issued::State::kDue : Issued::State::kValid;
}

bool Counts(const Issued& issued) {
  return issued.state != Issued::State::kRevoked && issued.state != Issued::State::kExpired;
}

bool IsOf(const Certificate& certificate, absl::string_view identity) {
  return certificate.identity.ToString() == identity;
}

absl::Status CheckOwner(const std::string& folder, const Certificate& there, const Identity& identity) {
  const std::string owner = there.identity.ToString(), wanted = identity.ToString();
  if (owner == wanted) return absl::OkStatus();
  return Fault(absl::StatusCode::kAlreadyExists,
               absl::StrCat(folder, " là của ", owner, "; hãy cho ", wanted, " thư mục khác: ", wanted, "=FOLDER"),
               absl::StrCat(folder, " belongs to ", owner, "; give ", wanted, " another folder: ", wanted, "=FOLDER"));
}

}  // namespace

Authority::Authority(std::string directory, std::function<absl::Time()> clock)
    : directory_(std::move(directory)), clock_(std::move(clock)) {}

std::string Authority::Path(absl::string_view name) const { return absl::StrCat(directory_, "/", name); }

std::string Authority::PathIn(absl::string_view folder, absl::string_view file) const {
  return absl::StrCat(directory_, "/identities/", folder, "/", file);
}

// --- Reading -------------------------------------------------------------------

absl::StatusOr<Issuer> Authority::Open() const {
  const auto certificate = ReadFile(Path("ca.pem"));
  if (!certificate.ok()) return certificate.status();
  const auto key = ReadFile(Path("ca.key"));
  if (!key.ok()) return key.status();
  Issuer issuer = ReadIssuer(*certificate, *key);
  if (issuer.key == nullptr) {
    return Unusable(directory_, "ca.pem và ca.key không phải một cặp", "ca.pem and ca.key are no pair");
  }
  if (clock_() >= runtime::openssl::TimeOf(*X509_get0_notAfter(issuer.certificate.get()))) {
    return Unusable(Path("ca.pem"), "cơ quan cấp chứng thư đã hết hạn", "the certificate authority has expired");
  }
  return issuer;
}

absl::StatusOr<Certificate> Authority::ReadCertificate(const std::string& path) const {
  const auto text = ReadFile(path);
  if (!text.ok()) return text.status();
  auto certificate = runtime::ReadCertificate(*text);
  if (certificate.ok()) return certificate;
  return Unusable(path, "không phải chứng thư của hệ thống", certificate.status().message());
}

absl::StatusOr<runtime::Revoked> Authority::ReadRevocations() const {
  const auto list = ReadFile(Path("revoked.pem"));
  if (!list.ok()) return list.status();
  const auto ca = ReadFile(Path("ca.pem"));
  if (!ca.ok()) return ca.status();
  auto revoked = runtime::ReadRevoked(*list, *ca);
  if (revoked.ok()) return revoked;
  return Unusable(Path("revoked.pem"), "không phải danh sách thu hồi do ca.pem ký", revoked.status().message());
}

absl::StatusOr<Authority::Folders> Authority::ReadFolders() const {
  Folders folders;
  for (const std::string& name : FoldersIn(Path("identities"))) {
    if (!Exists(PathIn(name, "cert.pem"))) continue;
    auto certificate = ReadCertificate(PathIn(name, "cert.pem"));
    if (!certificate.ok()) return certificate.status();
    folders.emplace(name, *std::move(certificate));
  }
  return folders;
}

IssuedOr Authority::List() const {
  const auto revoked = ReadRevocations();
  if (!revoked.ok()) return revoked.status();
  const auto folders = ReadFolders();
  if (!folders.ok()) return folders.status();
  std::map<std::string, std::string> folder_of;
  for (const auto& [folder, certificate] : *folders) folder_of[certificate.serial] = folder;

  std::vector<Issued> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(Path("issued"), error)) {
    if (entry.path().extension() != ".pem") continue;
    auto certificate = ReadCertificate(entry.path());
    if (!certificate.ok()) return certificate.status();
    Issued issued{.certificate = *std::move(certificate)};
    issued.folder = folder_of[issued.certificate.serial];
    issued.state = StateOf(issued, *revoked, clock_());
    const std::string text = ReadFile(entry.path()).value_or("");
    absl::string_view line = absl::string_view(text).substr(0, text.find('\n'));
    if (absl::ConsumePrefix(&line, kReason)) issued.reason = std::string(line);
    all.push_back(std::move(issued));
  }
  std::sort(all.begin(), all.end(), [](const Issued& a, const Issued& b) {
    return std::make_tuple(a.certificate.identity.ToString(), a.certificate.not_before, a.certificate.serial) <
           std::make_tuple(b.certificate.identity.ToString(), b.certificate.not_before, b.certificate.serial);
  });
  return all;
}

// --- Writing -------------------------------------------------------------------

absl::Status Authority::MakeAuthority() const {
  // A key without a certificate is what an interrupted run left, or all that is left of an authority.
  const absl::StatusOr<std::string> key = Exists(Path("ca.key")) ? ReadFile(Path("ca.key")) : MakeKey();
  if (!key.ok()) return key.status();
  const absl::Time now = clock_();
  const std::string certificate = MakeAuthorityCertificate(*key, now - kHeadStart, now + kAuthorityLife);
  if (certificate.empty()) return Unusable(Path("ca.key"), "không phải khoá riêng", "this is not a private key");
  absl::Status status = WriteFile(Path("ca.key"), *key);
  status.Update(WriteFile(Path("ca.pem"), certificate));
  return status;
}

absl::Status Authority::AddAddresses(const Addresses& addresses) const {
  Addresses all = addresses;
  if (Exists(Path("addresses"))) {
    const auto known = runtime::ReadAddresses(Path("addresses"));
    if (!known.ok()) return known.status();
    all.insert(known->begin(), known->end());
  }
  std::string lines = "# service host:port\n";
  for (const auto& [service, address] : all) absl::StrAppend(&lines, service, " ", address, "\n");
  return WriteFile(Path("addresses"), lines);
}

// Makes the list when there is none.
absl::Status Authority::AddRevocations(const std::vector<std::string>& serials) const {
  const bool there = Exists(Path("revoked.pem"));
  if (there && serials.empty()) return absl::OkStatus();
  const absl::StatusOr<std::string> before = there ? ReadFile(Path("revoked.pem")) : std::string();
  if (!before.ok()) return before.status();
  const absl::StatusOr<Issuer> issuer = Open();
  if (!issuer.ok()) return issuer.status();
  return WriteFile(Path("revoked.pem"), MakeRevocationList(*issuer, *before, serials, clock_()));
}

absl::Status Authority::MakeCertificate(const IdentityOrder& order, absl::string_view key, int days) const {
  const absl::StatusOr<Issuer> issuer = Open();
  if (!issuer.ok()) return issuer.status();
  const auto addresses = runtime::ReadAddresses(Path("addresses"));
  if (!addresses.ok()) return addresses.status();
  const absl::Time now = clock_();
  const std::string made = cli::MakeCertificate(*issuer, {.identity = order.identity,
                                                          .key = key,
                                                          .hosts = HostsOf(order.identity, *addresses),
                                                          .from = now - kHeadStart,
                                                          .until = now + absl::Hours(24) * days});
  const std::string serial = runtime::ReadCertificate(made)->serial;
  absl::Status status = WriteFile(Path(absl::StrCat("issued/", serial, ".pem")), made);
  status.Update(WriteFile(PathIn(order.folder, "cert.pem"), made));
  return status;
}

// With a key of its own. Until the certificate is there too the folder cannot be used, and is made anew.
absl::Status Authority::MakeIdentity(const IdentityOrder& order, int days) const {
  const std::string key = MakeKey();
  absl::Status status = MakeFolder(Path(absl::StrCat("identities/", order.folder)));
  status.Update(WriteFile(PathIn(order.folder, "key.pem"), key));
  if (status.ok()) status.Update(MakeCertificate(order, key, days));
  return status;
}

// Makes sure of what was done, then brings the copies in all identity folders up to date.
absl::Status Authority::Distribute() const {
  absl::Status durable = SyncFolder(directory_);
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

IssuedOr Authority::DistributeAndListNew(const std::vector<Issued>& before) const {
  if (absl::Status status = Distribute(); !status.ok()) return status;
  IssuedOr all = List();
  if (!all.ok()) return all;
  std::set<std::string> known;
  for (const Issued& issued : before) known.insert(issued.certificate.serial);
  std::erase_if(*all, [&](const Issued& issued) { return known.contains(issued.certificate.serial); });
  return all;
}

// --- What can be asked for -----------------------------------------------------

absl::StatusOr<bool> Authority::Init(const Addresses& addresses) const {
  if (const absl::Status made = MakeFolder(directory_); !made.ok()) return made;
  const FolderLock lock(directory_);
  absl::Status status = lock.status();
  for (const char* folder : {"issued", "identities"}) status.Update(MakeFolder(Path(folder)));
  if (!status.ok()) return status;
  const bool make = !Exists(Path("ca.pem"));
  if (make) status = MakeAuthority();
  if (status.ok()) status = AddRevocations({});
  if (status.ok()) status = AddAddresses(addresses);
  if (status.ok()) status = Distribute();
  if (!status.ok()) return status;
  return make;
}

IssuedOr Authority::Issue(const std::vector<IdentityOrder>& orders, int days) const {
  const FolderLock lock(directory_);
  if (!lock.status().ok()) return lock.status();
  const IssuedOr before = List();
  if (!before.ok()) return before.status();
  for (const IdentityOrder& order : orders) {
    // Read each time: one of these orders may have made it.
    const auto folders = ReadFolders();
    if (!folders.ok()) return folders.status();
    if (const auto there = folders->find(order.folder); there != folders->end()) {
      const absl::Status owner = CheckOwner(order.folder, there->second, order.identity);
      if (!owner.ok()) return owner;
    }
    const bool kept = std::any_of(before->begin(), before->end(), [&](const Issued& issued) {
      return issued.folder == order.folder && Counts(issued);
    });
    if (kept) continue;
    if (absl::Status made = MakeIdentity(order, days); !made.ok()) return made;
  }
  return DistributeAndListNew(*before);
}

IssuedOr Authority::Renew(const std::vector<Identity>& identities, int days) const {
  const FolderLock lock(directory_);
  if (!lock.status().ok()) return lock.status();
  const IssuedOr before = List();
  if (!before.ok()) return before.status();
  const auto folders = ReadFolders();
  if (!folders.ok()) return folders.status();
  const auto revoked = ReadRevocations();
  if (!revoked.ok()) return revoked.status();

  std::vector<IdentityOrder> orders;
  for (const auto& [folder, there] : *folders) {
    const bool due = identities.empty() && clock_() >= there.renew_time();
    if (due && !revoked->contains(there.serial)) orders.push_back({there.identity, folder});
  }
  for (const Identity& identity : identities) {
    const size_t found = orders.size();
    for (const auto& [folder, there] : *folders) {
      if (!IsOf(there, identity.ToString())) continue;
      if (revoked->contains(there.serial)) {
        return Fault(absl::StatusCode::kFailedPrecondition,
                     absl::StrCat("chứng thư của ", identity.ToString(), " đã bị thu hồi; hãy cấp mới (certs issue)"),
                     absl::StrCat("the certificate of ", identity.ToString(), " was revoked; issue a new one"));
      }
      orders.push_back({identity, folder});
    }
    if (orders.size() == found) {
      return Fault(absl::StatusCode::kNotFound, absl::StrCat(identity.ToString(), " không có thư mục định danh"),
                   absl::StrCat(identity.ToString(), " has no identity folder"));
    }
  }
  for (const IdentityOrder& order : orders) {
    const auto present = ReadFile(PathIn(order.folder, "cert.pem"));
    if (!present.ok()) return present.status();
    if (absl::Status made = MakeCertificate(order, *present, days); !made.ok()) return made;
  }
  return DistributeAndListNew(*before);
}

IssuedOr Authority::Revoke(const std::vector<std::string>& names, const std::string& reason) const {
  const FolderLock lock(directory_);
  if (!lock.status().ok()) return lock.status();
  IssuedOr all = List();
  if (!all.ok()) return all.status();
  for (const std::string& name : names) {
    const bool known = std::any_of(all->begin(), all->end(), [&](const Issued& issued) {
      return issued.certificate.serial == name || IsOf(issued.certificate, name);
    });
    if (known) continue;
    return Fault(absl::StatusCode::kNotFound, absl::StrCat(name, " chưa từng được cấp chứng thư"),
                 absl::StrCat("no certificate of ", name, " was ever issued"));
  }
  std::erase_if(*all, [&](const Issued& issued) {
    return !Counts(issued) || std::none_of(names.begin(), names.end(), [&](const std::string& name) {
      return issued.certificate.serial == name || IsOf(issued.certificate, name);
    });
  });
  std::vector<std::string> serials;
  for (Issued& issued : *all) {
    serials.push_back(issued.certificate.serial);
    issued.state = Issued::State::kRevoked;
    issued.reason = reason;
    if (reason.empty()) continue;
    const std::string path = Path(absl::StrCat("issued/", serials.back(), ".pem"));
    const auto text = ReadFile(path);
    if (!text.ok()) return text.status();
    const absl::string_view certificate = absl::string_view(*text).substr(text->find("-----BEGIN"));
    absl::Status noted = WriteFile(path, absl::StrCat(kReason, reason, "\n", certificate));
    if (!noted.ok()) return noted;
  }
  absl::Status status = AddRevocations(serials);
  if (status.ok()) status = Distribute();
  if (!status.ok()) return status;
  return all;
}

}  // namespace giaoban::cli
