#include "services/inspection/inspection.h"

int main(int argc, char** argv) { return giaoban::runtime::Main(argc, argv, {giaoban::inspection::MakeInspection}); }
