#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/shared/storage/store.h"

namespace giaoban::storage {
namespace {

absl::StatusOr<int64_t> Version(Session& session, absl::string_view name) {
  int64_t version = 0;
  absl::Status status = session.Query("SELECT version FROM schema_version WHERE name = $1", {name},
                                      [&](const Row& row) { version = row.Integer(0); });
  if (!status.ok()) return status;
  return version;
}

absl::Status Apply(Session& session, absl::string_view name, absl::string_view migration, int64_t version) {
  for (absl::string_view statement : absl::StrSplit(migration, ';')) {
    statement = absl::StripAsciiWhitespace(statement);
    if (statement.empty()) continue;
    if (absl::Status status = session.Execute(statement); !status.ok()) {
      return absl::Status(status.code(), absl::StrCat("migration ", version, " of ", name, ": ", status.message()));
    }
  }
  return session.Execute(
      "INSERT INTO schema_version (name, version) VALUES ($1, $2) "
      "ON CONFLICT (name) DO UPDATE SET version = excluded.version",
      {name, version});
}

// Applies the next migration; `done` when there is none left.
absl::Status Step(Session& session, absl::string_view name, absl::Span<const absl::string_view> migrations,
                  bool& done) {
  const absl::StatusOr<int64_t> version = Version(session, name);
  if (!version.ok()) return version.status();
  const auto known = static_cast<int64_t>(migrations.size());
  if (*version > known) {
    return absl::FailedPreconditionError(absl::StrCat("the database has schema version ", *version, " of ", name,
                                                      "; this program knows versions up to ", known));
  }
  done = *version == known;
  return done ? absl::OkStatus() : Apply(session, name, migrations[static_cast<size_t>(*version)], *version + 1);
}

}  // namespace

absl::Status Migrate(Store& store, absl::string_view name, absl::Span<const absl::string_view> migrations) {
  absl::Status status = store.Write("", [](Session& session) {
    return session.Execute(
        "CREATE TABLE IF NOT EXISTS schema_version (name TEXT PRIMARY KEY, version BIGINT NOT NULL)");
  });
  for (bool done = false; status.ok() && !done;) {
    status = store.Write("", [&](Session& session) { return Step(session, name, migrations, done); });
  }
  return status;
}

}  // namespace giaoban::storage
