// AccountService as it is served.
#ifndef GIAOBAN_DIRECTORY_ACCOUNT_SERVICE_H_
#define GIAOBAN_DIRECTORY_ACCOUNT_SERVICE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "giaoban/directory/v1/accounts.grpc.pb.h"
#include "services/directory/register.h"
#include "services/shared/runtime/environment.h"

namespace giaoban::directory {

// Opens the accounts in the register's database and the key that signs statements; the register must outlive the
// service.
absl::StatusOr<std::unique_ptr<v1::AccountService::CallbackService>> OpenAccountService(
    Register& directory, const runtime::Environment& environment);

}  // namespace giaoban::directory

#endif  // GIAOBAN_DIRECTORY_ACCOUNT_SERVICE_H_
