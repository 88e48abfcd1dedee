#include "services/membership/membership.h"

#include "giaoban/membership/v1/service.grpc.pb.h"
#include "services/shared/intake/adaptor.h"

namespace giaoban::membership {

absl::StatusOr<std::unique_ptr<runtime::Component>> MakeMembership(const runtime::Environment& environment) {
  return intake::Intake<v1::MembershipService>::Make(environment, v1::Report::descriptor());
}

}  // namespace giaoban::membership
