#include "services/aggregator/component.h"
#include "services/directory/directory.h"
#include "services/inspection/inspection.h"
#include "services/membership/membership.h"
#include "services/shared/audit/audit.h"
#include "services/training/training.h"

int main(int argc, char** argv) {
  return giaoban::runtime::Main(
      argc, argv,
      {giaoban::directory::MakeDirectory, giaoban::membership::MakeMembership, giaoban::training::MakeTraining,
       giaoban::inspection::MakeInspection, giaoban::aggregator::MakeAggregator, giaoban::audit::MakeAudit});
}
