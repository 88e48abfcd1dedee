// People's accounts: their journal, what it says, and their secrets.
#ifndef GIAOBAN_DIRECTORY_ACCOUNTS_H_
#define GIAOBAN_DIRECTORY_ACCOUNTS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "giaoban/directory/v1/accounts.pb.h"
#include "services/shared/journal/journal.h"
#include "services/shared/journal/tail.h"
#include "services/shared/storage/store.h"

namespace giaoban::directory {

// The journal of the accounts: it stands beside the directory's own and is handed out to nobody.
inline constexpr char kAccountsJournal[] = "accounts";

// What is in no journal. Kept in a table of its own, pinned by AccountEvent.secrets_digest.
struct Secrets {
  // See HashPassword; empty for an account that is not there.
  std::string password_hash;
  // Of one-time codes; empty when none are asked for.
  std::string code_secret;
  // Step of the code used last.
  int64_t code_step = 0;
};

// An account as its journal says.
struct AccountRecord {
  v1::Account account;
  // Of the secrets that hold.
  std::string secrets_digest;
  // Entry that ended the sessions there were: the last one that made, reset or disabled the account or changed its
  // password.
  int64_t sessions_since = 0;
};

// What is to happen to an account.
struct AccountChange {
  // Everything but `time` and `secrets_digest`. `actor` and `request_id` name the request.
  v1::AccountEvent event;
  std::string request_id;
  // The secrets from then on; nullopt: as they are.
  std::optional<Secrets> secrets = std::nullopt;
  // ABORTED when the account's secrets are others by then; empty: whichever they are.
  std::string secrets_digest = {};
};

// Thread-safe.
class Accounts {
 public:
  struct Recorded {
    AccountRecord record;
    // An earlier call with the same request did it.
    bool replayed = false;
  };
  // Gets the outcome once; must not block.
  using Done = absl::AnyInvocable<void(absl::StatusOr<Recorded>)>;
  // Networks an account was logged in to from that are remembered.
  static constexpr size_t kNetworks = 8;

  // Reads the whole journal. Both must outlive the accounts.
  static absl::StatusOr<std::unique_ptr<Accounts>> Open(storage::Store& store, journal::Journal& journal);

  std::optional<AccountRecord> Find(const std::string& user) const;
  // Accounts after this user name, by user name.
  absl::StatusOr<std::vector<v1::Account>> List(const std::string& after, size_t limit) const;
  // Whether the account was logged in to from this network (Address::network) before; false when that cannot be read.
  bool Knows(const std::string& user, const std::string& network) const;

  // The account's secrets, from the database; empty ones, after the same work, for an account that is not there, and
  // for secrets that are not those its journal says, which is logged as an error.
  absl::StatusOr<Secrets> Read(const std::string& user);

  // Records a change: ALREADY_EXISTS for a user name that is taken, NOT_FOUND for one that is not.
  void Record(AccountChange change, Done done);

  // Remembers that somebody logged in, and with a code of which step; durable after OK. False, and nothing is
  // remembered, when a code of this or a later step was used meanwhile.
  absl::StatusOr<bool> LoggedIn(const std::string& user, const std::string& network, std::optional<int64_t> code_step,
                                absl::Time now);

 private:
  Accounts(storage::Store& store, journal::Journal& journal);
  absl::Status Apply(const report::v1::Entry& entry);
  // The digest of the secrets after a change that can be made.
  absl::StatusOr<std::string> Decide(const AccountChange& change);
  absl::StatusOr<Recorded> Take(const std::string& user, absl::StatusOr<journal::Committed> committed);

  storage::Store& store_;
  journal::Journal& journal_;
  mutable absl::Mutex mutex_;
  std::map<std::string, AccountRecord> records_ ABSL_GUARDED_BY(mutex_);
  // Whose secrets are being changed: those in the database may be ahead of what the journal was read to say.
  std::set<std::string> changing_ ABSL_GUARDED_BY(mutex_);
  // Keeps the records as all processes left them. Last: its calls use what is above.
  journal::Tail tail_;
};

// SHA-256(password hash ‖ 0x00 ‖ code secret).
std::string DigestOf(const Secrets& secrets);

}  // namespace giaoban::directory

#endif  // GIAOBAN_DIRECTORY_ACCOUNTS_H_
