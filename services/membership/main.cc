#include "services/membership/membership.h"

int main(int argc, char** argv) { return giaoban::runtime::Main(argc, argv, {giaoban::membership::MakeMembership}); }
