#include "services/shared/runtime/identity_watch.h"

#include <utility>

#include "services/shared/runtime/log.h"

namespace giaoban::runtime {
namespace {

std::string InUtc(absl::Time time) { return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone()); }

}  // namespace

IdentityWatch::IdentityWatch(Credentials& credentials, Metrics& metrics, std::function<absl::Time()> clock)
    : credentials_(credentials),
      clock_(std::move(clock)),
      expiry_(metrics.certificate_expiry.Add({})),
      usable_(metrics.identity_usable.Add({})),
      serial_(credentials.certificate().serial) {
  Show(absl::OkStatus());
}

void IdentityWatch::Tick() { Show(credentials_.Refresh()); }

void IdentityWatch::Show(const absl::Status& usable) {
  const Certificate certificate = credentials_.certificate();
  usable_.Set(usable.ok() ? 1 : 0);
  expiry_.Set(absl::ToDoubleSeconds(certificate.not_after - absl::UnixEpoch()));
  LogUsable(usable);
  LogChange(certificate);
  LogDue(certificate);
}

void IdentityWatch::LogUsable(const absl::Status& usable) {
  std::string cause(usable.message());
  if (cause == cause_) return;
  cause_ = std::move(cause);
  if (usable.ok()) {
    Log(Severity::kInfo, "the identity folder can be used again");
  } else {
    Log(Severity::kError, "the identity folder cannot be used as it is", {{"cause", cause_}});
  }
}

void IdentityWatch::LogChange(const Certificate& certificate) {
  if (certificate.serial == serial_) return;
  serial_ = certificate.serial;
  next_due_line_ = absl::InfinitePast();
  Log(Severity::kInfo, "a new certificate is in use",
      {{"identity", certificate.identity.ToString()},
       {"serial", certificate.serial},
       {"not_after", InUtc(certificate.not_after)}});
}

void IdentityWatch::LogDue(const Certificate& certificate) {
  const absl::Time now = clock_();
  if (now < certificate.renew_time() || now < next_due_line_) return;
  next_due_line_ = now + absl::Hours(24);
  Log(Severity::kWarning, "the certificate is to be renewed",
      {{"identity", certificate.identity.ToString()},
       {"serial", certificate.serial},
       {"not_after", InUtc(certificate.not_after)}});
}

}  // namespace giaoban::runtime
