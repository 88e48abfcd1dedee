// Statements about people, against the words of statement.h. Parts: a SignedStatement as a call carries it, a Statement
// that each key signs for the occasion, and the moment, a Timestamp, at which they are looked at.
#include "services/shared/runtime/statement.h"

#include <sodium.h>

#include "google/protobuf/util/message_differencer.h"
#include "services/shared/runtime/error.h"
#include "tests/fuzz/mutate.h"

namespace giaoban::fuzz {
namespace {

using directory::v1::SignedStatement;
using directory::v1::Statement;
using google::protobuf::Timestamp;

using Nanoseconds = __int128;
constexpr Nanoseconds kSecond = 1'000'000'000;
constexpr Nanoseconds kSkew = 30 * kSecond;
constexpr int64_t kFirst = 1'680'000'000, kSecondKey = kFirst + 3600;

Nanoseconds Since1970(const Timestamp& time) { return time.seconds() * kSecond + time.nanos(); }

// A key that is the same on every run, and when it signs: from its publication until the next one's.
class Key {
 public:
  explicit Key(char letter, Nanoseconds from = 0, Nanoseconds until = 0) : from_(from), until_(until) {
    const std::string seed(crypto_sign_SEEDBYTES, letter);
    std::string unused(crypto_sign_PUBLICKEYBYTES, '\0');
    crypto_sign_seed_keypair(Raw(unused), Raw(secret_), Raw(seed));
  }

  runtime::StatementSigner Signer() const { return runtime::StatementSigner(secret_); }
  std::string id() const { return Signer().published().key_id(); }

  // Signs any bytes.
  SignedStatement Sign(const std::string& bytes) const {
    const std::string message = absl::StrCat(absl::string_view("giaoban statement v1\0", 21), bytes);
    std::string signature(crypto_sign_BYTES, '\0');
    crypto_sign_detached(Raw(signature), nullptr, Raw(message), message.size(), Raw(secret_));
    SignedStatement made;
    made.set_statement(bytes);
    made.set_signature(signature);
    made.set_key_id(id());
    return made;
  }

  bool SignsAt(Nanoseconds time) const { return time >= from_ - kSkew && time <= until_ + kSkew; }

 private:
  static unsigned char* Raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
  static const unsigned char* Raw(const std::string& bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
  }

  std::string secret_ = std::string(crypto_sign_SECRETKEYBYTES, '\0');
  Nanoseconds from_, until_;
};

// The directory's keys, one after the other, and one it never published.
const std::vector<Key>& Keys() {
  static const auto& keys = *new std::vector<Key>{Key('1', kFirst * kSecond, kSecondKey * kSecond),
                                                  Key('2', kSecondKey * kSecond, 1'000'000'000'000 * kSecond)};
  return keys;
}

const Key& Stranger() {
  static const Key& key = *new Key('3');
  return key;
}

const runtime::StatementKeys& Known() {
  static const runtime::StatementKeys& known = *[] {
    auto* keys = new runtime::StatementKeys;
    keys->Publish(Keys()[0].Signer().published(), absl::FromUnixSeconds(kFirst));
    keys->Publish(Keys()[1].Signer().published(), absl::FromUnixSeconds(kSecondKey));
    return keys;
  }();
  return known;
}

const Plan& StatementPlan() {
  static const Plan& plan = *new Plan{.message_of = [](const Parts&, size_t index) -> MessagePointer {
                                        if (index == 0) return std::make_unique<SignedStatement>();
                                        if (index == 1) return std::make_unique<Statement>();
                                        return std::make_unique<Timestamp>();
                                      },
                                      .words = {"lan", "ha-giang", Keys()[0].id(), Keys()[1].id(), Stranger().id()},
                                      .fixed = 3,
                                      .loose = false,
                                      .inside = [](const google::protobuf::FieldDescriptor& field) -> MessagePointer {
                                        return field.full_name() == "giaoban.directory.v1.SignedStatement.statement"
                                                   ? std::make_unique<Statement>()
                                                   : nullptr;
                                      }};
  return plan;
}

bool IsTime(const Timestamp& time) {
  return time.seconds() <= 253'402'300'799 && time.nanos() >= 0 && time.nanos() < kSecond;
}

// Whether what one of the keys signed is to be believed.
bool Holds(const Key& key, const Statement& said, Nanoseconds now) {
  const Nanoseconds issued = Since1970(said.issue_time()), expires = Since1970(said.expire_time());
  const bool person = said.role() == contract::v1::ROLE_OFFICE || said.role() == contract::v1::ROLE_CHAIR ||
                      said.role() == contract::v1::ROLE_OPERATOR;
  return IsTime(said.issue_time()) && IsTime(said.expire_time()) && issued <= now + kSkew && now < expires &&
         expires - issued <= 300 * kSecond && person && !said.user().empty() && key.SignsAt(issued);
}

// Whether a statement is believed as a call carries it.
bool Believed(const std::string& carried, const Timestamp& now) {
  const auto verdict = Known().Verify(carried, absl::FromUnixSeconds(now.seconds()) + absl::Nanoseconds(now.nanos()));
  if (!verdict.ok()) {
    Require(absl::IsUnauthenticated(verdict.status()) && runtime::DetailOf(verdict.status()).reason == "STATEMENT",
            "a statement is refused in one way");
    return false;
  }
  SignedStatement statement;
  Statement said;
  Require(statement.ParseFromString(carried) && said.ParseFromString(statement.statement()),
          "what is believed can be read");
  Require(google::protobuf::util::MessageDifferencer::Equals(*verdict, said), "what is believed is what was signed");
  const runtime::Caller caller = runtime::CallerOf(*verdict, {contract::v1::ROLE_PORTAL, "web"});
  Require(caller.role == said.role() && caller.person == said.user(), "who calls is whom the statement speaks of");
  return true;
}

void CheckIncoming(const std::string& carried, const Timestamp& now) {
  if (!Believed(carried, now)) return;
  SignedStatement statement;
  statement.ParseFromString(carried);
  bool holds = false;
  for (const Key& key : Keys()) {
    const SignedStatement own = key.Sign(statement.statement());
    Statement said;
    holds |= own.key_id() == statement.key_id() && own.signature() == statement.signature() &&
             said.ParseFromString(statement.statement()) && Holds(key, said, Since1970(now));
  }
  Require(holds, "only what a known key signed is believed");
}

void CheckSigned(const std::string& bytes, const Timestamp& now) {
  Statement said;
  const bool readable = said.ParseFromString(bytes);
  for (const Key& key : Keys()) {
    const bool holds = readable && Holds(key, said, Since1970(now));
    Require(Believed(key.Sign(bytes).SerializeAsString(), now) == holds, "what a key signed is believed when it holds");
    if (readable)
      Require(Believed(key.Signer().Sign(said).SerializeAsString(), now) == holds, "the directory signs the same");
  }
  SignedStatement foreign = Stranger().Sign(bytes);
  Require(!Believed(foreign.SerializeAsString(), now), "a key that nobody published signs nothing");
  foreign.set_key_id(Keys()[0].id());
  Require(!Believed(foreign.SerializeAsString(), now), "nor does it under another's name");
}

void Try(Parts parts) {
  parts.resize(3);
  Timestamp now;
  if (!now.ParseFromString(parts[2])) return;
  CheckIncoming(parts[0], now);
  CheckSigned(parts[1], now);
}

}  // namespace
}  // namespace giaoban::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  giaoban::fuzz::Try(giaoban::fuzz::Split(data, size));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  return giaoban::fuzz::MutateParts(giaoban::fuzz::StatementPlan(), data, size, max_size, seed);
}
