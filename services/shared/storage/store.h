// The storage seam: one SQL text, several engines. SQL uses TEXT, BIGINT and BYTEA,
// $1-style parameters, and only what SQLite 3.40 and PostgreSQL 15 both take. A sum of BIGINT is cast to BIGINT, or
// PostgreSQL makes it a NUMERIC. A table with a key and short rows (200 bytes at most) is declared with /* narrow */ at
// its end: in SQLite it is one tree then, and not one for the rows and one for the key.
#ifndef GIAOBAN_STORAGE_STORE_H_
#define GIAOBAN_STORAGE_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace giaoban::storage {

inline constexpr absl::string_view kNarrow = "/* narrow */";

// A byte string parameter. Views only: what it points to must outlive the call.
struct Bytes {
  absl::string_view data;
};

// A parameter: NULL, integer, text or bytes.
using Value = std::variant<std::monostate, int64_t, absl::string_view, Bytes>;

// One row of an answer, valid only inside the callback that gets it. Columns count
// from 0. Reading a column as another type than it holds is a programming error.
class Row {
 public:
  virtual ~Row() = default;
  virtual bool IsNull(int column) const = 0;
  virtual int64_t Integer(int column) const = 0;
  virtual absl::string_view Text(int column) const = 0;
  virtual absl::string_view Blob(int column) const = 0;
};

// One transaction in progress. Used by one thread at a time. A statement that fails
// spoils it: every later statement and the commit fail with the same status, so
// an error can be reported but not worked around (use ON CONFLICT).
class Session {
 public:
  virtual ~Session() = default;
  // Runs one statement; `row` is called for each row of the answer, in order.
  // ABORTED: another writer was in the way; UNAVAILABLE: the engine is gone;
  // RESOURCE_EXHAUSTED: no space; ALREADY_EXISTS: a key is taken; INTERNAL: everything
  // else. The statement is cached by the address-independent text of `sql`.
  virtual absl::Status Query(absl::string_view sql, absl::Span<const Value> parameters,
                             absl::FunctionRef<void(const Row&)> row) = 0;
  // Runs one statement that has no answer. Where the engine is far away it is sent with the next Query or the commit,
  // which then fails in its place.
  virtual absl::Status Execute(absl::string_view sql, absl::Span<const Value> parameters = {}) {
    return Query(sql, parameters, [](const Row&) {});
  }
  // Runs one statement whose answer will be needed. Where the engine is far away `row` is called within the next Query,
  // which fails in its place; so several answers are waited for once. `row` must not use the session.
  virtual absl::Status Ask(absl::string_view sql, absl::Span<const Value> parameters,
                           std::function<void(const Row&)> row) {
    return Query(sql, parameters, row);
  }
  // What to ask for all tables there are: table, column, type in lower case, and from 1 the place of the column in the
  // primary key (0: none), by table and then as declared.
  virtual absl::string_view catalogue() const = 0;
};

// A database. Thread-safe. Inside `work` no other transaction of the same sort may be
// begun: it would wait for itself.
class Store {
 public:
  virtual ~Store() = default;
  // Runs `work` in one read-write transaction and makes it durable: after OK the
  // changes survive the loss of power and, where the engine has synchronous standbys, of the machine; what `work` only
  // found does too. Anything but OK from `work` or the commit
  // leaves no trace, except that after UNAVAILABLE nobody knows: the connection may have gone while the commit was
  // under way. Writers of one cluster wait for each other, in whatever process they are, and see all that those
  // before them did; `work` touches rows of this cluster only, as in "" rows of no cluster.
  virtual absl::Status Write(absl::string_view cluster, absl::FunctionRef<absl::Status(Session&)> work) = 0;
  // Runs `work` against one consistent snapshot. Never waits for writers.
  virtual absl::Status Read(absl::FunctionRef<absl::Status(Session&)> work) const = 0;

  // Tells every process that has the database open, this one included, something short (at most 1000 bytes). Not
  // durable and not certain. Nothing where only one process can have it open.
  virtual void Announce(absl::string_view message) = 0;
  // Calls `heard` with each message announced, and with nullopt whenever some may have been missed, about once a second
  // in any case, from a thread of its own, until the handle is gone. Null where only one process can have it open.
  using Heard = std::function<void(std::optional<absl::string_view>)>;
  virtual std::shared_ptr<void> Listen(Heard heard) = 0;

  // How long it may take until an engine that was UNAVAILABLE is back by itself, such as after a change of the primary;
  // zero where waiting does not help.
  virtual absl::Duration recovery() const = 0;
  // Whether the process that had it open before ended without closing it, as in a crash; false where a server sees to
  // that.
  virtual bool interrupted() const = 0;
  // "sqlite", "postgres": the engine label of metrics.
  virtual absl::string_view engine() const = 0;
};

// Opens or creates a SQLite database in WAL mode with synchronous FULL. The file is
// locked for this process: a second writer process gets FAILED_PRECONDITION with
// a sentence that names the file. One that was not closed is looked through first: DATA_LOSS when pages of it do not
// fit each other.
absl::StatusOr<std::unique_ptr<Store>> OpenSqlite(const std::string& path);

// Opens an existing SQLite database for reading only; the process that owns it may be
// running.
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteReadOnly(const std::string& path);

// Opens a database of its own for `schema` (a name in lower case) in a PostgreSQL database that is there, and makes the
// schema when it is missing. Any number of processes may open it. `conninfo` is what libpq takes
// ("host=/run/postgresql dbname=giaoban", "postgresql://db1,db2/giaoban?passfile=…"). Unless it says otherwise the
// server must prove its name (sslmode=verify-full) and take writes (target_session_attrs=read-write), so that several
// hosts may be named. FAILED_PRECONDITION for a connection that is neither encrypted nor a local socket, and for a
// password in conninfo: others read command lines.
absl::StatusOr<std::unique_ptr<Store>> OpenPostgres(const std::string& conninfo, const std::string& schema);

// The same for reading only, from any server of the database. NOT_FOUND when there is no such schema.
absl::StatusOr<std::unique_ptr<Store>> OpenPostgresReadOnly(const std::string& conninfo, const std::string& schema);

// The store of a service: schema `name` of the PostgreSQL database `database` (a conninfo), or when that is empty the
// SQLite file `folder`/`name`.db.
absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& database, const std::string& folder,
                                            const std::string& name);

// The same for reading only, while services use it: their file, or any server of the database, a standby too. NOT_FOUND
// when it is not there.
absl::StatusOr<std::unique_ptr<Store>> OpenReadOnly(const std::string& database, const std::string& folder,
                                                    const std::string& name);

// Opens one that is there for its only user: FAILED_PRECONDITION while another process has it open for writing, which
// none can as long as this one has. NOT_FOUND when it is not there.
absl::StatusOr<std::unique_ptr<Store>> OpenAlone(const std::string& database, const std::string& folder,
                                                 const std::string& name);

}  // namespace giaoban::storage

#endif  // GIAOBAN_STORAGE_STORE_H_
