#include "services/shared/clusters/follower.h"

#include <utility>

#include "google/protobuf/util/time_util.h"
#include "services/shared/runtime/client.h"
#include "services/shared/runtime/status.h"

namespace giaoban::clusters {

namespace {

using google::protobuf::util::TimeUtil;

absl::Time TimeOf(const directory::v1::Event& event) {
  return absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(event.time()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Follower>> Follower::Make(const runtime::Environment& environment,
                                                         const std::string& service, View& view,
                                                         std::function<void()> changed) {
  const auto channel = runtime::Connect(*environment.credentials, "directory");
  if (!channel.ok()) return channel.status();
  std::unique_ptr<Follower> follower(new Follower);
  runtime::FeedFollower::Options options{.service = service,
                                         .feed = "directory",
                                         .method = "/giaoban.directory.v1.DirectoryService/Watch",
                                         .credentials = environment.credentials};
  options.request = [&view, &heard = follower->heard_] {
    directory::v1::WatchRequest request;
    request.set_after(view.position());
    request.set_past_only(!heard);
    return request.SerializeAsString();
  };
  options.ended = [&heard = follower->heard_](const absl::Status& status) {
    if (status.ok()) heard = true;
  };
  options.take = [&view, &keys = environment.statement_keys,
                  changed = std::move(changed)](const report::v1::Entry& entry) -> absl::StatusOr<absl::Time> {
    directory::v1::Event event;
    if (!event.ParseFromString(entry.body())) return absl::InternalError("a directory event cannot be read");
    if (event.has_statement_key()) keys.Publish(event.statement_key(), TimeOf(event));
    view.Apply(entry.position(), event);
    changed();
    return TimeOf(event);
  };
  follower->feed_ = std::make_unique<runtime::FeedFollower>(std::move(options), environment.metrics);
  return follower;
}

absl::Status Follower::Ready() const {
  if (heard_) return absl::OkStatus();
  return runtime::Error(absl::StatusCode::kUnavailable, "the directory has not been read to its end yet",
                        {.reason = "STARTING",
                         .vietnamese = "Dịch vụ đang khởi động, chưa đọc xong danh bạ; đề nghị thử lại sau giây lát.",
                         .retry = absl::Seconds(1)});
}

}  // namespace giaoban::clusters
