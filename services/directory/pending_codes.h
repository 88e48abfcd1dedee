// Secrets of one-time codes that were given out and not confirmed yet.
#ifndef GIAOBAN_DIRECTORY_PENDING_CODES_H_
#define GIAOBAN_DIRECTORY_PENDING_CODES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/shared/storage/store.h"

namespace giaoban::directory {

// In a table, so that whichever process is asked knows them; one for each account at most. Thread-safe; does not look
// at a clock.
class PendingCodes {
 public:
  // The store has the tables of accounts, and must outlive this.
  explicit PendingCodes(storage::Store& store) : store_(store) {}

  // How long one waits to be confirmed.
  static constexpr absl::Duration kLife = absl::Minutes(10);

  struct Confirmed {
    std::string secret;
    // Of the code it was confirmed with.
    int64_t step = 0;
  };

  // This secret is the one given last.
  absl::Status Begin(const std::string& user, const std::string& secret, absl::Time now);
  // FAILED_PRECONDITION when none was given within kLife; INVALID_ARGUMENT when the code is not of it. May be repeated
  // until End.
  absl::StatusOr<Confirmed> Confirm(const std::string& user, const std::string& code, absl::Time now) const;
  absl::Status End(const std::string& user);

 private:
  storage::Store& store_;
};

}  // namespace giaoban::directory

#endif  // GIAOBAN_DIRECTORY_PENDING_CODES_H_
