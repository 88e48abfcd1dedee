// The certificate of this process and its judgement on those of others, kept up to date with the
// identity folder: a renewed certificate and a new revocation list count within two seconds, without
// a restart.
#ifndef GIAOBAN_RUNTIME_CREDENTIALS_H_
#define GIAOBAN_RUNTIME_CREDENTIALS_H_

#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/shared/runtime/certificate.h"
#include "services/shared/runtime/identity_folder.h"

namespace giaoban::runtime {

// Thread-safe.
class Credentials {
 public:
  // Reads and checks an identity folder, see LoadIdentity. FAILED_PRECONDITION.
  static absl::StatusOr<std::shared_ptr<Credentials>> Load(const std::string& directory,
                                                           std::function<absl::Time()> clock = absl::Now);

  // Who this process is. Does not change: a folder that comes to name somebody else is refused.
  const Identity& self() const { return self_; }
  // The certificate in use, as of the last Refresh.
  Certificate certificate() const;
  // Where services are, as the folder said at the start: name → "host:port".
  const std::map<std::string, std::string>& addresses() const { return addresses_; }
  const std::string& directory() const { return directory_; }

  // What a server and channels are made with. They follow the folder by themselves: connections made from then on use
  // the renewed certificate.
  std::shared_ptr<grpc::ServerCredentials> ForServer() const;
  std::shared_ptr<grpc::ChannelCredentials> ForChannels() const;

  // Who a verified peer is now. UNAUTHENTICATED with the reason IDENTITY, EXPIRED or REVOKED when its
  // certificate names nobody, or has ended or been revoked, if only since the connection was made.
  absl::StatusOr<Identity> PeerOf(const grpc::AuthContext& context) const;

  // Looks at the folder's files again; to be called every second. What cannot be used changes nothing and is
  // returned, as FAILED_PRECONDITION.
  absl::Status Refresh();

 private:
  Credentials(std::string directory, IdentityFolder folder, std::function<absl::Time()> clock);

  const std::string directory_;
  const std::function<absl::Time()> clock_;
  const Identity self_;
  const std::map<std::string, std::string> addresses_;
  // Watches the three PEM files; shared, so that one thread does it for all connections.
  const std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider_;
  mutable absl::Mutex mutex_;
  Certificate certificate_ ABSL_GUARDED_BY(mutex_);
  Revoked revoked_ ABSL_GUARDED_BY(mutex_);
  // Certificates of peers by their text: reading one costs more than many a call.
  mutable absl::flat_hash_map<std::string, Certificate> peers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_CREDENTIALS_H_
