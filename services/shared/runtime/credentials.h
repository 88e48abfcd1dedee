// The certificate of this process and its judgement on those of others, kept up to date with the
// identity folder: a renewed certificate and a new revocation list count within two seconds, without
// a restart.
#ifndef GIAOBAN_RUNTIME_CREDENTIALS_H_
#define GIAOBAN_RUNTIME_CREDENTIALS_H_

#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/shared/runtime/certificate.h"
#include "services/shared/runtime/identity_folder.h"
#include "services/shared/runtime/memory_file.h"
#include "services/shared/runtime/peers.h"

namespace giaoban::runtime {

// Thread-safe.
class Credentials {
 public:
  // Reads and checks an identity folder, see LoadIdentity. FAILED_PRECONDITION, also when its own certificate was
  // revoked. From then on OpenSSL is left as it is when the process ends, for gRPC's threads use it to the last.
  static absl::StatusOr<std::shared_ptr<Credentials>> Load(const std::string& directory,
                                                           std::function<absl::Time()> clock = absl::Now);

  // Who this process is. Does not change: a folder that comes to name somebody else is refused.
  const Identity& self() const { return self_; }
  // The certificate in use, as of the last Refresh.
  Certificate certificate() const;
  // Where services are, as the folder said at the start: name → "host:port".
  const std::map<std::string, std::string>& addresses() const { return addresses_; }
  const std::string& directory() const { return directory_; }

  // What a server is made with; this must outlive it. It follows the folder by itself: handshakes from a second after a
  // Refresh on use the renewed certificate. Clients must have a certificate of the authority; who they are is asked on
  // every call, PeerOf.
  std::shared_ptr<grpc::ServerCredentials> ForServer() const;

  // What channels to a service ("membership") are made with. A server is believed only with a certificate that counts
  // and is of that service, or of the suite, wherever it is reached. Others are handed out once the own certificate or
  // the revocation list has changed, and share no connection with those before. So who lives long makes a channel for
  // each call or stream, which costs little, and asks PeerOf what becomes of a stream that stays open.
  std::shared_ptr<grpc::ChannelCredentials> ForChannels(const std::string& service) const;

  // Who a verified peer is now, of a call as seen on either side: see Peers::Judge.
  absl::StatusOr<Identity> PeerOf(const grpc::AuthContext& context) const;

  // Looks at the folder's files again; to be called every second. What cannot be used changes nothing and is
  // returned, as FAILED_PRECONDITION; a revocation list that can be used counts even then. The same error, every time,
  // when the process's own certificate was revoked: others will not talk to it.
  absl::Status Refresh();

 private:
  // The PEM files as they were checked, where gRPC's watcher can look at them. From the folder it would take a key and
  // a certificate that do not match, and fail every handshake.
  struct Checked {
    absl::Status Write(const IdentityFolder& folder);
    MemoryFile key, certificate, ca;
  };

  Credentials(std::string directory, IdentityFolder folder, std::unique_ptr<Checked> checked,
              std::function<absl::Time()> clock);
  absl::Status TakeIn(IdentityFolder folder) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string directory_;
  const std::function<absl::Time()> clock_;
  const Identity self_;
  const std::map<std::string, std::string> addresses_;
  const std::shared_ptr<Peers> peers_;
  mutable absl::Mutex mutex_;
  const std::unique_ptr<Checked> checked_ ABSL_PT_GUARDED_BY(mutex_);
  // What is in use.
  IdentityFolder folder_ ABSL_GUARDED_BY(mutex_);
  // By service. Emptied when they are to be made anew.
  mutable std::map<std::string, std::shared_ptr<grpc::ChannelCredentials>> for_channels_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_CREDENTIALS_H_
