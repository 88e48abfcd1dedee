#include "services/cli/record_event.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/util/json_util.h"
#include "services/cli/errors.h"
#include "services/shared/journal/signer.h"

namespace giaoban::cli {
namespace {

absl::Status FileError(const std::string& path, absl::string_view what) {
  return UsageError(absl::StrCat("tệp ", path, " không đọc được: ", what),
                    absl::StrCat("cannot read the file ", path, ": ", what));
}

}  // namespace

absl::StatusOr<report::v1::Entry> RecordEvent(Connection& connection, const directory::v1::Event& event,
                                              const std::string& request_id) {
  if (event.has_organisation()) {
    directory::v1::RecordOrganisationEventRequest request;
    *request.mutable_event() = event.organisation();
    request.set_request_id(request_id);
    directory::v1::RecordOrganisationEventResponse response;
    if (absl::Status status = connection.Call(request, &response); !status.ok()) return status;
    return response.entry();
  }
  directory::v1::RecordPeriodEventRequest request;
  *request.mutable_event() = event.period();
  request.set_request_id(request_id);
  directory::v1::RecordPeriodEventResponse response;
  if (absl::Status status = connection.Call(request, &response); !status.ok()) return status;
  return response.entry();
}

absl::StatusOr<int> RecordAndPrint(const Context& context, const directory::v1::Event& event) {
  const std::string request_id = RequestIdOf(context);
  const absl::StatusOr<report::v1::Entry> entry = RecordEvent(context.connection, event, request_id);
  if (!entry.ok()) return entry.status();
  const Console& console = context.console;
  if (console.text()) {
    console.out << console.In("đã ghi, vị trí ", "recorded, position ") << entry->position() << "\n"
                << "  request_id " << request_id << std::endl;
    return kExitDone;
  }
  if (console.json()) {
    console.Print(
        Json{{"position", entry->position()}, {"hash", console.Hash(entry->hash()).plain}, {"requestId", request_id}});
    return kExitDone;
  }
  Table table({{"position", ""}, {"hash", ""}, {"request_id", ""}});
  table.Add({Number(entry->position()), console.Hash(entry->hash()), Text(request_id)});
  console.Print(table);
  return kExitDone;
}

std::string RequestIdFor(const directory::v1::Event& event) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    event.SerializeToCodedStream(&coded);
  }
  return journal::Hex(journal::Sha256({bytes})).substr(0, 40);
}

absl::StatusOr<std::vector<directory::v1::Event>> ReadEvents(const std::string& path) {
  std::ifstream file(path);
  if (!file) return FileError(path, "no such file");
  const Json list = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!list.is_array()) return FileError(path, "not a JSON list");
  std::vector<directory::v1::Event> events;
  for (const Json& item : list) {
    directory::v1::Event& event = events.emplace_back();
    const auto status = google::protobuf::util::JsonStringToMessage(item.dump(), &event);
    if (!status.ok()) {
      return FileError(path, absl::StrCat("event ", events.size(), ": ", std::string(status.message())));
    }
    if (!event.has_organisation() && !event.has_period()) {
      return FileError(path, absl::StrCat("event ", events.size(), " is neither organisation nor period"));
    }
  }
  return events;
}

}  // namespace giaoban::cli
