#include "services/shared/audit/audit.h"
#include "services/training/training.h"

int main(int argc, char** argv) {
  return giaoban::runtime::Main(argc, argv, {giaoban::training::MakeTraining, giaoban::audit::MakeAudit});
}
