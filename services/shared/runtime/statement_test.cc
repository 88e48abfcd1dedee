// Goal: a statement is believed when the directory's key of that time signed exactly it, from when it was issued until
// it expires, and never otherwise.
#include "services/shared/runtime/statement.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include "google/protobuf/util/time_util.h"
#include "services/shared/runtime/status.h"

namespace giaoban::runtime {
namespace {

using directory::v1::SignedStatement;
using directory::v1::Statement;
using google::protobuf::util::TimeUtil;

class StatementTest : public ::testing::Test {
 protected:
  static StatementSigner NewSigner() {
    std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0'), secret(crypto_sign_SECRETKEYBYTES, '\0');
    crypto_sign_keypair(reinterpret_cast<unsigned char*>(public_key.data()),
                        reinterpret_cast<unsigned char*>(secret.data()));
    return StatementSigner(secret);
  }
  Statement Issued(absl::Time time, absl::Duration life = kStatementLife) const {
    Statement statement;
    statement.set_user("lan");
    statement.set_role(contract::v1::ROLE_OFFICE);
    statement.set_name("quang-ninh");
    *statement.mutable_issue_time() = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
    *statement.mutable_expire_time() = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time + life));
    return statement;
  }
  bool Believed(const SignedStatement& statement, absl::Time at) const {
    const auto verdict = keys_.Verify(statement.SerializeAsString(), at);
    if (!verdict.ok()) {
      EXPECT_EQ(verdict.status().code(), absl::StatusCode::kUnauthenticated);
      EXPECT_EQ(DetailOf(verdict.status()).reason, "STATEMENT");
    }
    return verdict.ok();
  }

  const absl::Time published_ = absl::FromUnixSeconds(1'700'000'000);
  const absl::Time now_ = published_ + absl::Hours(1);
  const StatementSigner signer_ = NewSigner();
  StatementKeys keys_;

  void SetUp() override { keys_.Publish(signer_.published(), published_); }
};

TEST_F(StatementTest, IsBelievedFromItsIssueUntilItExpires) {
  const SignedStatement statement = signer_.Sign(Issued(now_));
  EXPECT_TRUE(Believed(statement, now_));
  EXPECT_TRUE(Believed(statement, now_ - kClockSkew));
  EXPECT_FALSE(Believed(statement, now_ - kClockSkew - absl::Seconds(1)));
  EXPECT_TRUE(Believed(statement, now_ + kStatementLife - absl::Microseconds(1)));
  EXPECT_FALSE(Believed(statement, now_ + kStatementLife));
  EXPECT_FALSE(Believed(signer_.Sign(Issued(now_, kStatementLife + absl::Microseconds(1))), now_)) << "for too long";
  EXPECT_FALSE(Believed(signer_.Sign(Statement()), now_)) << "no times";
}

// Goal: times count to the nanosecond they are told in.
TEST_F(StatementTest, ANanosecondTooLongIsTooLong) {
  Statement statement = Issued(now_);
  statement.mutable_expire_time()->set_nanos(1);
  EXPECT_FALSE(Believed(signer_.Sign(statement), now_));
  statement.mutable_issue_time()->set_nanos(1);
  EXPECT_TRUE(Believed(signer_.Sign(statement), now_));
  EXPECT_TRUE(Believed(signer_.Sign(statement), now_ + kStatementLife));
  EXPECT_FALSE(Believed(signer_.Sign(statement), now_ + kStatementLife + absl::Nanoseconds(1)));
}

TEST_F(StatementTest, NotABitMayBeChanged) {
  const SignedStatement statement = signer_.Sign(Issued(now_));
  const std::string whole = statement.SerializeAsString();
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string changed = whole;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(keys_.Verify(changed, now_).ok()) << bit;
  }
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(keys_.Verify(whole.substr(0, size), now_).ok());
}

TEST_F(StatementTest, OnlyPublishedKeysCount) {
  const StatementSigner other = NewSigner();
  SignedStatement statement = other.Sign(Issued(now_));
  EXPECT_FALSE(Believed(statement, now_));
  statement.set_key_id(signer_.published().key_id());
  EXPECT_FALSE(Believed(statement, now_));
  // Nor does a key under another's id.
  directory::v1::StatementKeyPublished key = other.published();
  key.set_key_id(signer_.published().key_id());
  keys_.Publish(key, now_);
  EXPECT_FALSE(Believed(statement, now_));
  EXPECT_TRUE(keys_.IsInUse(signer_.published().key_id()));
}

TEST_F(StatementTest, AKeySignsFromWhenItWasPublishedUntilOneReplacesIt) {
  const StatementSigner next = NewSigner(), another = NewSigner();
  directory::v1::StatementKeyPublished key = next.published(), beside = another.published();
  key.set_replaces(signer_.published().key_id());
  beside.set_beside(true);
  keys_.Publish(beside, now_);
  EXPECT_TRUE(keys_.IsInUse(signer_.published().key_id())) << "another process has another key";
  keys_.Publish(key, now_);
  keys_.Publish(signer_.published(), now_ + absl::Minutes(1));  // a feed may be repeated
  EXPECT_TRUE(keys_.IsKnown(signer_.published().key_id()));
  EXPECT_FALSE(keys_.IsInUse(signer_.published().key_id()));
  EXPECT_TRUE(keys_.IsInUse(next.published().key_id()));
  EXPECT_TRUE(keys_.IsInUse(another.published().key_id()));
  const absl::Duration past = kClockSkew + absl::Seconds(1);
  EXPECT_TRUE(Believed(signer_.Sign(Issued(now_)), now_ + absl::Minutes(4))) << "it expires by itself";
  EXPECT_TRUE(Believed(signer_.Sign(Issued(now_ + kClockSkew)), now_));
  EXPECT_FALSE(Believed(signer_.Sign(Issued(now_ + past)), now_ + past));
  EXPECT_TRUE(Believed(next.Sign(Issued(now_ + past)), now_ + past));
  EXPECT_FALSE(Believed(next.Sign(Issued(now_ - past)), now_));
}

// Goal: in a journal of when the directory was one process, each key ended the one before it.
TEST_F(StatementTest, AKeyThatSaysNothingOfOthersEndsThemAll) {
  const StatementSigner next = NewSigner();
  keys_.Publish(next.published(), now_);
  EXPECT_FALSE(keys_.IsInUse(signer_.published().key_id()));
  EXPECT_TRUE(keys_.IsInUse(next.published().key_id()));
}

// A signature of the same key over the same bytes for another purpose is worth nothing here.
TEST_F(StatementTest, IsOnlyAStatement) {
  std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0'), secret(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_keypair(reinterpret_cast<unsigned char*>(public_key.data()),
                      reinterpret_cast<unsigned char*>(secret.data()));
  const StatementSigner signer(secret);
  keys_.Publish(signer.published(), now_);
  SignedStatement statement = signer.Sign(Issued(now_));
  EXPECT_TRUE(Believed(statement, now_));
  const std::string& bytes = statement.statement();
  crypto_sign_detached(reinterpret_cast<unsigned char*>(statement.mutable_signature()->data()), nullptr,
                       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                       reinterpret_cast<const unsigned char*>(secret.data()));
  EXPECT_FALSE(Believed(statement, now_));
}

TEST_F(StatementTest, TimesMustBeTimes) {
  for (const int64_t seconds : {int64_t{-1}, INT64_MAX, INT64_MIN, TimeUtil::kTimestampMaxSeconds + 1}) {
    Statement statement = Issued(now_);
    statement.mutable_expire_time()->set_seconds(seconds);
    EXPECT_FALSE(Believed(signer_.Sign(statement), now_)) << seconds;
  }
  for (const int nanos : {-1, 1'000'000'000}) {
    Statement statement = Issued(now_);
    statement.mutable_issue_time()->set_nanos(nanos);
    EXPECT_FALSE(Believed(signer_.Sign(statement), now_)) << nanos;
  }
}

TEST_F(StatementTest, MakesNobodyAServiceOrAPortal) {
  for (const contract::v1::Role role :
       {contract::v1::ROLE_UNSPECIFIED, contract::v1::ROLE_SERVICE, contract::v1::ROLE_PORTAL}) {
    Statement statement = Issued(now_);
    statement.set_role(role);
    EXPECT_FALSE(Believed(signer_.Sign(statement), now_)) << role;
  }
  Statement statement = Issued(now_);
  statement.clear_user();
  EXPECT_FALSE(Believed(signer_.Sign(statement), now_)) << "nobody's";
}

TEST_F(StatementTest, SpeaksOfAPerson) {
  Statement statement = Issued(now_);
  statement.set_address("192.0.2.7");
  const Caller caller = CallerOf(statement, {contract::v1::ROLE_PORTAL, "web"});
  EXPECT_EQ(caller.ToString(), "office/quang-ninh");
  EXPECT_EQ(caller.Account(), "office/quang-ninh by lan");
  EXPECT_EQ(caller.Origin().carrier(), "portal/web");
  EXPECT_EQ(caller.Origin().address(), "192.0.2.7");
}

}  // namespace
}  // namespace giaoban::runtime
