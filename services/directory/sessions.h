// Sessions of people: a log-in, and what is signed of it until it ends.
#ifndef GIAOBAN_DIRECTORY_SESSIONS_H_
#define GIAOBAN_DIRECTORY_SESSIONS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "giaoban/directory/v1/accounts.pb.h"
#include "services/directory/accounts.h"
#include "services/directory/statement_key.h"
#include "services/shared/runtime/environment.h"

namespace giaoban::directory {

// How long a session lasts at most.
inline constexpr absl::Duration kSessionLife = absl::Hours(12);

// Nothing is kept of a session: its statement says all of it. Thread-safe. The arguments must outlive it.
class Sessions {
 public:
  Sessions(const Accounts& accounts, const StatementKey& key, const runtime::Environment& environment)
      : accounts_(accounts), key_(key), environment_(environment) {}

  // A new session of somebody who logged in from this address.
  v1::SignedStatement Begin(const AccountRecord& record, const std::string& address) const;

  // The same session, signed anew. UNAUTHENTICATED with the reason STATEMENT for one that is not believed, and SESSION
  // for one that ended: see RenewStatement.
  absl::StatusOr<v1::SignedStatement> Renew(const v1::SignedStatement& statement) const;

  // The account of a statement that was believed; UNAUTHENTICATED with the reason SESSION when its session ended.
  absl::StatusOr<AccountRecord> AccountOf(const v1::SignedStatement& signed_statement,
                                          const v1::Statement& statement) const;

 private:
  v1::SignedStatement Sign(v1::Statement statement) const;

  const Accounts& accounts_;
  const StatementKey& key_;
  const runtime::Environment environment_;
};

}  // namespace giaoban::directory

#endif  // GIAOBAN_DIRECTORY_SESSIONS_H_
