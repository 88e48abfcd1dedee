// A service as the runtime sees it, and the one way a binary of the suite runs.
//
// A service's main is one line: return runtime::Main(argc, argv, {MakeDirectory}). The suite's
// main is the same line with all of them; there is no code path that exists only there.
#ifndef GIAOBAN_RUNTIME_COMPONENT_H_
#define GIAOBAN_RUNTIME_COMPONENT_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/shared/runtime/environment.h"
#include "services/shared/runtime/server.h"

namespace giaoban::runtime {

// A service: built before the server listens, started after, drained before the
// server stops.
class Component {
 public:
  virtual ~Component() = default;
  // "membership".
  virtual std::string name() const = 0;
  // What is registered with the server; the component keeps them.
  virtual std::vector<Served> services() = 0;
  // Begins to follow others. Called when the server is listening. Must not block.
  virtual void Start() = 0;
  // Polled every second, and oftener while something is not ready; anything but OK turns the service's health to
  // NOT_SERVING and is logged once with its cause; it may turn back.
  virtual absl::Status Ready() const = 0;
  // Called every second by the thread that runs the process, for what has to be done now and then. Must not block.
  virtual void Tick() {}
  // Ends streams (UNAVAILABLE) and stops following. Called once at shutdown.
  virtual void Drain() = 0;
};

using MakeComponent = std::function<absl::StatusOr<std::unique_ptr<Component>>(const Environment&)>;

// Reads flags (and --flagfile=FILE), starts a server with the components until
// SIGTERM or SIGINT, then drains. Returns the process's exit code: 0 after a drain, 1 when it could not start, with
// one sentence on standard error that says what and where.
//
// Flags: --identity=DIR (required), --listen=host:port (default: the address of the first
// component in the identity folder), --data=DIR (required), --metrics=host:port (default 127.0.0.1:0,
// loopback only), --drain_seconds=10, and one for each of the Limits. It takes as many descriptors as its account may
// have.
//
// When it serves it writes one line to standard output: "serving <names> on <host:port>, metrics on
// <host:port>".
int Main(int argc, char** argv, const std::vector<MakeComponent>& make);

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_COMPONENT_H_
