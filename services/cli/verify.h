// Checking stores and receipts without asking the services.
#ifndef GIAOBAN_CLI_VERIFY_H_
#define GIAOBAN_CLI_VERIFY_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "giaoban/report/v1/report.pb.h"
#include "services/shared/journal/journal.h"

namespace giaoban::cli {

// What the check of one store came to.
struct StoreVerdict {
  std::string service;
  journal::VerifyReport report;
};

// Checks DIR/<service>.db with the keys in DIR/<service>.key.pub, for every database there is, in order of name. An
// error when a store or its key cannot be read; NOT_FOUND when there is no database.
absl::StatusOr<std::vector<StoreVerdict>> VerifyStores(const std::string& directory,
                                                       std::function<void(absl::string_view, int64_t)> progress);

// The receipts in a file as the command line writes them with --format json: an object a line, a receipt itself or
// something with a "receipt".
absl::StatusOr<std::vector<report::v1::Receipt>> ReadReceipts(const std::string& path);

// Checks a receipt against its service's key and the entry it names in its service's store. DATA_LOSS says
// what does not fit.
absl::Status VerifyReceipt(const std::string& directory, const report::v1::Receipt& receipt);

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_VERIFY_H_
