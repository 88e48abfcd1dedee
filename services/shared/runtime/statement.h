// Statements about people: how the directory signs one, and who believes it.
#ifndef GIAOBAN_RUNTIME_STATEMENT_H_
#define GIAOBAN_RUNTIME_STATEMENT_H_

#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "giaoban/directory/v1/accounts.pb.h"
#include "giaoban/directory/v1/directory.pb.h"
#include "services/shared/runtime/identity.h"

namespace giaoban::runtime {

// The metadata of a call that carries one.
inline constexpr char kStatementMetadata[] = "giaoban-statement-bin";
// How far clocks may differ.
inline constexpr absl::Duration kClockSkew = absl::Seconds(30);
// How long a statement is believed at most.
inline constexpr absl::Duration kStatementLife = absl::Minutes(5);

// A signing key: Ed25519, 64-byte secret as libsodium has it.
class StatementSigner {
 public:
  explicit StatementSigner(std::string secret);
  ~StatementSigner();
  StatementSigner(StatementSigner&&) noexcept = default;
  StatementSigner& operator=(StatementSigner&&) noexcept = default;

  directory::v1::SignedStatement Sign(const directory::v1::Statement& statement) const;
  // What the directory publishes of it.
  directory::v1::StatementKeyPublished published() const;

 private:
  std::string secret_;
};

// What a public key is called: see StatementKeyPublished.key_id.
std::string StatementKeyId(absl::string_view public_key);

// The public keys the directory has published. Thread-safe.
class StatementKeys {
 public:
  // Takes in a key published at `time`; one known already is ignored, so a feed may be repeated. The keys that end with
  // it end there.
  void Publish(const directory::v1::StatementKeyPublished& key, absl::Time time);

  // Whether a key was published, and whether it has not ended since.
  bool IsKnown(const std::string& key_id) const;
  bool IsInUse(const std::string& key_id) const;

  // The statement, when it can be believed at `now`: UNAUTHENTICATED, with the reason STATEMENT, for anything
  // malformed, not signed by a known key, signed before the key was published or after it ended (by its issue time,
  // give or take kClockSkew), not yet or no longer valid, valid for longer than kStatementLife, or of somebody who is
  // no person: without a user name, or with another role than office, chair and operator.
  absl::StatusOr<directory::v1::Statement> Verify(const directory::v1::SignedStatement& statement,
                                                  absl::Time now) const;
  absl::StatusOr<directory::v1::Statement> Verify(absl::string_view serialised, absl::Time now) const;

 private:
  struct Key {
    std::string public_key;
    absl::Time from;
    absl::Time until = absl::InfiniteFuture();
  };
  mutable absl::Mutex mutex_;
  std::map<std::string, Key> keys_ ABSL_GUARDED_BY(mutex_);
};

// Whom a statement speaks of, as a caller. Only for a statement that was verified.
Caller CallerOf(const directory::v1::Statement& statement, const Identity& carrier);

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_STATEMENT_H_
