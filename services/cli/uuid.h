// Random names for requests.
#ifndef GIAOBAN_CLI_UUID_H_
#define GIAOBAN_CLI_UUID_H_

#include <string>

namespace giaoban::cli {

// A random UUID (RFC 4122, version 4).
std::string NewUuid();

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_UUID_H_
