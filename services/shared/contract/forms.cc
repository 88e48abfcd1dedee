#include "giaoban/aggregator/v1/aggregator.pb.h"
#include "giaoban/inspection/v1/report.pb.h"
#include "giaoban/membership/v1/report.pb.h"
#include "giaoban/training/v1/report.pb.h"
#include "services/shared/contract/catalogue.h"

namespace giaoban::contract {

absl::StatusOr<std::shared_ptr<const Catalogue>> SuiteCatalogue() {
  // Built once a process: the suite's five services share it.
  static const auto& catalogue = *new absl::StatusOr<std::shared_ptr<const Catalogue>>(Catalogue::Build(
      {
          membership::v1::Report::descriptor(),
          training::v1::Report::descriptor(),
          inspection::v1::Report::descriptor(),
      },
      aggregator::v1::Summary::descriptor()));
  return catalogue;
}

}  // namespace giaoban::contract
