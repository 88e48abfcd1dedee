#include "services/shared/storage/migrate.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace giaoban::storage {
namespace {

using Migrations = absl::Span<const Migration>;

absl::StatusOr<int64_t> Number(Session& session, absl::string_view sql, absl::string_view name) {
  int64_t number = 0;
  absl::Status status = session.Query(sql, {name}, [&](const Row& row) { number = row.Integer(0); });
  if (!status.ok()) return status;
  return number;
}

absl::StatusOr<int64_t> Version(Session& session, absl::string_view name) {
  return Number(session, "SELECT version FROM schema_version WHERE name = $1", name);
}

absl::Status Record(Session& session, absl::string_view name, int64_t version, const Migration& migration) {
  return session.Execute(
      "INSERT INTO schema_migration (name, version, oldest, statements) VALUES ($1, $2, $3, $4) "
      "ON CONFLICT (name, version) DO NOTHING",
      {name, version, migration.oldest, migration.statements});
}

// What was applied by programs that kept the version only.
absl::Status RecordApplied(Session& session, absl::string_view name, Migrations migrations) {
  const absl::StatusOr<int64_t> version = Version(session, name);
  absl::Status status = version.status();
  for (int64_t each = 1; status.ok() && each <= std::min<int64_t>(*version, migrations.size()); ++each) {
    status = Record(session, name, each, migrations[static_cast<size_t>(each - 1)]);
  }
  return status;
}

absl::Status Apply(Session& session, absl::string_view name, const Migration& migration, int64_t version) {
  absl::Status status = RunStatements(session, migration.statements);
  if (!status.ok()) {
    return absl::Status(status.code(), absl::StrCat("migration ", version, " of ", name, ": ", status.message()));
  }
  status = Record(session, name, version, migration);
  if (!status.ok()) return status;
  return session.Execute(
      "INSERT INTO schema_version (name, version) VALUES ($1, $2) "
      "ON CONFLICT (name) DO UPDATE SET version = excluded.version",
      {name, version});
}

// Whether a program that knows versions up to `known` may use this newer one.
absl::Status CheckNewer(Session& session, absl::string_view name, int64_t version, int64_t known) {
  const absl::StatusOr<int64_t> oldest =
      Number(session, "SELECT max(oldest) FROM schema_migration WHERE name = $1", name);
  if (!oldest.ok() || *oldest <= known) return oldest.status();
  return absl::FailedPreconditionError(absl::StrCat(
      "Cơ sở dữ liệu đã ở phiên bản lược đồ ", version, " của ", name,
      ", chỉ dùng được với chương trình biết từ phiên bản ", *oldest, "; chương trình này chỉ biết đến phiên bản ",
      known, ". Hãy dùng bản phát hành mới hơn.\n", "the database has schema version ", version, " of ", name,
      ", which takes programs that know version ", *oldest, "; this one knows versions up to ", known,
      ": use a newer release"));
}

// Applies the next migration; `done` when there is none left.
absl::Status Step(Session& session, absl::string_view name, Migrations migrations, bool& done) {
  const absl::StatusOr<int64_t> version = Version(session, name);
  if (!version.ok()) return version.status();
  const auto known = static_cast<int64_t>(migrations.size());
  done = *version >= known;
  if (*version > known) return CheckNewer(session, name, *version, known);
  return done ? absl::OkStatus() : Apply(session, name, migrations[static_cast<size_t>(*version)], *version + 1);
}

}  // namespace

absl::Status MakeVersionTables(Session& session) {
  absl::Status status =
      session.Execute("CREATE TABLE IF NOT EXISTS schema_version (name TEXT PRIMARY KEY, version BIGINT NOT NULL)");
  if (!status.ok()) return status;
  return session.Execute(
      "CREATE TABLE IF NOT EXISTS schema_migration (name TEXT NOT NULL, version BIGINT NOT NULL, "
      "oldest BIGINT NOT NULL, statements TEXT NOT NULL, PRIMARY KEY (name, version))");
}

absl::Status RunStatements(Session& session, absl::string_view statements) {
  for (absl::string_view statement : absl::StrSplit(statements, ';')) {
    statement = absl::StripAsciiWhitespace(statement);
    if (statement.empty()) continue;
    // Not with the next one: it is to be said which failed.
    if (absl::Status status = session.Query(statement, {}, [](const Row&) {}); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Migrate(Store& store, absl::string_view name, Migrations migrations) {
  absl::Status status = store.Write("", [&](Session& session) {
    absl::Status made = MakeVersionTables(session);
    return made.ok() ? RecordApplied(session, name, migrations) : made;
  });
  for (bool done = false; status.ok() && !done;) {
    status = store.Write("", [&](Session& session) { return Step(session, name, migrations, done); });
  }
  return status;
}

}  // namespace giaoban::storage
