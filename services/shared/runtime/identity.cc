#include "services/shared/runtime/identity.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace giaoban::runtime {
namespace {

using contract::v1::Role;

constexpr size_t kNameLength = 40;
constexpr std::array<std::pair<Role, absl::string_view>, 5> kRoles = {{
    {contract::v1::ROLE_OFFICE, "office"},
    {contract::v1::ROLE_CHAIR, "chair"},
    {contract::v1::ROLE_OPERATOR, "operator"},
    {contract::v1::ROLE_SERVICE, "service"},
    {contract::v1::ROLE_PORTAL, "portal"},
}};

Role RoleOf(absl::string_view word) {
  for (const auto& [role, name] : kRoles) {
    if (name == word) return role;
  }
  return contract::v1::ROLE_UNSPECIFIED;
}

bool IsName(absl::string_view text) {
  return !text.empty() && text.size() <= kNameLength && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
}

}  // namespace

std::string Identity::ToString() const {
  for (const auto& [known, word] : kRoles) {
    if (known == role) return absl::StrCat(word, "/", name);
  }
  return "nobody";
}

report::v1::Origin Caller::Origin() const {
  report::v1::Origin origin;
  origin.set_address(address);
  origin.set_person(person);
  origin.set_carrier(carrier);
  return origin;
}

std::string Caller::Account() const { return person.empty() ? ToString() : absl::StrCat(ToString(), " by ", person); }

absl::StatusOr<Identity> ParseIdentity(absl::string_view uri) {
  absl::string_view rest = uri;
  if (absl::ConsumePrefix(&rest, "spiffe://giaoban/")) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(rest, absl::MaxSplits('/', 1));
    if (IsName(parts.second)) {
      const Role role = RoleOf(parts.first);
      if (role != contract::v1::ROLE_UNSPECIFIED) return Identity{role, std::string(parts.second)};
    }
  }
  return absl::UnauthenticatedError(absl::StrCat("not an identity of the suite: '", uri.substr(0, 100), "'"));
}

}  // namespace giaoban::runtime
