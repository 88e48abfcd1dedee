#include "services/shared/runtime/identity_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <sstream>

#include "services/shared/runtime/test_support.h"

namespace giaoban::runtime {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class IdentityWatchTest : public testing::Test {
 protected:
  // What the watch logs when it looks.
  std::string Look() {
    testing::internal::CaptureStderr();
    watch_.Tick();
    return testing::internal::GetCapturedStderr();
  }

  double Value(const std::string& name) const {
    for (const prometheus::MetricFamily& family : metrics_.registry->Collect()) {
      if (family.name == name && family.metric.size() == 1) return family.metric.front().gauge.value;
    }
    return -1;
  }

  void Write(const std::string& text) const { std::ofstream(authority_.Folder("directory") + "/cert.pem") << text; }

  TestAuthority authority_;
  Metrics metrics_;
  absl::Time now_ = absl::Now();
  const std::function<absl::Time()> clock_ = [this] { return now_; };
  const std::shared_ptr<Credentials> credentials_ = Credentials::Load(authority_.Folder("directory"), clock_).value();
  const Certificate first_ = credentials_->certificate();
  IdentityWatch watch_{*credentials_, metrics_, clock_};
};

// Goal: the metrics are there before the first look.
TEST_F(IdentityWatchTest, ShowsFromTheBeginning) {
  EXPECT_EQ(Value("giaoban_identity_usable"), 1);
  EXPECT_EQ(Value("giaoban_certificate_expiry_timestamp_seconds"), absl::ToUnixSeconds(first_.not_after));
}

// Goal: as long as nothing happens nothing is said.
TEST_F(IdentityWatchTest, IsQuiet) {
  for (int i = 0; i < 3; ++i) EXPECT_THAT(Look(), IsEmpty());
}

// Goal: a new certificate is in the log once, and in the metric.
TEST_F(IdentityWatchTest, TellsOfANewCertificate) {
  authority_.Certs("renew", "service/directory --days 200");
  const std::string line = Look();
  EXPECT_THAT(line, HasSubstr("a new certificate is in use"));
  EXPECT_THAT(line, HasSubstr(credentials_->certificate().serial));
  EXPECT_THAT(Look(), IsEmpty());
  EXPECT_EQ(Value("giaoban_certificate_expiry_timestamp_seconds"),
            absl::ToUnixSeconds(credentials_->certificate().not_after));
  EXPECT_GT(credentials_->certificate().not_after, first_.not_after);
}

// Goal: each cause is said once, and the end of it; the metric says so as long as it lasts.
TEST_F(IdentityWatchTest, TellsOnceWhatIsWrong) {
  const std::string good = LoadIdentity(authority_.Folder("directory"))->certificate;
  Write("rubbish");
  EXPECT_THAT(Look(), HasSubstr("cert.pem: this is not a certificate"));
  EXPECT_EQ(Value("giaoban_identity_usable"), 0);
  EXPECT_THAT(Look(), IsEmpty());
  EXPECT_EQ(Value("giaoban_identity_usable"), 0);
  Write(LoadIdentity(authority_.Folder("aggregator"))->certificate);
  EXPECT_THAT(Look(), HasSubstr("key.pem: the key does not belong"));
  Write(good);
  EXPECT_THAT(Look(), HasSubstr("can be used again"));
  EXPECT_EQ(Value("giaoban_identity_usable"), 1);
  EXPECT_EQ(Value("giaoban_certificate_expiry_timestamp_seconds"), absl::ToUnixSeconds(first_.not_after));
}

// Goal: from the last third of its life on there is a line a day, until the certificate is renewed.
TEST_F(IdentityWatchTest, WarnsOnceADay) {
  now_ = first_.renew_time() - absl::Seconds(1);
  EXPECT_THAT(Look(), IsEmpty());
  now_ += absl::Seconds(1);
  const std::string line = Look();
  EXPECT_THAT(line, HasSubstr("the certificate is to be renewed"));
  EXPECT_THAT(line, HasSubstr("\"identity\":\"service/directory\""));
  EXPECT_THAT(line, HasSubstr(absl::FormatTime(absl::RFC3339_sec, first_.not_after, absl::UTCTimeZone())));
  now_ += absl::Hours(24) - absl::Seconds(1);
  EXPECT_THAT(Look(), IsEmpty());
  now_ += absl::Seconds(1);
  EXPECT_THAT(Look(), HasSubstr("is to be renewed"));
  authority_.Certs("renew", "service/directory --days 300");
  EXPECT_THAT(Look(), HasSubstr("a new certificate is in use"));
  EXPECT_THAT(Look(), IsEmpty());
}

// Goal: the end of the certificate is said as well.
TEST_F(IdentityWatchTest, TellsOfTheEnd) {
  now_ = first_.not_after + absl::Seconds(1);
  const std::string lines = Look();
  EXPECT_THAT(lines, HasSubstr("the certificate has expired"));
  EXPECT_EQ(Value("giaoban_identity_usable"), 0);
}

}  // namespace
}  // namespace giaoban::runtime
