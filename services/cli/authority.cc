#include "services/cli/authority.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/cli/whole_file.h"
#include "services/shared/runtime/error.h"
#include "services/shared/runtime/identity_folder.h"

namespace giaoban::cli {
namespace {

using runtime::Certificate;
using runtime::Identity;
using IssuedOr = absl::StatusOr<std::vector<Issued>>;
using OrdersOr = absl::StatusOr<std::vector<IdentityOrder>>;

constexpr absl::Duration kAuthorityLife = absl::Hours(24 * 3650);
// For machines whose clock is a little behind this one's.
constexpr absl::Duration kHeadStart = absl::Minutes(5);

absl::Status Fault(absl::StatusCode code, absl::string_view vi, absl::string_view en) {
  return runtime::Error(code, en, {.reason = "CERTIFICATE", .vietnamese = std::string(vi)});
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
    if (service != identity.name && identity.name != "suite") continue;
    for (const std::string& each : runtime::AddressesIn(address)) {
      const std::string host = HostOf(each);
      if (std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.push_back(host);
    }
  }
  return hosts;
}

bool IsOf(const Certificate& certificate, const Identity& identity) {
  return certificate.identity.ToString() == identity.ToString();
}

// "office/quang-ninh", or a serial number.
bool IsNamed(const Issued& issued, absl::string_view name) {
  return issued.certificate.serial == name || issued.certificate.identity.ToString() == name;
}

absl::Status BelongsTo(const Identity& owner, const IdentityOrder& order) {
  const std::string wanted = order.identity.ToString();
  return Fault(absl::StatusCode::kAlreadyExists,
               absl::StrCat(order.folder, " là của ", owner.ToString(), "; hãy cho ", wanted, " thư mục khác: ", wanted,
                            "=FOLDER"),
               absl::StrCat(order.folder, " belongs to ", owner.ToString(), "; give ", wanted,
                            " another folder: ", wanted, "=FOLDER"));
}

}  // namespace

Authority::Authority(std::string directory, std::function<absl::Time()> clock)
    : folder_(std::move(directory)), clock_(std::move(clock)) {}

IssuedOr Authority::List() const { return folder_.ReadIssued(clock_()); }

// --- The authority itself --------------------------------------------------------

absl::StatusOr<bool> Authority::Init(const Addresses& addresses) const {
  if (const absl::Status made = MakeFolder(directory()); !made.ok()) return made;
  const FolderLock lock(directory());
  absl::Status status = lock.status();
  for (const char* name : {"issued", "identities"}) status.Update(MakeFolder(folder_.Path(name)));
  if (!status.ok()) return status;
  const bool make = !folder_.Has("ca.pem");
  if (make) status = MakeAuthority();
  if (status.ok()) status = AddRevocations({});
  if (status.ok()) status = AddAddresses(addresses);
  if (status.ok()) status = folder_.Distribute();
  if (!status.ok()) return status;
  return make;
}

absl::Status Authority::MakeAuthority() const {
  // A key without a certificate is what an interrupted run left, or all that is left of an authority.
  const std::string path = folder_.Path("ca.key");
  const absl::StatusOr<std::string> key = folder_.Has("ca.key") ? ReadFile(path) : MakeKey();
  if (!key.ok()) return key.status();
  const absl::Time now = clock_();
  const std::string certificate = MakeAuthorityCertificate(*key, now - kHeadStart, now + kAuthorityLife);
  if (certificate.empty()) {
    return runtime::Error(
        absl::StatusCode::kFailedPrecondition, absl::StrCat(path, ": this is not a private key"),
        {.reason = "IDENTITY_FOLDER", .vietnamese = absl::StrCat(path, ": đây không phải khoá riêng")});
  }
  absl::Status status = WriteFile(path, *key);
  if (status.ok()) status = WriteFile(folder_.Path("ca.pem"), certificate);
  return status;
}

absl::Status Authority::AddAddresses(const Addresses& addresses) const {
  Addresses all = addresses;
  if (folder_.Has("addresses")) {
    const auto known = folder_.ReadAddresses();
    if (!known.ok()) return known.status();
    all.insert(known->begin(), known->end());
  }
  std::string lines = "# service host:port\n";
  for (const auto& [service, address] : all) absl::StrAppend(&lines, service, " ", address, "\n");
  return WriteFile(folder_.Path("addresses"), lines);
}

// Makes the list when there is none.
absl::Status Authority::AddRevocations(const std::vector<std::string>& serials) const {
  const std::string path = folder_.Path("revoked.pem");
  const bool there = folder_.Has("revoked.pem");
  if (there && serials.empty()) return absl::OkStatus();
  const absl::StatusOr<std::string> before = there ? ReadFile(path) : std::string();
  if (!before.ok()) return before.status();
  const absl::StatusOr<Issuer> issuer = folder_.ReadIssuer(clock_());
  if (!issuer.ok()) return issuer.status();
  return WriteFile(path, MakeRevocationList(*issuer, *before, serials, clock_()));
}

// --- Certificates ------------------------------------------------------------------

absl::Status Authority::MakeCertificate(const IdentityOrder& order, absl::string_view key, int days) const {
  const absl::Time now = clock_();
  const absl::StatusOr<Issuer> issuer = folder_.ReadIssuer(now);
  if (!issuer.ok()) return issuer.status();
  const auto addresses = folder_.ReadAddresses();
  if (!addresses.ok()) return addresses.status();
  return folder_.AddCertificate(cli::MakeCertificate(*issuer, {.identity = order.identity,
                                                               .key = key,
                                                               .hosts = HostsOf(order.identity, *addresses),
                                                               .from = now - kHeadStart,
                                                               .until = now + absl::Hours(24) * days}),
                                order.folder);
}

// With a key of its own. Until the certificate is there too the folder cannot be used, and is made anew.
absl::Status Authority::MakeIdentity(const IdentityOrder& order, int days) const {
  const std::string key = MakeKey();
  absl::Status status = MakeFolder(folder_.PathIn(order.folder, ""));
  if (status.ok()) status = WriteFile(folder_.PathIn(order.folder, "key.pem"), key);
  if (status.ok()) status = MakeCertificate(order, key, days);
  return status;
}

IssuedOr Authority::DistributeAndListNew(const std::vector<Issued>& before) const {
  if (absl::Status status = folder_.Distribute(); !status.ok()) return status;
  IssuedOr all = List();
  if (!all.ok()) return all;
  std::set<std::string> known;
  for (const Issued& issued : before) known.insert(issued.certificate.serial);
  std::erase_if(*all, [&](const Issued& issued) { return known.contains(issued.certificate.serial); });
  return all;
}

IssuedOr Authority::Issue(const std::vector<IdentityOrder>& orders, int days) const {
  const FolderLock lock(directory());
  if (!lock.status().ok()) return lock.status();
  const IssuedOr before = List();
  if (!before.ok()) return before.status();
  for (const IdentityOrder& order : orders) {
    // Read each time: one of these orders may have made it.
    const auto identities = folder_.ReadIdentities();
    if (!identities.ok()) return identities.status();
    const auto there = identities->find(order.folder);
    if (there != identities->end() && !IsOf(there->second, order.identity)) {
      return BelongsTo(there->second.identity, order);
    }
    const bool kept = std::any_of(before->begin(), before->end(), [&](const Issued& issued) {
      return issued.folder == order.folder && issued.counts();
    });
    if (kept) continue;
    if (absl::Status made = MakeIdentity(order, days); !made.ok()) return made;
  }
  return DistributeAndListNew(*before);
}

OrdersOr Authority::ChooseDue() const {
  const auto identities = folder_.ReadIdentities();
  if (!identities.ok()) return identities.status();
  const auto revoked = folder_.ReadRevoked();
  if (!revoked.ok()) return revoked.status();
  std::vector<IdentityOrder> chosen;
  for (const auto& [folder, there] : *identities) {
    const bool due = clock_() >= there.renew_time() && !revoked->contains(there.serial);
    if (due) chosen.push_back({there.identity, folder});
  }
  return chosen;
}

OrdersOr Authority::Choose(const std::vector<Identity>& wanted) const {
  const auto identities = folder_.ReadIdentities();
  if (!identities.ok()) return identities.status();
  const auto revoked = folder_.ReadRevoked();
  if (!revoked.ok()) return revoked.status();
  std::vector<IdentityOrder> chosen;
  for (const Identity& identity : wanted) {
    const std::string name = identity.ToString();
    const size_t before = chosen.size();
    for (const auto& [folder, there] : *identities) {
      if (!IsOf(there, identity)) continue;
      if (revoked->contains(there.serial)) {
        return Fault(absl::StatusCode::kFailedPrecondition,
                     absl::StrCat("chứng thư của ", name, " đã bị thu hồi; hãy cấp mới (certs issue)"),
                     absl::StrCat("the certificate of ", name, " was revoked; issue a new one"));
      }
      chosen.push_back({identity, folder});
    }
    if (chosen.size() == before) {
      return Fault(absl::StatusCode::kNotFound, absl::StrCat(name, " không có thư mục định danh"),
                   absl::StrCat(name, " has no identity folder"));
    }
  }
  return chosen;
}

IssuedOr Authority::Renew(const std::vector<Identity>& identities, int days) const {
  const FolderLock lock(directory());
  if (!lock.status().ok()) return lock.status();
  const IssuedOr before = List();
  if (!before.ok()) return before.status();
  const OrdersOr orders = identities.empty() ? ChooseDue() : Choose(identities);
  if (!orders.ok()) return orders.status();
  for (const IdentityOrder& order : *orders) {
    const auto present = ReadFile(folder_.PathIn(order.folder, "cert.pem"));
    if (!present.ok()) return present.status();
    if (absl::Status made = MakeCertificate(order, *present, days); !made.ok()) return made;
  }
  return DistributeAndListNew(*before);
}

IssuedOr Authority::Revoke(const std::vector<std::string>& names, const std::string& reason) const {
  const FolderLock lock(directory());
  if (!lock.status().ok()) return lock.status();
  IssuedOr all = List();
  if (!all.ok()) return all.status();
  std::vector<Issued> revoked;
  for (const std::string& name : names) {
    bool known = false;
    for (Issued& issued : *all) {
      if (!IsNamed(issued, name)) continue;
      known = true;
      if (!issued.counts()) continue;
      issued.state = Issued::State::kRevoked;
      issued.reason = reason;
      revoked.push_back(issued);
    }
    if (!known) {
      return Fault(absl::StatusCode::kNotFound, absl::StrCat(name, " chưa từng được cấp chứng thư"),
                   absl::StrCat("no certificate of ", name, " was ever issued"));
    }
  }
  absl::Status status;
  std::vector<std::string> serials;
  for (const Issued& issued : revoked) {
    serials.push_back(issued.certificate.serial);
    if (!reason.empty()) status.Update(folder_.NoteReason(serials.back(), reason));
  }
  if (status.ok()) status = AddRevocations(serials);
  if (status.ok()) status = folder_.Distribute();
  if (!status.ok()) return status;
  return revoked;
}

}  // namespace giaoban::cli
