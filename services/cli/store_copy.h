// Moving the stores of services between files and PostgreSQL.
#ifndef GIAOBAN_CLI_STORE_COPY_H_
#define GIAOBAN_CLI_STORE_COPY_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/shared/journal/journal.h"
#include "services/shared/storage/copy.h"

namespace giaoban::cli {

// Where stores are, and which way they go.
struct StoreMove {
  // Has the public keys DIR/<service>.key.pub, and files DIR/<service>.db.
  std::string directory;
  // A PostgreSQL database: a conninfo.
  std::string database;
  // From PostgreSQL into files instead of the other way.
  bool back = false;
};

// The services whose stores are where they would be taken from, in order of name. An audit log stays the file it is.
std::vector<std::string> StoresToMove(const StoreMove& move);

// One store that was moved: what was copied, and what the journal holds.
struct StoreMoved {
  storage::CopyReport copied;
  journal::VerifyReport verified;
};

// Verifies a store, copies it whole, and verifies the copy. The source is only read, and nobody else can open it
// meanwhile. Errors are for the person at the command line, in both languages: NOT_FOUND when it is not there,
// FAILED_PRECONDITION when a service has it open or it has yet to be started with this release, ALREADY_EXISTS when the
// other side is not empty, DATA_LOSS when either does not verify. A copy
// is one transaction: after an error the other side is empty as before, except that after UNAVAILABLE it may be
// complete. `progress` gets what is being done, in words for both languages, and how far it is.
using MoveProgress = std::function<void(absl::string_view vi, absl::string_view en, int64_t count)>;
absl::StatusOr<StoreMoved> MoveStore(const StoreMove& move, const std::string& service, const MoveProgress& progress);

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_STORE_COPY_H_
