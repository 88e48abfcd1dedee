// The name a certificate carries: any text.
#include "services/shared/runtime/identity.h"

#include "absl/strings/str_cat.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using giaoban::fuzz::Require;
  const absl::string_view uri(reinterpret_cast<const char*>(data), size);
  const auto identity = giaoban::runtime::ParseIdentity(uri);
  if (identity.ok()) {
    Require(identity->role != giaoban::contract::v1::ROLE_UNSPECIFIED, "an identity has a role");
    Require(uri == absl::StrCat("spiffe://giaoban/", identity->ToString()), "an identity is written one way only");
  }
  return 0;
}
