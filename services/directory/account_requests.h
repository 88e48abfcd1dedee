// What is checked of a request about accounts before anything else. INVALID_ARGUMENT, in both languages.
#ifndef GIAOBAN_DIRECTORY_ACCOUNT_REQUESTS_H_
#define GIAOBAN_DIRECTORY_ACCOUNT_REQUESTS_H_

#include "absl/status/status.h"
#include "giaoban/directory/v1/accounts.pb.h"

namespace giaoban::directory {

// User name, role, and whether there is a bloc where one belongs; not whether the directory knows it.
absl::Status Check(const v1::CreateAccountRequest& request);
absl::Status Check(const v1::ResetAccountRequest& request);
absl::Status Check(const v1::SetAccountDisabledRequest& request);

}  // namespace giaoban::directory

#endif  // GIAOBAN_DIRECTORY_ACCOUNT_REQUESTS_H_
