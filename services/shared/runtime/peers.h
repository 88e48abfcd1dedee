// Who peers are by their certificates, and which certificates do not count any more.
#ifndef GIAOBAN_RUNTIME_PEERS_H_
#define GIAOBAN_RUNTIME_PEERS_H_

#include <functional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/shared/runtime/certificate.h"

namespace giaoban::runtime {

// Thread-safe. That a certificate is of our authority was seen by the handshake.
class Peers {
 public:
  Peers(Revoked revoked, std::function<absl::Time()> clock);

  // Who the holder of a certificate (PEM) is now. UNAUTHENTICATED with the reason IDENTITY, EXPIRED or REVOKED when it
  // names nobody, or has ended or been revoked.
  absl::StatusOr<Identity> Judge(absl::string_view pem) const;

  // From now on these do not count, and only these. Whether that is a change.
  bool Revoke(Revoked revoked);

 private:
  const std::function<absl::Time()> clock_;
  mutable absl::Mutex mutex_;
  Revoked revoked_ ABSL_GUARDED_BY(mutex_);
  // By their text: reading a certificate costs more than many a call.
  mutable absl::flat_hash_map<std::string, Certificate> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_PEERS_H_
