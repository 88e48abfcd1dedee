// The intake of membership reports.
#ifndef GIAOBAN_MEMBERSHIP_MEMBERSHIP_H_
#define GIAOBAN_MEMBERSHIP_MEMBERSHIP_H_

#include "services/shared/runtime/component.h"

namespace giaoban::membership {

absl::StatusOr<std::unique_ptr<runtime::Component>> MakeMembership(const runtime::Environment& environment);

}  // namespace giaoban::membership

#endif  // GIAOBAN_MEMBERSHIP_MEMBERSHIP_H_
