#include "services/shared/runtime/credentials.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/crypto.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/shared/runtime/error.h"
#include "services/shared/runtime/memory_file.h"

namespace giaoban::runtime {
namespace {

using grpc::experimental::TlsCustomVerificationCheckRequest;

// How often gRPC looks at what was checked.
constexpr unsigned kWatchSeconds = 1;

absl::Status Unusable(const std::string& path, absl::string_view english, absl::string_view vietnamese) {
  return Error(absl::StatusCode::kFailedPrecondition, absl::StrCat(path, ": ", english),
               {.reason = "IDENTITY_FOLDER", .vietnamese = absl::StrCat(path, ": ", vietnamese)});
}

absl::Status OwnRevoked(const IdentityFolder& folder) {
  if (!folder.revoked.contains(folder.own.serial)) return absl::OkStatus();
  return Unusable(folder.certificate_path, "the certificate was revoked; have a new one issued",
                  "chứng thư đã bị thu hồi; hãy xin cấp chứng thư mới");
}

// What a client asks of a server beyond a certificate of the authority.
class ServiceVerifier final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  ServiceVerifier(std::shared_ptr<const Peers> peers, std::string service)
      : peers_(std::move(peers)), service_(std::move(service)) {}

  bool Verify(TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* verdict) override {
    const grpc::string_ref pem = request->peer_cert();
    const absl::StatusOr<Identity> peer = peers_->Judge(absl::string_view(pem.data(), pem.size()));
    if (!peer.ok()) {
      *verdict = {grpc::StatusCode::UNAUTHENTICATED, std::string(peer.status().message())};
    } else if (peer->role != contract::v1::ROLE_SERVICE || (peer->name != service_ && peer->name != "suite")) {
      *verdict = {grpc::StatusCode::UNAUTHENTICATED, absl::StrCat(peer->ToString(), " is not the service ", service_)};
    }
    return true;
  }
  void Cancel(TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::shared_ptr<const Peers> peers_;
  const std::string service_;
};

std::shared_ptr<grpc::ChannelCredentials> MakeForChannels(const IdentityFolder& folder, std::shared_ptr<Peers> peers,
                                                          const std::string& service) {
  using grpc::experimental::StaticDataCertificateProvider;
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(std::make_shared<StaticDataCertificateProvider>(
      folder.ca, std::vector<grpc::experimental::IdentityKeyCertPair>{{folder.key, folder.certificate}}));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_certificate_verifier(
      grpc::experimental::ExternalCertificateVerifier::Create<ServiceVerifier>(std::move(peers), service));
  // Whose name the certificate carries has been asked.
  options.set_check_call_host(false);
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace

absl::Status Credentials::Checked::Write(const IdentityFolder& folder) {
  absl::Status status = key.Write(folder.key);
  status.Update(certificate.Write(folder.certificate));
  status.Update(ca.Write(folder.ca));
  return status;
}

absl::StatusOr<std::shared_ptr<Credentials>> Credentials::Load(const std::string& directory,
                                                               std::function<absl::Time()> clock) {
  // At exit OpenSSL would free what gRPC's threads still shake hands with.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
  absl::StatusOr<IdentityFolder> folder = LoadIdentity(directory, clock());
  if (!folder.ok()) return folder.status();
  if (absl::Status revoked = OwnRevoked(*folder); !revoked.ok()) return revoked;
  auto checked = std::make_unique<Checked>();
  if (absl::Status written = checked->Write(*folder); !written.ok()) return written;
  return std::shared_ptr<Credentials>(
      new Credentials(directory, *std::move(folder), std::move(checked), std::move(clock)));
}

Credentials::Credentials(std::string directory, IdentityFolder folder, std::unique_ptr<Checked> checked,
                         std::function<absl::Time()> clock)
    : directory_(std::move(directory)),
      clock_(std::move(clock)),
      self_(folder.own.identity),
      addresses_(folder.addresses),
      peers_(std::make_shared<Peers>(folder.revoked, clock_)),
      checked_(std::move(checked)),
      folder_(std::move(folder)) {}

Certificate Credentials::certificate() const {
  absl::ReaderMutexLock lock(&mutex_);
  return folder_.own;
}

std::shared_ptr<grpc::ServerCredentials> Credentials::ForServer() const {
  absl::ReaderMutexLock lock(&mutex_);
  grpc::experimental::TlsServerCredentialsOptions options(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          checked_->key.path(), checked_->certificate.path(), checked_->ca.path(), kWatchSeconds));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return grpc::experimental::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> Credentials::ForChannels(const std::string& service) const {
  absl::MutexLock lock(&mutex_);
  std::shared_ptr<grpc::ChannelCredentials>& made = for_channels_[service];
  if (made == nullptr) made = MakeForChannels(folder_, peers_, service);
  return made;
}

absl::StatusOr<Identity> Credentials::PeerOf(const grpc::AuthContext& context) const {
  const std::vector<grpc::string_ref> pems = context.FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (!context.IsPeerAuthenticated() || pems.size() != 1) return peers_->Judge("");
  return peers_->Judge(absl::string_view(pems.front().data(), pems.front().size()));
}

absl::Status Credentials::Refresh() {
  absl::StatusOr<IdentityFolder> folder = LoadIdentity(directory_, clock_());
  absl::MutexLock lock(&mutex_);
  if (folder.ok() && folder->own.identity.ToString() != self_.ToString()) {
    const std::string now = folder->own.identity.ToString(), self = self_.ToString();
    folder = Unusable(folder->certificate_path, absl::StrCat("this is of ", now, ", but the process is ", self),
                      absl::StrCat("đây là của ", now, ", nhưng tiến trình là ", self));
  }
  if (folder.ok()) return TakeIn(*std::move(folder));
  // A slip in one file must not keep a revocation away.
  IdentityFolder known = folder_;
  if (auto revoked = LoadRevoked(directory_, known.ca); revoked.ok()) {
    known.revoked = *std::move(revoked);
    TakeIn(std::move(known)).IgnoreError();
  }
  return folder.status();
}

absl::Status Credentials::TakeIn(IdentityFolder folder) {
  if (absl::Status written = checked_->Write(folder); !written.ok()) return written;
  const bool revoked = peers_->Revoke(folder.revoked);
  const bool renewed =
      folder.certificate != folder_.certificate || folder.key != folder_.key || folder.ca != folder_.ca;
  folder_ = std::move(folder);
  if (revoked || renewed) for_channels_.clear();
  return OwnRevoked(folder_);
}

}  // namespace giaoban::runtime
