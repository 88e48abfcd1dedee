// Checking stores and receipts without asking the services.
#ifndef GIAOBAN_CLI_VERIFY_H_
#define GIAOBAN_CLI_VERIFY_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "giaoban/report/v1/report.pb.h"
#include "services/shared/journal/journal.h"
#include "services/shared/journal/signer.h"
#include "services/shared/storage/store.h"

namespace giaoban::cli {

// The audit log of a process, which is a file wherever the other stores are.
inline constexpr absl::string_view kAuditStore = "audit";

// Stores to be checked, and the public keys to do it with. For one thread.
class Stores {
 public:
  // Keys are in DIR/<service>.key.pub, where several processes share a database those of all of them; stores are files
  // DIR/<service>.db, or all but the audit log schemas of the PostgreSQL database (a conninfo).
  explicit Stores(std::string directory, std::string database = "");

  struct Opened {
    std::unique_ptr<storage::Store> store;
    journal::Verifier verifier;
  };
  // An error when the store or its keys cannot be read.
  absl::StatusOr<const Opened*> Open(const std::string& service);
  // In order of name.
  std::vector<std::string> Services() const;
  const std::string& directory() const { return directory_; }

 private:
  const std::string directory_, database_;
  std::map<std::string, Opened> opened_;
};

// What the check of one store came to.
struct StoreVerdict {
  std::string service;
  journal::VerifyReport report;
};

// Checks every store there is, in order of name. An
// error when a store or its key cannot be read; NOT_FOUND when there is none.
absl::StatusOr<std::vector<StoreVerdict>> VerifyStores(Stores& stores,
                                                       std::function<void(absl::string_view, int64_t)> progress);

// The receipts in a file as the command line writes them with --format json: an object a line, a receipt itself or
// something with a "receipt".
absl::StatusOr<std::vector<report::v1::Receipt>> ReadReceipts(const std::string& path);

// Checks a receipt against its service's key and the entry it names in its service's store. DATA_LOSS says
// what does not fit.
absl::Status VerifyReceipt(Stores& stores, const report::v1::Receipt& receipt);

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_VERIFY_H_
