#include "services/shared/runtime/peers.h"

#include <utility>

#include "services/shared/runtime/error.h"

namespace giaoban::runtime {
namespace {

// Certificates that are remembered; then all are read anew.
constexpr size_t kRemembered = 4096;

absl::Status Refused(const char* reason, absl::string_view english, const char* vietnamese) {
  return Error(absl::StatusCode::kUnauthenticated, english, {.reason = reason, .vietnamese = vietnamese});
}

}  // namespace

Peers::Peers(Revoked revoked, std::function<absl::Time()> clock)
    : clock_(std::move(clock)), revoked_(std::move(revoked)) {}

absl::StatusOr<Identity> Peers::Judge(absl::string_view pem) const {
  absl::MutexLock lock(&mutex_);
  auto known = known_.find(pem);
  if (known == known_.end()) {
    absl::StatusOr<Certificate> read = ReadCertificate(pem);
    if (!read.ok())
      return Refused("IDENTITY", read.status().message(), "Chứng thư không mang một định danh của hệ thống.");
    if (known_.size() >= kRemembered) known_.clear();
    known = known_.emplace(pem, *std::move(read)).first;
  }
  const Certificate& peer = known->second;
  if (clock_() >= peer.not_after) return Refused("EXPIRED", "the certificate has expired", "Chứng thư đã hết hạn.");
  if (revoked_.contains(peer.serial)) {
    return Refused("REVOKED", "the certificate was revoked", "Chứng thư đã bị thu hồi.");
  }
  return peer.identity;
}

bool Peers::Revoke(Revoked revoked) {
  absl::MutexLock lock(&mutex_);
  if (revoked == revoked_) return false;
  revoked_ = std::move(revoked);
  return true;
}

}  // namespace giaoban::runtime
