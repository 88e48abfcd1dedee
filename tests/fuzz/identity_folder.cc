// An identity folder as a service reads it at its start. Parts: ca.pem, cert.pem, key.pem, addresses, the alternative
// names of a certificate that is issued for the occasion, the day on which the folder is read, and revoked.pem. A part
// that is empty is what belongs there.
#include "services/shared/runtime/identity_folder.h"

#include <sys/stat.h>

#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/shared/runtime/error.h"
#include "tests/fuzz/authority.h"
#include "tests/fuzz/mutate.h"

namespace giaoban::fuzz {
namespace {

// The folder of an office, which is written anew for each input.
class Folder {
 public:
  void Write(const Parts& parts) const {
    WriteFile("ca.pem", parts[0].empty() ? authority_.ca() : parts[0]);
    const std::string issued = parts[4].empty() ? certificate_ : authority_.Certificate(parts[4]);
    WriteFile("cert.pem", parts[1].empty() ? issued : parts[1]);
    WriteFile("key.pem", parts[2].empty() ? authority_.secret() : parts[2]);
    WriteFile("addresses", parts[3].empty() ? "directory 127.0.0.1:7001\n" : parts[3]);
    WriteFile("revoked.pem", parts[6].empty() ? none_ : parts[6]);
    chmod((folder_ / "key.pem").c_str(), 0600);
  }

  const std::string& path() const { return folder_.path(); }

 private:
  void WriteFile(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }

  const TemporaryFolder folder_;
  const Authority authority_{'a', 's'};
  const std::string certificate_ = authority_.Certificate(kNames), none_ = authority_.RevocationList({});
};

const Plan& FolderPlan() {
  static const Plan& plan =
      *new Plan{.message_of = [](const Parts&, size_t) { return nullptr; }, .fixed = 7, .loose = false};
  return plan;
}

void Try(Parts parts) {
  static const Folder folder;
  parts.resize(7);
  folder.Write(parts);
  const int64_t day = parts[5].empty() ? 0 : static_cast<int8_t>(parts[5][0]);
  const auto identity = runtime::LoadIdentity(folder.path(), absl::FromUnixSeconds(kNow + day * kDay));
  const bool genuine = std::all_of(parts.begin(), parts.end(), [](const std::string& part) { return part.empty(); });
  Require(!genuine || identity.ok(), "a folder with what belongs there is taken");
  if (!identity.ok()) {
    Require(absl::IsFailedPrecondition(identity.status()), "a folder is refused with one code");
    Require(absl::StrContains(runtime::DetailOf(identity.status()).vietnamese, folder.path()),
            "a refusal says where, in Vietnamese too");
    return;
  }
  Require(day >= -10 && day <= 10, "a certificate counts within its validity only");
  const std::string uri = absl::StrCat("spiffe://giaoban/", identity->own.identity.ToString());
  // Nothing else that is signed gets into a certificate that came with the input.
  const bool usual = !parts[1].empty() || parts[4].empty();
  Require(absl::StrContains(usual ? kNames : parts[4], uri), "the identity is the certificate's");
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
