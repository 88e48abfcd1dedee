#include "services/shared/audit/event_table.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/util/time_util.h"
#include "services/shared/runtime/status.h"
#include "services/shared/storage/migrate.h"

namespace giaoban::audit {
namespace {

using google::protobuf::util::TimeUtil;
using storage::Row;
using storage::Session;
using storage::Value;

// Time is in microseconds of Unix time. Each index gives its events in the order of the list.
constexpr storage::Migration kMigrations[] = {{R"sql(
  CREATE TABLE event (
    position BIGINT NOT NULL PRIMARY KEY,
    time BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    actor TEXT NOT NULL,
    person TEXT NOT NULL
  );
  CREATE INDEX event_time ON event (time, position);
  CREATE INDEX event_kind ON event (kind, time, position);
  CREATE INDEX event_actor ON event (actor, time, position);
  CREATE INDEX event_person ON event (person, time, position)
)sql"}};

// What must hold of a row, with its parameters.
class Conditions {
 public:
  // `text` ends before the parameter: "kind =".
  void Add(absl::string_view text, Value value) { texts_.push_back(absl::StrCat(text, " ", Parameter(value))); }
  void AddBefore(int64_t time, int64_t position) {
    const std::string first = Parameter(time), second = Parameter(position);
    texts_.push_back(absl::StrCat("(time, position) < (", first, ", ", second, ")"));
  }
  // "$3"
  std::string Parameter(Value value) {
    values_.push_back(value);
    return absl::StrCat("$", values_.size());
  }
  std::string Where() const { return texts_.empty() ? "" : absl::StrCat(" WHERE ", absl::StrJoin(texts_, " AND ")); }
  const std::vector<Value>& values() const { return values_; }

 private:
  std::vector<std::string> texts_;
  std::vector<Value> values_;
};

Conditions ConditionsOf(const v1::ListEventsRequest& request) {
  Conditions conditions;
  if (request.has_since()) conditions.Add("time >=", TimeUtil::TimestampToMicroseconds(request.since()));
  if (request.has_until()) conditions.Add("time <", TimeUtil::TimestampToMicroseconds(request.until()));
  if (request.kind() != v1::EVENT_KIND_UNSPECIFIED) conditions.Add("kind =", int64_t{request.kind()});
  if (!request.actor().empty()) conditions.Add("actor =", absl::string_view(request.actor()));
  if (!request.person().empty()) conditions.Add("person =", absl::string_view(request.person()));
  return conditions;
}

absl::StatusOr<int64_t> TimeAt(Session& session, int64_t position) {
  std::optional<int64_t> time;
  absl::Status status = session.Query("SELECT time FROM event WHERE position = $1", {position},
                                      [&](const Row& row) { time = row.Integer(0); });
  if (!status.ok()) return status;
  if (time.has_value()) return *time;
  return runtime::Error(absl::StatusCode::kInvalidArgument, "page_token is not the next_page_token of an answer",
                        {.reason = "REQUEST_MALFORMED",
                         .vietnamese = "Mã trang (page_token) không phải do danh sách này trả về ở trang trước."});
}

}  // namespace

absl::Status MigrateEvents(storage::Store& store) { return storage::Migrate(store, "audit", kMigrations); }

absl::Status InsertEvent(Session& session, int64_t position, const v1::Event& event) {
  return session.Execute("INSERT INTO event (position, time, kind, actor, person) VALUES ($1, $2, $3, $4, $5)",
                         {position, TimeUtil::TimestampToMicroseconds(event.time()), int64_t{event.kind()},
                          event.actor(), event.origin().person()});
}

absl::StatusOr<std::vector<int64_t>> FindEvents(Session& session, const v1::ListEventsRequest& request, int64_t after,
                                                int64_t limit) {
  Conditions conditions = ConditionsOf(request);
  if (after != 0) {
    const absl::StatusOr<int64_t> time = TimeAt(session, after);
    if (!time.ok()) return time.status();
    conditions.AddBefore(*time, after);
  }
  std::vector<int64_t> positions;
  const std::string where = conditions.Where(), most = conditions.Parameter(limit);
  absl::Status status = session.Query(
      absl::StrCat("SELECT position FROM event", where, " ORDER BY time DESC, position DESC LIMIT ", most),
      conditions.values(), [&](const Row& row) { positions.push_back(row.Integer(0)); });
  if (!status.ok()) return status;
  return positions;
}

}  // namespace giaoban::audit
