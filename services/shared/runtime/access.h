// Who calls, and may this role call this method? Decided before any handler runs.
#ifndef GIAOBAN_RUNTIME_ACCESS_H_
#define GIAOBAN_RUNTIME_ACCESS_H_

#include <google/protobuf/descriptor.h>
#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/auth_metadata_processor.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "services/shared/runtime/environment.h"
#include "services/shared/runtime/identity.h"
#include "services/shared/runtime/running_calls.h"

namespace giaoban::runtime {

// A method a server runs.
struct Method {
  // "giaoban.membership.v1.MembershipService" and "Submit".
  std::string service, name;
  // "unary", "client_stream", "server_stream" or "bidi_stream".
  std::string type;
  // Roles its access option names; empty without the option.
  std::vector<contract::v1::Role> roles;
  // Health and reflection have no option of ours: every verified certificate may.
  bool everybody = false;
};

// Every method a server runs, by path. What is not in it may be called by nobody. Does not
// change once built, so any thread may read.
class MethodTable {
 public:
  // The methods of these services, and those of health and reflection.
  explicit MethodTable(const std::vector<const google::protobuf::ServiceDescriptor*>& services);

  // The method of "/giaoban.membership.v1.MembershipService/Submit", or null. The
  // pointer stays valid as long as the table.
  const Method* Find(absl::string_view path) const;

  const std::vector<std::unique_ptr<Method>>& methods() const { return methods_; }

 private:
  void Add(Method method);

  std::vector<std::unique_ptr<Method>> methods_;
  absl::flat_hash_map<std::string, const Method*> by_path_;
};

// Whether the contract lets a role call a method; null may be called by nobody.
bool MayCall(contract::v1::Role role, const Method* method);

// What a call brings with it, as gRPC hands it out.
using CallMetadata = std::multimap<grpc::string_ref, grpc::string_ref>;

// Who calls now: the peer's certificate, or the person in the statement that a portal's call carries. UNAUTHENTICATED,
// with the reason of Credentials::PeerOf or StatementKeys::Verify; PERMISSION_DENIED with the reason STATEMENT when
// somebody else than a portal sends one. The caller's address is left empty for a certificate: see CallerOf in call.h.
absl::StatusOr<Caller> Identify(const Environment& environment, const grpc::AuthContext& context,
                                const CallMetadata& metadata);

// The check as gRPC's server credentials run it, before any handler. Refuses who is not known (UNAUTHENTICATED), who
// calls too often or too much at once (RESOURCE_EXHAUSTED), and who may not call the method (PERMISSION_DENIED "not
// allowed", whether there is such a method or not); but for the second, counts, logs and reports it. When the server
// stops, new calls other than health are refused with UNAVAILABLE. The arguments must outlive it.
std::shared_ptr<grpc::AuthMetadataProcessor> MakeAccessCheck(const MethodTable& table, const RunningCalls& calls,
                                                             const Environment& environment);

// Counts, logs and reports that a call was refused because of who made it. `method` is null for a path that is none of
// ours.
void NoteDenied(const Environment& environment, const Caller& caller, absl::string_view path, const Method* method,
                const std::string& reason);

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_ACCESS_H_
