// The intake of training reports.
#ifndef GIAOBAN_TRAINING_TRAINING_H_
#define GIAOBAN_TRAINING_TRAINING_H_

#include "services/shared/runtime/component.h"

namespace giaoban::training {

absl::StatusOr<std::unique_ptr<runtime::Component>> MakeTraining(const runtime::Environment& environment);

}  // namespace giaoban::training

#endif  // GIAOBAN_TRAINING_TRAINING_H_
