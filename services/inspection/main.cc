#include "services/inspection/inspection.h"
#include "services/shared/audit/audit.h"

int main(int argc, char** argv) {
  return giaoban::runtime::Main(argc, argv, {giaoban::inspection::MakeInspection, giaoban::audit::MakeAudit});
}
