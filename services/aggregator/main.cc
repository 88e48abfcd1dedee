#include "services/aggregator/component.h"
#include "services/shared/audit/audit.h"
#include "services/shared/runtime/component.h"

int main(int argc, char** argv) {
  return giaoban::runtime::Main(argc, argv, {giaoban::aggregator::MakeAggregator, giaoban::audit::MakeAudit});
}
