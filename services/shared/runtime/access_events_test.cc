#include "services/shared/runtime/access_events.h"

#include <gtest/gtest.h>

#include <string>

namespace giaoban::runtime {
namespace {

audit::v1::Event EventOf(const std::string& person, const std::string& method) {
  Caller caller{{contract::v1::ROLE_PORTAL, "web"}};
  caller.person = person;
  caller.address = "192.0.2.7";
  return AccessEvent(audit::v1::EVENT_KIND_LOG_IN_REFUSED, caller, method, "CREDENTIALS");
}

// Goal: an event says who called, how it came in, what and why.
TEST(AccessEvent, SaysWhoHowWhatAndWhy) {
  const audit::v1::Event event = EventOf("lan", "/giaoban.directory.v1.AccountService/LogIn");
  EXPECT_EQ(event.ShortDebugString(),
            "kind: EVENT_KIND_LOG_IN_REFUSED actor: \"portal/web\" origin { address: \"192.0.2.7\" person: \"lan\" } "
            "method: \"/giaoban.directory.v1.AccountService/LogIn\" reason: \"CREDENTIALS\" count: 1");
}

// Goal: a name or a path somebody made up can neither give orders to a terminal nor fill the log, and stays text.
TEST(AccessEvent, TakesWhatPeopleMakeUp) {
  EXPECT_EQ(EventOf("\x1b[2Jlan\r\n\x7f", "/").origin().person(), "?[2Jlan???");
  EXPECT_EQ(EventOf("a\xC2\x9Bm \xC2\xA0 Ngọc", "/").origin().person(), "a?m \xC2\xA0 Ngọc");
  EXPECT_EQ(EventOf("", "/a b\n\xFF~").method(), "/a?b??~");
  EXPECT_EQ(EventOf("", std::string(1000, 'x')).method(), std::string(200, 'x'));
  // "ọ" is three bytes: 33 of them and one byte is where the hundredth stands.
  std::string name = "x";
  for (int i = 0; i < 50; ++i) name += "ọ";
  EXPECT_EQ(EventOf(name, "/").origin().person(), name.substr(0, 100));
  EXPECT_EQ(EventOf("xx" + name.substr(1), "/").origin().person(), "xx" + name.substr(1, 96));
}

// Goal: whoever waits for an event to be recorded is told when nobody keeps it.
TEST(AccessEvents, WithoutAListenerFail) {
  absl::Status status;
  AccessEvents().Report(EventOf("lan", "/"), [&](absl::Status outcome) { status = std::move(outcome); });
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
}

}  // namespace
}  // namespace giaoban::runtime
