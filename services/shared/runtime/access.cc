#include "services/shared/runtime/access.h"

#include <grpc/grpc_security_constants.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/shared/runtime/log.h"
#include "services/shared/runtime/running_calls.h"
#include "services/shared/runtime/status.h"

namespace giaoban::runtime {
namespace {

const char* TypeOf(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming()) return method.server_streaming() ? "bidi_stream" : "client_stream";
  return method.server_streaming() ? "server_stream" : "unary";
}

Method Describe(const google::protobuf::MethodDescriptor& method) {
  Method described{method.service()->full_name(), method.name(), TypeOf(method), {}, false};
  for (const int role : method.options().GetExtension(contract::v1::access).roles()) {
    described.roles.push_back(static_cast<contract::v1::Role>(role));
  }
  return described;
}

// The reason a refusal carries, for the audit log.
std::string ReasonOf(const absl::Status& status) {
  const std::string reason = DetailOf(status).reason;
  return reason.empty() ? "IDENTITY" : reason;
}

class AccessCheck final : public grpc::AuthMetadataProcessor {
 public:
  AccessCheck(const MethodTable& table, const RunningCalls& calls, const Environment& environment)
      : table_(table), calls_(calls), environment_(environment) {}

  bool IsBlocking() const override { return false; }

  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* context, OutputMetadata*,
                       OutputMetadata*) override {
    const auto found = metadata.find(":path");
    const absl::string_view path =
        found == metadata.end() ? "" : absl::string_view(found->second.data(), found->second.size());
    const Method* method = table_.Find(path);
    const absl::StatusOr<Caller> caller = Identify(environment_, *context, metadata);
    if (!caller.ok()) {
      NoteDenied(environment_, PeerForLog(*context), path, method, ReasonOf(caller.status()));
      return Bare(caller.status());
    }
    if (absl::Status admitted = environment_.callers.Admit(*caller, environment_.clock()); !admitted.ok()) {
      return Bare(admitted);
    }
    if (!MayCall(caller->role, method)) {
      NoteDenied(environment_, *caller, path, method, method == nullptr ? "METHOD" : "ROLE");
      return {grpc::StatusCode::PERMISSION_DENIED, "not allowed"};
    }
    if (calls_.stopping() && !method->everybody) {
      return {grpc::StatusCode::UNAVAILABLE, "the service is stopping"};
    }
    return Bare(environment_.callers.Expect(*caller, environment_.clock()));
  }

 private:
  // There is no trailer yet that could carry details.
  static grpc::Status Bare(const absl::Status& status) {
    return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
  }

  // Whose name a certificate carries that does not count any more.
  static Caller PeerForLog(const grpc::AuthContext& context) {
    Caller caller;
    const std::vector<grpc::string_ref> uris = context.FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME);
    if (uris.size() != 1) return caller;
    const auto identity = ParseIdentity(absl::string_view(uris.front().data(), uris.front().size()));
    if (identity.ok()) static_cast<Identity&>(caller) = *identity;
    return caller;
  }

  const MethodTable& table_;
  const RunningCalls& calls_;
  const Environment& environment_;
};

}  // namespace

MethodTable::MethodTable(const std::vector<const google::protobuf::ServiceDescriptor*>& services) {
  for (const google::protobuf::ServiceDescriptor* service : services) {
    for (int i = 0; i < service->method_count(); ++i) Add(Describe(*service->method(i)));
  }
  Add({"grpc.health.v1.Health", "Check", "unary", {}, true});
  Add({"grpc.health.v1.Health", "Watch", "server_stream", {}, true});
  Add({"grpc.reflection.v1alpha.ServerReflection", "ServerReflectionInfo", "bidi_stream", {}, true});
}

void MethodTable::Add(Method method) {
  methods_.push_back(std::make_unique<Method>(std::move(method)));
  const Method* added = methods_.back().get();
  by_path_[absl::StrCat("/", added->service, "/", added->name)] = added;
}

const Method* MethodTable::Find(absl::string_view path) const {
  const auto found = by_path_.find(path);
  return found == by_path_.end() ? nullptr : found->second;
}

bool MayCall(contract::v1::Role role, const Method* method) {
  if (method == nullptr || role == contract::v1::ROLE_UNSPECIFIED) return false;
  return method->everybody || std::find(method->roles.begin(), method->roles.end(), role) != method->roles.end();
}

absl::StatusOr<Caller> Identify(const Environment& environment, const grpc::AuthContext& context,
                                const CallMetadata& metadata) {
  const absl::StatusOr<Identity> peer = environment.credentials->PeerOf(context);
  if (!peer.ok()) return peer.status();
  const auto [first, last] = metadata.equal_range(kStatementMetadata);
  if (first == last) return Caller{*peer};
  if (peer->role != contract::v1::ROLE_PORTAL || std::next(first) != last) {
    return Error(absl::StatusCode::kPermissionDenied, "not allowed", {.reason = "STATEMENT"});
  }
  const auto statement = environment.statement_keys.Verify(
      absl::string_view(first->second.data(), first->second.size()), environment.clock());
  if (!statement.ok()) return statement.status();
  return CallerOf(*statement, *peer);
}

void NoteDenied(const Environment& environment, const Caller& caller, absl::string_view path, const Method* method,
                const std::string& reason) {
  // A path that is no method of ours is the caller's choice, so it must not become a label.
  const std::string service = method == nullptr ? "unknown" : method->service;
  const std::string name = method == nullptr ? "unknown" : method->name;
  environment.metrics.access_denied.Add({{"grpc_service", service}, {"grpc_method", name}}).Increment();
  audit::v1::Event event = AccessEvent(audit::v1::EVENT_KIND_DENIED, caller, std::string(path), reason);
  Log(Severity::kWarning, "access denied",
      {{"identity", event.actor()}, {"person", event.origin().person()}, {"path", event.method()}, {"reason", reason}});
  environment.access_events.Report(std::move(event));
}

std::shared_ptr<grpc::AuthMetadataProcessor> MakeAccessCheck(const MethodTable& table, const RunningCalls& calls,
                                                             const Environment& environment) {
  return std::make_shared<AccessCheck>(table, calls, environment);
}

}  // namespace giaoban::runtime
