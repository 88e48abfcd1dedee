#include "services/directory/directory.h"
#include "services/shared/audit/audit.h"

int main(int argc, char** argv) {
  return giaoban::runtime::Main(argc, argv, {giaoban::directory::MakeDirectory, giaoban::audit::MakeAudit});
}
