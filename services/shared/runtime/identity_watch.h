// Keeps the credentials of a process up to date, and says when somebody has to do something about them.
#ifndef GIAOBAN_RUNTIME_IDENTITY_WATCH_H_
#define GIAOBAN_RUNTIME_IDENTITY_WATCH_H_

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "services/shared/runtime/credentials.h"
#include "services/shared/runtime/metrics.h"

namespace giaoban::runtime {

// For one thread. Shows when the certificate in use ends and whether the identity folder can be used, from the
// beginning, as metrics. Writes a line to the log when the certificate changes, when the folder cannot be used and why,
// once for each cause, when it can be again, and once a day in the last third of the certificate's life.
class IdentityWatch {
 public:
  // Credentials and metrics must outlive it.
  IdentityWatch(Credentials& credentials, Metrics& metrics, std::function<absl::Time()> clock);

  // To be called every second.
  void Tick();

 private:
  void Show(const absl::Status& usable);
  void LogUsable(const absl::Status& usable);
  void LogChange(const Certificate& certificate);
  void LogDue(const Certificate& certificate);

  Credentials& credentials_;
  const std::function<absl::Time()> clock_;
  prometheus::Gauge& expiry_;
  prometheus::Gauge& usable_;
  std::string serial_;
  // Why the folder could not be used when last looked at; empty when it could.
  std::string cause_;
  absl::Time next_due_line_ = absl::InfinitePast();
};

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_IDENTITY_WATCH_H_
