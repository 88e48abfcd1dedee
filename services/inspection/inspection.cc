#include "services/inspection/inspection.h"

#include "giaoban/inspection/v1/service.grpc.pb.h"
#include "services/shared/intake/adaptor.h"

namespace giaoban::inspection {

absl::StatusOr<std::unique_ptr<runtime::Component>> MakeInspection(const runtime::Environment& environment) {
  return intake::Intake<v1::InspectionService>::Make(environment, v1::Report::descriptor());
}

}  // namespace giaoban::inspection
