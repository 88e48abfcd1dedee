// For tests: a database of a test's own, on whichever engine the test runs.
#ifndef GIAOBAN_TESTS_STORAGE_TEST_DATABASE_H_
#define GIAOBAN_TESTS_STORAGE_TEST_DATABASE_H_

#include <cstdlib>
#include <functional>
#include <string>

#include "absl/strings/str_cat.h"

namespace giaoban::storage {

// What storage::Open takes: empty for SQLite, or the conninfo of a database that belongs to this folder, made when it
// is missing, of the server that tests/storage/postgres.py runs around the test.
inline std::string TestDatabase(const std::string& folder) {
  const char* server = std::getenv("GIAOBAN_POSTGRES");
  if (server == nullptr) return "";
  const std::string name = absl::StrCat("test", std::hash<std::string>()(folder));
  const std::string create = absl::StrCat("psql --quiet --no-psqlrc --command='CREATE DATABASE ", name, "' '", server,
                                          "' 2>&1 | grep -v 'already exists' >&2");
  // The status is grep's: nothing was left to say.
  if (std::system(create.c_str()) == 0) std::abort();
  return absl::StrCat(server, " dbname=", name);
}

}  // namespace giaoban::storage

#endif  // GIAOBAN_TESTS_STORAGE_TEST_DATABASE_H_
