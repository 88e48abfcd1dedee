// The intake of inspection reports.
#ifndef GIAOBAN_INSPECTION_INSPECTION_H_
#define GIAOBAN_INSPECTION_INSPECTION_H_

#include "services/shared/runtime/component.h"

namespace giaoban::inspection {

absl::StatusOr<std::unique_ptr<runtime::Component>> MakeInspection(const runtime::Environment& environment);

}  // namespace giaoban::inspection

#endif  // GIAOBAN_INSPECTION_INSPECTION_H_
