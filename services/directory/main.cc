#include "services/directory/directory.h"

int main(int argc, char** argv) { return giaoban::runtime::Main(argc, argv, {giaoban::directory::MakeDirectory}); }
