// Denials and log-ins, from where they happen to where they are kept.
#ifndef GIAOBAN_RUNTIME_ACCESS_EVENTS_H_
#define GIAOBAN_RUNTIME_ACCESS_EVENTS_H_

#include <functional>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "giaoban/audit/v1/audit.pb.h"
#include "services/shared/runtime/identity.h"

namespace giaoban::runtime {

// The one way to the audit log of a process. Thread-safe once Listen was called.
class AccessEvents {
 public:
  using Recorded = absl::AnyInvocable<void(absl::Status)>;
  // Keeps an event. `recorded` may be null; it is called once, at the latest when the event is durable
  // or could not be kept. Must not block.
  using Listener = std::function<void(audit::v1::Event event, Recorded recorded)>;

  // Names who keeps the events. Once, before the server listens.
  void Listen(Listener listener) { listener_ = std::move(listener); }

  // Reports an event; without a listener `recorded` gets FAILED_PRECONDITION.
  void Report(audit::v1::Event event, Recorded recorded = nullptr) const;

 private:
  Listener listener_;
};

// An event about a caller, its `count` 1 and without a time. Of the method and the person's name, which may be whatever
// somebody sent, it takes what audit.v1.Event says.
audit::v1::Event AccessEvent(audit::v1::EventKind kind, const Caller& caller, const std::string& method,
                             std::string reason);

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_ACCESS_EVENTS_H_
