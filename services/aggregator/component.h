// The aggregator as a component.
#ifndef GIAOBAN_AGGREGATOR_COMPONENT_H_
#define GIAOBAN_AGGREGATOR_COMPONENT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "services/shared/runtime/component.h"

namespace giaoban::aggregator {

// Needs the addresses of the directory and of each report kind's service.
absl::StatusOr<std::unique_ptr<runtime::Component>> MakeAggregator(const runtime::Environment& environment);

}  // namespace giaoban::aggregator

#endif  // GIAOBAN_AGGREGATOR_COMPONENT_H_
