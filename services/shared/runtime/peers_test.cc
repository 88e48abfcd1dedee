#include "services/shared/runtime/peers.h"

#include <gtest/gtest.h>

#include "services/shared/runtime/test_support.h"

namespace giaoban::runtime {
namespace {

class PeersTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { authority_ = new TestAuthority; }
  static void TearDownTestSuite() {
    delete authority_;
    authority_ = nullptr;
  }

  static IdentityFolder Folder(const std::string& name) { return *LoadIdentity(authority_->Folder(name)); }

  // The reason a certificate is refused with; empty when it is not.
  std::string Verdict(const std::string& pem) const {
    const absl::Status status = peers_.Judge(pem).status();
    EXPECT_TRUE(status.ok() || absl::IsUnauthenticated(status)) << status;
    EXPECT_EQ(DetailOf(status).vietnamese.empty(), status.ok()) << status;
    return DetailOf(status).reason;
  }

  static TestAuthority* authority_;
  const IdentityFolder office_ = Folder("quang-ninh"), chair_ = Folder("cum-truong");
  absl::Time now_ = absl::Now();
  Peers peers_{{}, [this] { return now_; }};
};

TestAuthority* PeersTest::authority_ = nullptr;

// Goal: a certificate says who its holder is; what is none says nobody.
TEST_F(PeersTest, KnowsWhoItIs) {
  EXPECT_EQ(peers_.Judge(office_.certificate)->ToString(), "office/quang-ninh");
  EXPECT_EQ(peers_.Judge(chair_.certificate)->ToString(), "chair/quang-ninh");
  EXPECT_EQ(Verdict(""), "IDENTITY");
  EXPECT_EQ(Verdict(office_.ca), "IDENTITY");
}

// Goal: a certificate counts to its last second, also one that was seen before.
TEST_F(PeersTest, StopsAtTheEnd) {
  EXPECT_EQ(Verdict(office_.certificate), "");
  now_ = office_.own.not_after - absl::Seconds(1);
  EXPECT_EQ(Verdict(office_.certificate), "");
  now_ = office_.own.not_after;
  EXPECT_EQ(Verdict(office_.certificate), "EXPIRED");
}

// Goal: a revocation counts from the next call on, and for nobody else.
TEST_F(PeersTest, StopsWhenRevoked) {
  EXPECT_EQ(Verdict(office_.certificate), "");
  EXPECT_TRUE(peers_.Revoke({office_.own.serial}));
  EXPECT_EQ(Verdict(office_.certificate), "REVOKED");
  EXPECT_EQ(Verdict(chair_.certificate), "");
  EXPECT_FALSE(peers_.Revoke({office_.own.serial})) << "no change";
  EXPECT_TRUE(peers_.Revoke({chair_.own.serial}));
  EXPECT_EQ(Verdict(office_.certificate), "");
  EXPECT_EQ(Verdict(chair_.certificate), "REVOKED");
}

// Goal: however many certificates come, each is judged rightly.
TEST_F(PeersTest, RemembersOnlySoMany) {
  for (int i = 0; i < 10'000; ++i) {
    // Text around a certificate is not part of it, but makes another one to remember.
    ASSERT_EQ(Verdict(absl::StrCat(i, "\n", office_.certificate)), "");
  }
  EXPECT_TRUE(peers_.Revoke({office_.own.serial}));
  EXPECT_EQ(Verdict(absl::StrCat("1\n", office_.certificate)), "REVOKED");
}

}  // namespace
}  // namespace giaoban::runtime
