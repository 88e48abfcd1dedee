// Schemas in numbered versions, and which programs may use which.
//
// While a release is rolled out its processes and those of the release before work on one database, and whoever goes
// back starts an older program on a newer schema. The rule that makes both possible: a migration adds. New tables, new
// indexes, and new columns that may be left out (NULL, or a default) are nothing to an older program, since every
// statement names its columns. The processes that run go on while a newer one migrates.
//
// What an older program cannot live with is said by `oldest`: a column that is gone, or a table that everybody who
// writes has to keep up. It takes two releases. The first can do without the old and stops using it; the
// second takes it away, with `oldest` the version of the first. An older program then refuses to start. Those that run
// are not asked: the second release is rolled out when the first runs everywhere.
//
// In PostgreSQL a statement has 30 seconds, an index stops the table's writers while it is made, and a table that is
// altered stops everybody for a moment: a migration alters one such table, so that it waits for nobody who waits for
// it.
#ifndef GIAOBAN_STORAGE_MIGRATE_H_
#define GIAOBAN_STORAGE_MIGRATE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/shared/storage/store.h"

namespace giaoban::storage {

struct Migration {
  // One or more, separated by ';' (which may stand nowhere else). Never changed once released.
  absl::string_view statements;
  // The oldest version whose programs may go on using the database after this migration; 1: all.
  int64_t oldest = 1;
};

// Brings the schema up to date, one process at a time and each migration in a transaction. Migration n (from 1) is
// `migrations[n-1]` and makes version n. The version is kept in table schema_version by `name`, so that several
// libraries share a database, and what made it in table schema_migration.
// A newer version is left alone when it says that programs of this one may use it; otherwise FAILED_PRECONDITION with a
// sentence in Vietnamese and one in English.
absl::Status Migrate(Store& store, absl::string_view name, absl::Span<const Migration> migrations);

// Makes the two tables unless they are there.
absl::Status MakeVersionTables(Session& session);
// Runs statements as a migration has them.
absl::Status RunStatements(Session& session, absl::string_view statements);

}  // namespace giaoban::storage

#endif  // GIAOBAN_STORAGE_MIGRATE_H_
