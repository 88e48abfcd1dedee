// Clusters, blocs and periods, recorded as events and read as of any moment.
#ifndef GIAOBAN_DIRECTORY_DIRECTORY_H_
#define GIAOBAN_DIRECTORY_DIRECTORY_H_

#include "services/shared/runtime/component.h"

namespace giaoban::directory {

absl::StatusOr<std::unique_ptr<runtime::Component>> MakeDirectory(const runtime::Environment& environment);

}  // namespace giaoban::directory

#endif  // GIAOBAN_DIRECTORY_DIRECTORY_H_
