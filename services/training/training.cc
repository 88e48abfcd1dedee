#include "services/training/training.h"

#include "giaoban/training/v1/service.grpc.pb.h"
#include "services/shared/intake/adaptor.h"

namespace giaoban::training {

absl::StatusOr<std::unique_ptr<runtime::Component>> MakeTraining(const runtime::Environment& environment) {
  return intake::Intake<v1::TrainingService>::Make(environment, v1::Report::descriptor());
}

}  // namespace giaoban::training
