#include "services/shared/runtime/credentials.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/shared/runtime/status.h"

namespace giaoban::runtime {
namespace {

// How often the PEM files are looked at.
constexpr unsigned kWatchSeconds = 1;
// Peers whose certificates are remembered; then they are read anew.
constexpr size_t kPeers = 4096;

absl::Status Refused(absl::string_view english, std::string reason) {
  return Error(absl::StatusCode::kUnauthenticated, english, {.reason = std::move(reason)});
}

}  // namespace

absl::StatusOr<std::shared_ptr<Credentials>> Credentials::Load(const std::string& directory,
                                                               std::function<absl::Time()> clock) {
  absl::StatusOr<IdentityFolder> folder = LoadIdentity(directory, clock());
  if (!folder.ok()) return folder.status();
  return std::shared_ptr<Credentials>(new Credentials(directory, *std::move(folder), std::move(clock)));
}

Credentials::Credentials(std::string directory, IdentityFolder folder, std::function<absl::Time()> clock)
    : directory_(std::move(directory)),
      clock_(std::move(clock)),
      self_(folder.own.identity),
      addresses_(std::move(folder.addresses)),
      provider_(std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          folder.key_path, folder.certificate_path, folder.ca_path, kWatchSeconds)),
      certificate_(std::move(folder.own)),
      revoked_(std::move(folder.revoked)) {}

Certificate Credentials::certificate() const {
  absl::ReaderMutexLock lock(&mutex_);
  return certificate_;
}

std::shared_ptr<grpc::ServerCredentials> Credentials::ForServer() const {
  grpc::experimental::TlsServerCredentialsOptions options(provider_);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return grpc::experimental::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> Credentials::ForChannels() const {
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(provider_);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(options);
}

absl::StatusOr<Identity> Credentials::PeerOf(const grpc::AuthContext& context) const {
  const std::vector<grpc::string_ref> pems = context.FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (!context.IsPeerAuthenticated() || pems.size() != 1) return Refused("no certificate", "IDENTITY");
  const absl::string_view pem(pems.front().data(), pems.front().size());
  absl::MutexLock lock(&mutex_);
  auto known = peers_.find(pem);
  if (known == peers_.end()) {
    absl::StatusOr<Certificate> read = ReadCertificate(pem);
    if (!read.ok()) return Refused(read.status().message(), "IDENTITY");
    if (peers_.size() >= kPeers) peers_.clear();
    known = peers_.emplace(pem, *std::move(read)).first;
  }
  const Certificate& peer = known->second;
  if (clock_() >= peer.not_after) return Refused("the certificate has expired", "EXPIRED");
  if (revoked_.contains(peer.serial)) return Refused("the certificate was revoked", "REVOKED");
  return peer.identity;
}

absl::Status Credentials::Refresh() {
  absl::StatusOr<IdentityFolder> folder = LoadIdentity(directory_, clock_());
  if (!folder.ok()) return folder.status();
  if (folder->own.identity.ToString() != self_.ToString()) {
    return absl::FailedPreconditionError(absl::StrCat(folder->certificate_path, " is of ",
                                                      folder->own.identity.ToString(), ", but this process is ",
                                                      self_.ToString()));
  }
  absl::MutexLock lock(&mutex_);
  certificate_ = folder->own;
  revoked_ = std::move(folder->revoked);
  return absl::OkStatus();
}

}  // namespace giaoban::runtime
