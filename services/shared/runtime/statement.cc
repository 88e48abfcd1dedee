#include "services/shared/runtime/statement.h"

#include <sodium.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "services/shared/runtime/status.h"

namespace giaoban::runtime {
namespace {

using directory::v1::SignedStatement;
using directory::v1::Statement;
using google::protobuf::util::TimeUtil;

// Distinguishes these signatures from all others a key may ever make.
constexpr absl::string_view kContext("giaoban statement v1\0", 21);

const unsigned char* Unsigned(absl::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* Unsigned(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

absl::Status Refused(absl::string_view english) {
  return Error(absl::StatusCode::kUnauthenticated, absl::StrCat("the statement is not believed: ", english),
               {.reason = "STATEMENT"});
}

bool IsTime(const google::protobuf::Timestamp& time) {
  return time.seconds() > 0 && time.seconds() <= TimeUtil::kTimestampMaxSeconds && time.nanos() >= 0 &&
         time.nanos() < 1'000'000'000;
}

bool IsPersons(contract::v1::Role role) {
  return role == contract::v1::ROLE_OFFICE || role == contract::v1::ROLE_CHAIR || role == contract::v1::ROLE_OPERATOR;
}

absl::Status CheckTimes(const Statement& statement, absl::Time now) {
  if (!IsTime(statement.issue_time()) || !IsTime(statement.expire_time())) return Refused("it has no times");
  const absl::Time issued = TimeOf(statement.issue_time()), expires = TimeOf(statement.expire_time());
  if (issued > now + kClockSkew) return Refused("it was signed in the future");
  if (expires <= now) return Refused("it has expired");
  if (expires - issued > kStatementLife) return Refused("it is valid for too long");
  return absl::OkStatus();
}

}  // namespace

std::string StatementKeyId(absl::string_view public_key) {
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(Unsigned(digest), Unsigned(public_key), public_key.size());
  return absl::BytesToHexString(absl::string_view(digest).substr(0, 8));
}

StatementSigner::StatementSigner(std::string secret) : secret_(std::move(secret)) {
  if (secret_.size() != crypto_sign_SECRETKEYBYTES) std::abort();
}

StatementSigner::~StatementSigner() { sodium_memzero(secret_.data(), secret_.size()); }

SignedStatement StatementSigner::Sign(const Statement& statement) const {
  SignedStatement made;
  statement.SerializeToString(made.mutable_statement());
  const std::string message = absl::StrCat(kContext, made.statement());
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(Unsigned(signature), nullptr, Unsigned(message), message.size(), Unsigned(secret_));
  made.set_signature(std::move(signature));
  made.set_key_id(published().key_id());
  return made;
}

directory::v1::StatementKeyPublished StatementSigner::published() const {
  std::string key(crypto_sign_PUBLICKEYBYTES, '\0');
  crypto_sign_ed25519_sk_to_pk(Unsigned(key), Unsigned(secret_));
  directory::v1::StatementKeyPublished published;
  published.set_key_id(StatementKeyId(key));
  published.set_public_key(std::move(key));
  return published;
}

void StatementKeys::Publish(const directory::v1::StatementKeyPublished& key, absl::Time time) {
  if (key.public_key().size() != crypto_sign_PUBLICKEYBYTES || StatementKeyId(key.public_key()) != key.key_id()) return;
  absl::MutexLock lock(&mutex_);
  if (!keys_.try_emplace(key.key_id(), Key{.public_key = key.public_key(), .from = time}).second) return;
  for (auto& [id, other] : keys_) {
    const bool ends = key.replaces().empty() ? !key.beside() && id != key.key_id() : id == key.replaces();
    if (ends) other.until = std::min(other.until, time);
  }
}

bool StatementKeys::IsKnown(const std::string& key_id) const {
  absl::ReaderMutexLock lock(&mutex_);
  return keys_.contains(key_id);
}

bool StatementKeys::IsInUse(const std::string& key_id) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = keys_.find(key_id);
  return found != keys_.end() && found->second.until == absl::InfiniteFuture();
}

absl::StatusOr<Statement> StatementKeys::Verify(const SignedStatement& statement, absl::Time now) const {
  Key key;
  {
    absl::ReaderMutexLock lock(&mutex_);
    const auto known = keys_.find(statement.key_id());
    if (known == keys_.end()) return Refused("its key is not known");
    key = known->second;
  }
  const std::string message = absl::StrCat(kContext, statement.statement());
  if (statement.signature().size() != crypto_sign_BYTES ||
      crypto_sign_verify_detached(Unsigned(absl::string_view(statement.signature())),
                                  Unsigned(absl::string_view(message)), message.size(),
                                  Unsigned(absl::string_view(key.public_key))) != 0) {
    return Refused("its signature is wrong");
  }
  Statement said;
  if (!said.ParseFromString(statement.statement())) return Refused("it cannot be read");
  if (absl::Status times = CheckTimes(said, now); !times.ok()) return times;
  if (said.user().empty() || !IsPersons(said.role())) return Refused("it is no person's");
  const absl::Time issued = TimeOf(said.issue_time());
  if (issued < key.from - kClockSkew || issued > key.until + kClockSkew) return Refused("its key is not of its time");
  return said;
}

absl::StatusOr<Statement> StatementKeys::Verify(absl::string_view serialised, absl::Time now) const {
  SignedStatement statement;
  if (!statement.ParseFromArray(serialised.data(), static_cast<int>(serialised.size()))) {
    return Refused("it cannot be read");
  }
  return Verify(statement, now);
}

Caller CallerOf(const Statement& statement, const Identity& carrier) {
  Caller caller;
  caller.role = statement.role();
  caller.name = statement.name();
  caller.person = statement.user();
  caller.carrier = carrier.ToString();
  caller.address = statement.address();
  return caller;
}

}  // namespace giaoban::runtime
