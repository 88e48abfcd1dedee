// The open streams of a service.
#ifndef GIAOBAN_RUNTIME_STREAM_REGISTRY_H_
#define GIAOBAN_RUNTIME_STREAM_REGISTRY_H_

#include <grpcpp/server_context.h>

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/shared/runtime/environment.h"

namespace giaoban::runtime {

// Keeps open streams so that they can be ended at shutdown (gRPC's own graceful stop would wait for them until its
// deadline), and says who may open one and go on with it. Thread-safe.
class StreamRegistry {
 public:
  explicit StreamRegistry(const Environment& environment);
  ~StreamRegistry();

  // Counts a stream of this caller until the handle is gone. RESOURCE_EXHAUSTED when the caller has too many.
  absl::StatusOr<std::shared_ptr<void>> Open(const grpc::ServerContextBase& context) const;
  // Asked before each message: UNAUTHENTICATED once the caller's certificate was revoked or has ended, or the statement
  // it came with has expired.
  absl::Status MayGoOn(const grpc::ServerContextBase& context) const;

  // Ends the streams that may not go on, quiet ones too. To be called every second.
  void Review();
  // Ends all streams, and every later one at once, with UNAVAILABLE.
  void Drain();
  // Registers a stream and a way to end it; returns a handle that takes it out again: once
  // that is gone, `end` is neither running nor called any more, and the context not looked at. `end` must not touch the
  // registry.
  std::shared_ptr<void> Add(const grpc::ServerContextBase& context, std::function<void(absl::Status)> end);

 private:
  struct State;
  const Environment environment_;
  std::shared_ptr<State> state_;
};

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_STREAM_REGISTRY_H_
