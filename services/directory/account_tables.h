// The tables of what is known of accounts beside their journal.
//
// account_secrets holds what no journal may, account_network where accounts were logged in to from,
// account_pending_code secrets that were given out and not confirmed yet.
#ifndef GIAOBAN_DIRECTORY_ACCOUNT_TABLES_H_
#define GIAOBAN_DIRECTORY_ACCOUNT_TABLES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/directory/accounts.h"
#include "services/shared/storage/store.h"

namespace giaoban::directory {

absl::Status MigrateAccountTables(storage::Store& store);

// Empty ones when there are none.
absl::StatusOr<Secrets> ReadSecrets(storage::Session& session, absl::string_view user);
absl::Status WriteSecrets(storage::Session& session, absl::string_view user, const Secrets& secrets);
// From now on only codes of later steps count; `used` is false when that is so already.
absl::Status UseStep(storage::Session& session, absl::string_view user, int64_t step, bool& used);

// Keeps the newest `limit` networks of an account.
absl::Status WriteNetwork(storage::Session& session, absl::string_view user, absl::string_view network, absl::Time time,
                          size_t limit);
absl::Status FindNetwork(storage::Session& session, absl::string_view user, absl::string_view network, bool& found);
// Says when the account was last logged in to.
absl::Status ReadLogIn(storage::Session& session, v1::Account& account);

// The secret of one-time codes given to an account last and not confirmed yet, and when; empty when there is none.
struct PendingCode {
  std::string secret;
  absl::Time given;
};
absl::StatusOr<PendingCode> ReadPendingCode(storage::Session& session, absl::string_view user);
absl::Status WritePendingCode(storage::Session& session, absl::string_view user, const PendingCode& code);
absl::Status DeletePendingCode(storage::Session& session, absl::string_view user);

}  // namespace giaoban::directory

#endif  // GIAOBAN_DIRECTORY_ACCOUNT_TABLES_H_
