// Who somebody is: one name per certificate.
//
// A certificate carries one URI as its subject alternative name,
// spiffe://giaoban/<role>/<name>: spiffe://giaoban/office/quang-ninh. Services' certificates
// also carry the DNS names they are reached under. For an office and a chair the name is
// the bloc; whether that bloc is in a cluster, or chairs it, is for the
// directory to say.
#ifndef GIAOBAN_RUNTIME_IDENTITY_H_
#define GIAOBAN_RUNTIME_IDENTITY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "giaoban/contract/v1/options.pb.h"
#include "giaoban/report/v1/report.pb.h"

namespace giaoban::runtime {

// Who a caller is.
struct Identity {
  contract::v1::Role role = contract::v1::ROLE_UNSPECIFIED;
  std::string name;

  // "office/quang-ninh": what journals and logs record.
  std::string ToString() const;
};

// Who makes a call, and how it came in. For a person the portal acts for, the identity is the
// person's role and bloc.
struct Caller : Identity {
  // User name; empty when a certificate acts for itself.
  std::string person = {};
  // Identity whose certificate carried the person's call: "portal/web". Empty when `person` is.
  std::string carrier = {};
  // Address without port: "192.0.2.7"; empty when not known.
  std::string address = {};

  // What journals record beside the actor.
  report::v1::Origin Origin() const;
  // Who limits are kept for: "office/quang-ninh", or "office/quang-ninh by lan" for a person.
  std::string Account() const;
};

// Reads "spiffe://giaoban/office/quang-ninh". UNAUTHENTICATED for anything else;
// names are lower-case letters, digits and hyphens, at most 40.
absl::StatusOr<Identity> ParseIdentity(absl::string_view uri);

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_IDENTITY_H_
