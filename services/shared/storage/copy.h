// Moving a whole database from one engine to another.
#ifndef GIAOBAN_STORAGE_COPY_H_
#define GIAOBAN_STORAGE_COPY_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/shared/storage/store.h"

namespace giaoban::storage {

// What was copied, the tables of migrate.h included.
struct CopyReport {
  int64_t tables = 0;
  int64_t rows = 0;
};

// Makes `to`, which must be empty, what `from` is in one snapshot: the same migrations, then every row of every table.
// All of it is one transaction, in which each row is compared with what the engine has stored for it, and each table
// counted.
// Nobody may write to `from` from here until `to` has taken its place. `progress` is called now and then with the rows
// done so far.
// ALREADY_EXISTS when `to` has a table; FAILED_PRECONDITION when nothing says which migrations made `from`, as before
// the first start of a program that records them; DATA_LOSS when something arrived differently.
absl::StatusOr<CopyReport> Copy(const Store& from, Store& to, std::function<void(int64_t)> progress);

}  // namespace giaoban::storage

#endif  // GIAOBAN_STORAGE_COPY_H_
