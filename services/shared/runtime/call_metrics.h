// Counts and times every call a server runs.
#ifndef GIAOBAN_RUNTIME_CALL_METRICS_H_
#define GIAOBAN_RUNTIME_CALL_METRICS_H_

#include <grpcpp/support/server_interceptor.h>

#include <memory>

#include "services/shared/runtime/access.h"
#include "services/shared/runtime/environment.h"

namespace giaoban::runtime {

// An interceptor for the calls of a table's methods: grpc_server_started_total, _handled_total and
// _handling_seconds. Calls the access check refuses never reach it; those are in
// giaoban_access_denied_total, and so are those a handler refuses with PERMISSION_DENIED. Also keeps `calls`, except of
// health and reflection, whose streams must not hold up a stop, and the callers' calls in progress. The arguments must
// outlive it.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeCallMetrics(const MethodTable& table,
                                                                                       RunningCalls& calls,
                                                                                       const Environment& environment);

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_CALL_METRICS_H_
