#include "services/directory/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "services/shared/runtime/status.h"

namespace giaoban::directory {
namespace {

constexpr size_t kLongestAddress = 45;
constexpr int kNetworkBytes = 8;

template <typename Bytes>
std::string TextOf(int family, const Bytes& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(family, &address, text.data(), text.size());
}

Address V4(const in_addr& address) {
  const std::string text = TextOf(AF_INET, address);
  return {.text = text, .network = text};
}

Address V6(in6_addr address) {
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    in_addr inside = {};
    std::memcpy(&inside, &address.s6_addr[12], sizeof(inside));
    return V4(inside);
  }
  Address read{.text = TextOf(AF_INET6, address), .network = ""};
  std::fill(std::begin(address.s6_addr) + kNetworkBytes, std::end(address.s6_addr), 0);
  read.network = absl::StrCat(TextOf(AF_INET6, address), "/64");
  return read;
}

}  // namespace

absl::StatusOr<Address> ParseAddress(absl::string_view text) {
  const std::string terminated(text.substr(0, kLongestAddress + 1));
  in_addr v4 = {};
  in6_addr v6 = {};
  // A NUL would end the text early for the parser.
  if (terminated.size() <= kLongestAddress && terminated.find('\0') == std::string::npos) {
    if (inet_pton(AF_INET, terminated.c_str(), &v4) == 1) return V4(v4);
    if (inet_pton(AF_INET6, terminated.c_str(), &v6) == 1) return V6(v6);
  }
  return runtime::Error(
      absl::StatusCode::kInvalidArgument, "address is not an IPv4 or IPv6 address",
      {.reason = "REQUEST_MALFORMED", .vietnamese = "Địa chỉ máy (address) không phải địa chỉ IPv4 hay IPv6."});
}

}  // namespace giaoban::directory
