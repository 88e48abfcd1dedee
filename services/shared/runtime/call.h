// What handlers share: who calls, and how an answer leaves.
#ifndef GIAOBAN_RUNTIME_CALL_H_
#define GIAOBAN_RUNTIME_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "absl/status/status.h"
#include "services/shared/runtime/identity.h"
#include "services/shared/runtime/status.h"

namespace giaoban::runtime {

// How long details may be for this caller: what its metadata "giaoban-detail-bytes" says, or what any client takes.
size_t DetailBytes(const grpc::CallbackServerContext& context);

// Who calls. The access check has run before any handler and believed the certificate and the statement, so they are
// only read here. Any context a server made.
Caller CallerOf(const grpc::ServerContextBase& context);

// Ends a unary call at once.
inline grpc::ServerUnaryReactor* Finish(grpc::CallbackServerContext* context, const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpc(status, DetailBytes(*context)));
  return reactor;
}

// The answer to anybody who may not touch what they named: the same words whether it
// exists or not.
absl::Status Denied();

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_CALL_H_
