#include "services/directory/directory.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "giaoban/directory/v1/directory.grpc.pb.h"
#include "google/protobuf/util/time_util.h"
#include "services/directory/account_service.h"
#include "services/directory/register.h"
#include "services/shared/runtime/call.h"
#include "services/shared/runtime/fields.h"
#include "services/shared/runtime/page_token.h"
#include "services/shared/runtime/write_stream.h"

namespace giaoban::directory {
namespace {

using contract::VietnamTime;
using google::protobuf::util::TimeUtil;

constexpr char kClusters[] = "clusters";

class Service final : public v1::DirectoryService::CallbackService {
 public:
  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  Service(const runtime::Environment& environment, Register& directory, runtime::StreamRegistry& streams)
      : environment_(environment), register_(directory), streams_(streams) {}

  Reactor* RecordOrganisationEvent(Context* context, const v1::RecordOrganisationEventRequest* request,
                                   v1::RecordOrganisationEventResponse* response) override {
    v1::Event event;
    *event.mutable_organisation() = request->event();
    return Record(context, request->request_id(), std::move(event), response);
  }

  Reactor* RecordPeriodEvent(Context* context, const v1::RecordPeriodEventRequest* request,
                             v1::RecordPeriodEventResponse* response) override {
    const runtime::Caller caller = runtime::CallerOf(*context);
    const absl::CivilDay today = absl::ToCivilDay(register_.Now(), VietnamTime());
    if (caller.role == contract::v1::ROLE_CHAIR &&
        register_.view().Chair(request->event().cluster(), today) != caller.name) {
      return runtime::Finish(context, runtime::Denied());
    }
    v1::Event event;
    *event.mutable_period() = request->event();
    return Record(context, request->request_id(), std::move(event), response);
  }

  Reactor* GetCluster(Context* context, const v1::GetClusterRequest* request,
                      v1::GetClusterResponse* response) override {
    absl::StatusOr<absl::CivilDay> on = absl::ToCivilDay(register_.Now(), VietnamTime());
    if (!request->on().empty()) on = runtime::ParseDay(request->on());
    if (!on.ok()) return runtime::Finish(context, on.status());
    if (absl::Status status = runtime::CheckTime(request->as_of()); !status.ok()) {
      return runtime::Finish(context, status);
    }
    const absl::Time as_of = request->has_as_of()
                                 ? absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(request->as_of()))
                                 : absl::InfiniteFuture();
    auto cluster = register_.Cluster(request->cluster(), *on, as_of);
    if (cluster.ok()) *response = *std::move(cluster);
    return runtime::Finish(context, cluster.status());
  }

  Reactor* ListClusters(Context* context, const v1::ListClustersRequest* request,
                        v1::ListClustersResponse* response) override {
    const auto size = runtime::PageSize(request->page_size(), environment_.limits, environment_.metrics);
    if (!size.ok()) return runtime::Finish(context, size.status());
    const auto after = runtime::PlaceOf(kClusters, request->page_token());
    if (!after.ok()) return runtime::Finish(context, after.status());
    const std::vector<std::string> names = register_.view().Clusters();
    auto next = std::upper_bound(names.begin(), names.end(), *after);
    for (; next != names.end() && response->clusters_size() < *size; ++next) {
      *response->add_clusters() = register_.ClusterToday(*next);
    }
    if (next != names.end()) response->set_next_page_token(runtime::PageToken(kClusters, *std::prev(next)));
    return runtime::Finish(context, absl::OkStatus());
  }

  Reactor* GetLineage(Context* context, const v1::GetLineageRequest* request,
                      v1::GetLineageResponse* response) override {
    auto events = register_.Lineage(request->bloc());
    if (!events.ok()) return runtime::Finish(context, events.status());
    for (v1::OrganisationEvent& event : *events) *response->add_events() = std::move(event);
    return runtime::Finish(context, absl::OkStatus());
  }

  grpc::ServerWriteReactor<v1::WatchResponse>* Watch(Context* context, const v1::WatchRequest* request) override {
    using Stream = runtime::WriteStream<v1::WatchResponse>;
    if (absl::Status valid = runtime::CheckPosition(request->after()); !valid.ok()) {
      return Stream::Start(streams_, context, [valid](v1::WatchResponse*) { return valid; });
    }
    auto feed = register_.Follow(request->after());
    auto* stream = Stream::Start(
        streams_, context,
        [feed = feed.get()](v1::WatchResponse* response) -> absl::StatusOr<bool> {
          auto entry = feed->Next();
          if (!entry.ok()) return entry.status();
          if (entry->has_value()) *response->mutable_entry() = **std::move(entry);
          return entry->has_value();
        },
        request->past_only());
    feed->OnMore([stream] { stream->Wake(); });
    stream->Keep(feed);
    stream->Wake();
    return stream;
  }

 private:
  template <typename Response>
  Reactor* Record(Context* context, const std::string& request_id, v1::Event event, Response* response) {
    if (absl::Status status = runtime::CheckRequestId(request_id); !status.ok()) {
      return runtime::Finish(context, status);
    }
    Reactor* reactor = context->DefaultReactor();
    register_.Record(runtime::CallerOf(*context), request_id, std::move(event),
                     [reactor, response](absl::StatusOr<report::v1::Entry> entry) {
                       if (entry.ok()) *response->mutable_entry() = *std::move(entry);
                       reactor->Finish(runtime::ToGrpc(entry.status()));
                     });
    return reactor;
  }

  const runtime::Environment environment_;
  Register& register_;
  runtime::StreamRegistry& streams_;
};

class Directory final : public runtime::Component {
 public:
  Directory(const runtime::Environment& environment, std::unique_ptr<Register> directory,
            std::unique_ptr<v1::AccountService::CallbackService> accounts)
      : register_(std::move(directory)),
        accounts_(std::move(accounts)),
        streams_(environment),
        service_(environment, *register_, streams_) {}

  std::string name() const override { return "directory"; }
  std::vector<runtime::Served> services() override {
    return {runtime::ServedAs<v1::DirectoryService>(service_), runtime::ServedAs<v1::AccountService>(*accounts_)};
  }
  void Start() override {}
  absl::Status Ready() const override { return absl::OkStatus(); }
  void Tick() override { streams_.Review(); }
  void Drain() override {
    register_->journal().EndRetries();
    streams_.Drain();
  }

 private:
  std::unique_ptr<Register> register_;
  std::unique_ptr<v1::AccountService::CallbackService> accounts_;
  runtime::StreamRegistry streams_;
  Service service_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<runtime::Component>> MakeDirectory(const runtime::Environment& environment) {
  auto directory = Register::Open(environment);
  if (!directory.ok()) return directory.status();
  auto accounts = OpenAccountService(**directory, environment);
  if (!accounts.ok()) return accounts.status();
  return std::make_unique<Directory>(environment, *std::move(directory), *std::move(accounts));
}

}  // namespace giaoban::directory
