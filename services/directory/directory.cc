#include "services/directory/directory.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "giaoban/directory/v1/directory.grpc.pb.h"
#include "google/protobuf/util/time_util.h"
#include "services/directory/account_service.h"
#include "services/directory/register.h"
#include "services/shared/runtime/call.h"
#include "services/shared/runtime/write_stream.h"

namespace giaoban::directory {
namespace {

using contract::VietnamTime;
using google::protobuf::util::TimeUtil;

absl::Status CheckRequestId(const std::string& id) {
  if (id.size() >= 8 && id.size() <= 64) return absl::OkStatus();
  return runtime::Error(absl::StatusCode::kInvalidArgument, "request_id must be 8 to 64 characters",
                        {.reason = "REQUEST_MALFORMED", .vietnamese = "Mã yêu cầu phải có từ 8 đến 64 ký tự."});
}

class Service final : public v1::DirectoryService::CallbackService {
 public:
  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  Service(Register& directory, runtime::StreamRegistry& streams) : register_(directory), streams_(streams) {}

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
    absl::CivilDay on = absl::ToCivilDay(register_.Now(), VietnamTime());
    if (!request->on().empty() && !absl::ParseCivilTime(request->on(), &on)) {
      return runtime::Finish(
          context,
          runtime::Error(
              absl::StatusCode::kInvalidArgument, absl::StrCat("'", request->on(), "' is not a date"),
              {.reason = "REQUEST_MALFORMED", .vietnamese = absl::StrCat("“", request->on(), "” không phải ngày.")}));
    }
    const absl::Time as_of = request->has_as_of()
                                 ? absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(request->as_of()))
                                 : absl::InfiniteFuture();
    auto cluster = register_.Cluster(request->cluster(), on, as_of);
    if (cluster.ok()) *response = *std::move(cluster);
    return runtime::Finish(context, cluster.status());
  }

  Reactor* ListClusters(Context* context, const v1::ListClustersRequest*, v1::ListClustersResponse* response) override {
    for (v1::Cluster& cluster : register_.Clusters()) *response->add_clusters() = std::move(cluster);
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
    auto feed = register_.Follow(request->after());
    auto* stream = runtime::WriteStream<v1::WatchResponse>::Start(
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
    if (absl::Status status = CheckRequestId(request_id); !status.ok()) return runtime::Finish(context, status);
    Reactor* reactor = context->DefaultReactor();
    register_.Record(runtime::CallerOf(*context), request_id, std::move(event),
                     [reactor, response](absl::StatusOr<report::v1::Entry> entry) {
                       if (entry.ok()) *response->mutable_entry() = *std::move(entry);
                       reactor->Finish(runtime::ToGrpc(entry.status()));
                     });
    return reactor;
  }

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
        service_(*register_, streams_) {}

  std::string name() const override { return "directory"; }
  std::vector<runtime::Served> services() override {
    return {runtime::ServedAs<v1::DirectoryService>(service_), runtime::ServedAs<v1::AccountService>(*accounts_)};
  }
  void Start() override {}
  absl::Status Ready() const override { return absl::OkStatus(); }
  void Tick() override { streams_.Review(); }
  void Drain() override { streams_.Drain(); }

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
