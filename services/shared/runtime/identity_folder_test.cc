#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/time/clock.h"
#include "services/shared/runtime/status.h"
#include "services/shared/runtime/test_support.h"

namespace giaoban::runtime {
namespace {

using std::filesystem::copy_options;
using std::filesystem::perms;
using testing::HasSubstr;

// Each test spoils a folder that `giaoban certs` made, in one way.
class LoadIdentityTest : public testing::Test {
 protected:
  // The one sentence a spoilt folder is refused with, in both languages.
  void ExpectRefused(const std::string& file, const std::string& english, const std::string& vietnamese,
                     absl::Time now = absl::Now()) {
    const absl::Status status = LoadIdentity(folder_, now).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr(folder_ + "/" + file));
    EXPECT_THAT(std::string(status.message()), HasSubstr(english));
    EXPECT_THAT(DetailOf(status).vietnamese, HasSubstr(folder_ + "/" + file));
    EXPECT_THAT(DetailOf(status).vietnamese, HasSubstr(vietnamese));
  }

  void Replace(const std::string& file, const std::string& source) {
    std::filesystem::copy_file(source, folder_ + "/" + file, copy_options::overwrite_existing);
  }

  void Write(const std::string& file, const std::string& text) { std::ofstream(folder_ + "/" + file) << text; }

  TestAuthority authority_;
  const std::string folder_ = authority_.Folder("quang-ninh");
};

// Goal: what `giaoban certs` makes is usable, and says who it is and where the others are.
TEST_F(LoadIdentityTest, ReadsWhatTheAuthorityMakes) {
  authority_.Certs("init", "directory=127.0.0.1:7001 membership=may-chu.example:7002");
  const absl::StatusOr<IdentityFolder> identity = LoadIdentity(folder_);
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->own.identity.ToString(), "office/quang-ninh");
  EXPECT_EQ(identity->addresses.at("directory"), "127.0.0.1:7001");
  EXPECT_EQ(identity->addresses.at("membership"), "may-chu.example:7002");
  EXPECT_EQ(LoadIdentity(authority_.Folder("cum-truong"))->own.identity.ToString(), "chair/quang-ninh");
}

// Goal: every missing file is named.
TEST_F(LoadIdentityTest, NamesTheMissingFile) {
  for (const std::string file : {"ca.pem", "cert.pem", "key.pem", "addresses"}) {
    std::filesystem::rename(folder_ + "/" + file, folder_ + "/away");
    ExpectRefused(file, "missing", "không có");
    std::filesystem::rename(folder_ + "/away", folder_ + "/" + file);
  }
}

// Goal: a key that somebody else on the machine can read is refused.
TEST_F(LoadIdentityTest, RefusesKeyReadableByOthers) {
  std::filesystem::permissions(folder_ + "/key.pem", perms::group_read, std::filesystem::perm_options::add);
  ExpectRefused("key.pem", "read by others", "người khác đọc được");
}

// Goal: key and certificate of different identities are told apart before any handshake fails.
TEST_F(LoadIdentityTest, RefusesForeignKey) {
  Replace("key.pem", authority_.Folder("van-hanh") + "/key.pem");
  ExpectRefused("key.pem", "does not belong", "không thuộc");
}

// Goal: the certificate's time is checked on both sides.
TEST_F(LoadIdentityTest, RefusesCertificateOutOfTime) {
  ExpectRefused("cert.pem", "expired", "hết hạn", absl::Now() + absl::Hours(24 * 91));
  ExpectRefused("cert.pem", "not valid yet", "chưa có hiệu lực", absl::Now() - absl::Hours(24));
  EXPECT_TRUE(LoadIdentity(folder_, absl::Now() + absl::Hours(24 * 89)).ok());
}

// Goal: a certificate of another authority is refused.
TEST_F(LoadIdentityTest, RefusesOtherAuthority) {
  const TestAuthority other;
  Replace("ca.pem", other.directory() + "/ca.pem");
  ExpectRefused("cert.pem", "not issued by", "không do ca.pem");
}

// Goal: a certificate that names nobody is refused.
TEST_F(LoadIdentityTest, RefusesCertificateWithoutIdentity) {
  Replace("cert.pem", authority_.directory() + "/ca.pem");
  Replace("key.pem", authority_.directory() + "/ca.key");
  ExpectRefused("cert.pem", "exactly one identity", "đúng một định danh");
}

// Goal: files that are no PEM are refused, not half read.
TEST_F(LoadIdentityTest, RefusesRubbish) {
  Write("cert.pem", "rubbish\n");
  ExpectRefused("cert.pem", "not a certificate", "không phải chứng thư");
}

// Goal: a wrong line of addresses is named by its number.
TEST_F(LoadIdentityTest, NamesTheWrongAddressLine) {
  for (const std::string line : {"membership", "membership 127.0.0.1", "membership 127.0.0.1:0",
                                 "membership 127.0.0.1:70000", "directory 127.0.0.1:7002", "a 127.0.0.1:1 b"}) {
    Write("addresses", "# where services are\ndirectory 127.0.0.1:7001\n\n" + line + "\n");
    ExpectRefused("addresses line 4", "expected a service", "cần tên một dịch vụ");
  }
}

}  // namespace
}  // namespace giaoban::runtime
