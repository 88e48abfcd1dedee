// The tables of what is known of accounts beside their journal.
//
// account_secrets holds what no journal may, account_network where accounts were logged in to from.
#ifndef GIAOBAN_DIRECTORY_ACCOUNT_TABLES_H_
#define GIAOBAN_DIRECTORY_ACCOUNT_TABLES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
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
// From now on only codes of later steps count.
absl::Status UseStep(storage::Session& session, absl::string_view user, int64_t step);

// Keeps the newest `limit` networks of an account.
absl::Status WriteNetwork(storage::Session& session, absl::string_view user, absl::string_view network, absl::Time time,
                          size_t limit);
// Calls `visit` with each, oldest first.
absl::Status ReadAllNetworks(
    storage::Session& session,
    const std::function<void(const std::string& user, const std::string& network, absl::Time time)>& visit);

}  // namespace giaoban::directory

#endif  // GIAOBAN_DIRECTORY_ACCOUNT_TABLES_H_
