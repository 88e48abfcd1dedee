// Goal: one address has one form, whoever owns one IPv6 address owns its network, and nothing else is an address.
#include "services/directory/address.h"

#include <gtest/gtest.h>

namespace giaoban::directory {
namespace {

TEST(AddressTest, HasOneForm) {
  EXPECT_EQ(ParseAddress("192.0.2.7")->text, "192.0.2.7");
  EXPECT_EQ(ParseAddress("192.0.2.7")->network, "192.0.2.7");
  EXPECT_EQ(ParseAddress("2001:0DB8:0:0:0:0:0:7")->text, "2001:db8::7");
  EXPECT_EQ(ParseAddress("::ffff:192.0.2.7")->text, "192.0.2.7");
}

TEST(AddressTest, AnIpv6NetworkIsOneNeighbour) {
  EXPECT_EQ(ParseAddress("2001:db8::7")->network, "2001:db8::/64");
  EXPECT_EQ(ParseAddress("2001:db8::ffff:1:2:3")->network, "2001:db8::/64");
  EXPECT_NE(ParseAddress("2001:db8:0:1::7")->network, "2001:db8::/64");
}

TEST(AddressTest, RefusesAnythingElse) {
  for (const std::string& text :
       {std::string(), std::string("localhost"), std::string("192.0.2"), std::string("192.0.2.7:443"),
        std::string("192.0.2.7\0x", 11), std::string("fe80::1%eth0"), std::string(1000, '1')}) {
    EXPECT_EQ(ParseAddress(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace giaoban::directory
