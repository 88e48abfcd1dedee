#include "services/shared/runtime/access.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/shared/runtime/log.h"

namespace giaoban::runtime {
namespace {

// A caller may send any path; a log line takes this much of it.
constexpr size_t kLoggedPath = 200;

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

class AccessCheck final : public grpc::AuthMetadataProcessor {
 public:
  AccessCheck(const MethodTable& table, const RunningCalls& calls, Metrics& metrics)
      : table_(table), calls_(calls), metrics_(metrics) {}

  bool IsBlocking() const override { return false; }

  grpc::Status Process(const InputMetadata& metadata, grpc::AuthContext* context, OutputMetadata*,
                       OutputMetadata*) override {
    const auto found = metadata.find(":path");
    const absl::string_view path =
        found == metadata.end() ? "" : absl::string_view(found->second.data(), found->second.size());
    const Method* method = table_.Find(path);
    const absl::StatusOr<Identity> identity = PeerIdentity(*context);
    if (identity.ok() && MayCall(identity->role, method)) {
      if (!calls_.stopping() || method->everybody) return grpc::Status::OK;
      return {grpc::StatusCode::UNAVAILABLE, "the service is stopping"};
    }
    Deny(identity, path, method);
    return {grpc::StatusCode::PERMISSION_DENIED, "not allowed"};
  }

 private:
  void Deny(const absl::StatusOr<Identity>& identity, absl::string_view path, const Method* method) {
    // A path that is no method of ours is the caller's choice, so it must not become a label.
    const std::string service = method == nullptr ? "unknown" : method->service;
    const std::string name = method == nullptr ? "unknown" : method->name;
    metrics_.access_denied.Add({{"grpc_service", service}, {"grpc_method", name}}).Increment();
    Log(Severity::kWarning, "access denied",
        {{"identity", identity.ok() ? identity->ToString() : std::string(identity.status().message())},
         {"path", std::string(path.substr(0, kLoggedPath))}});
  }

  const MethodTable& table_;
  const RunningCalls& calls_;
  Metrics& metrics_;
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

std::shared_ptr<grpc::AuthMetadataProcessor> MakeAccessCheck(const MethodTable& table, const RunningCalls& calls,
                                                             Metrics& metrics) {
  return std::make_shared<AccessCheck>(table, calls, metrics);
}

}  // namespace giaoban::runtime
