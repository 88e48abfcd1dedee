#include "services/membership/membership.h"
#include "services/shared/audit/audit.h"

int main(int argc, char** argv) {
  return giaoban::runtime::Main(argc, argv, {giaoban::membership::MakeMembership, giaoban::audit::MakeAudit});
}
