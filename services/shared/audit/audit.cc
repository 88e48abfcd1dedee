#include "services/shared/audit/audit.h"

#include <string>
#include <utility>
#include <vector>

#include "giaoban/audit/v1/audit.grpc.pb.h"
#include "services/shared/audit/log.h"
#include "services/shared/runtime/call.h"

namespace giaoban::audit {
namespace {

class Service final : public v1::AuditService::CallbackService {
 public:
  Service(const Log& log, std::string process) : log_(log), process_(std::move(process)) {}

  grpc::ServerUnaryReactor* ListEvents(grpc::CallbackServerContext* context, const v1::ListEventsRequest* request,
                                       v1::ListEventsResponse* response) override {
    absl::StatusOr<v1::ListEventsResponse> listed = log_.List(*request);
    if (!listed.ok()) return runtime::Finish(context, listed.status());
    *response = *std::move(listed);
    response->set_process(process_);
    return runtime::Finish(context, absl::OkStatus());
  }

 private:
  const Log& log_;
  const std::string process_;
};

class Audit final : public runtime::Component {
 public:
  Audit(std::shared_ptr<Log> log, std::string process) : log_(std::move(log)), service_(*log_, std::move(process)) {}

  std::string name() const override { return "audit"; }
  std::vector<runtime::Served> services() override { return {runtime::ServedAs<v1::AuditService>(service_)}; }
  void Start() override {}
  absl::Status Ready() const override { return absl::OkStatus(); }
  void Tick() override { log_->Tick(); }
  // Calls that still run may be denied: the log takes events until nobody is left who reports any.
  void Drain() override {}

 private:
  const std::shared_ptr<Log> log_;
  Service service_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<runtime::Component>> MakeAudit(const runtime::Environment& environment) {
  absl::StatusOr<std::shared_ptr<Log>> log = Log::Open(environment);
  if (!log.ok()) return log.status();
  environment.access_events.Listen([log = *log](v1::Event event, runtime::AccessEvents::Recorded recorded) {
    log->Take(std::move(event), std::move(recorded));
  });
  return std::make_unique<Audit>(*std::move(log), environment.credentials->self().name);
}

}  // namespace giaoban::audit
