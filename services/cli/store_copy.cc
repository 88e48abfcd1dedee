#include "services/cli/store_copy.h"

#include <algorithm>
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/cli/verify.h"
#include "services/shared/journal/signer.h"
#include "services/shared/runtime/status.h"
#include "services/shared/storage/store.h"

namespace giaoban::cli {
namespace {

using StoreOr = absl::StatusOr<std::unique_ptr<storage::Store>>;

// An error with a sentence for people; what the engine said goes in brackets.
absl::Status Explain(const absl::Status& status, absl::string_view service, absl::string_view vi,
                     absl::string_view en) {
  const std::string cause = absl::StrCat(" (", std::string(status.message()), ")");
  return runtime::Error(status.code(), absl::StrCat(service, ": ", en, cause),
                        {.reason = "STORE_COPY", .vietnamese = absl::StrCat(service, ": ", vi, cause)});
}

StoreOr OpenSource(const StoreMove& move, const std::string& service) {
  StoreOr source = storage::OpenAlone(move.back ? move.database : "", move.directory, service);
  if (source.ok()) return source;
  if (absl::IsNotFound(source.status())) {
    return Explain(source.status(), service, "không có kho này để sao chép", "there is no such store to copy");
  }
  if (absl::IsFailedPrecondition(source.status())) {
    return Explain(source.status(), service, "không mở riêng được kho nguồn; hãy dừng các dịch vụ đang dùng nó",
                   "the source cannot be had alone; stop the services that use it");
  }
  return Explain(source.status(), service, "không mở được kho nguồn", "the source cannot be opened");
}

// Makes it when it is missing, and then keeps others out until it is whole.
StoreOr OpenTarget(const StoreMove& move, const std::string& service) {
  const std::string database = move.back ? "" : move.database;
  StoreOr target = storage::Open(database, move.directory, service);
  if (target.ok()) {
    target->reset();
    target = storage::OpenAlone(database, move.directory, service);
  }
  if (target.ok()) return target;
  return Explain(target.status(), service, "không mở được kho đích", "the target cannot be opened");
}

absl::StatusOr<journal::VerifyReport> VerifySide(const storage::Store& store, const journal::Verifier& verifier,
                                                 const std::string& service, bool source,
                                                 const MoveProgress& progress) {
  absl::StatusOr<journal::VerifyReport> report = journal::Verify(
      store, verifier, [&](int64_t entries) { progress("mục đã kiểm tra", "entries verified", entries); });
  absl::Status status = report.status();
  if (status.ok() && !report->fault.empty()) status = absl::DataLossError(report->fault);
  if (status.ok()) return report;
  return source ? Explain(status, service, "kho nguồn không kiểm tra được, không sao chép gì",
                          "the source does not verify, nothing is copied")
                : Explain(status, service, "bản sao không kiểm tra được, không được dùng",
                          "the copy does not verify and must not be used");
}

absl::Status ExplainCopy(const absl::Status& status, const std::string& service) {
  if (absl::IsAlreadyExists(status)) {
    return Explain(status, service, "kho đích đã có dữ liệu, không ghi đè",
                   "the target is not empty and is left as it is");
  }
  if (absl::IsFailedPrecondition(status)) {
    return Explain(status, service,
                   "hãy chạy dịch vụ của bản phát hành này trên kho nguồn một lần, rồi dừng và sao chép",
                   "start the service of this release on the source once, stop it, and copy then");
  }
  if (absl::IsUnavailable(status)) {
    return Explain(
        status, service,
        "mất kết nối; kho đích hoặc vẫn trống, hoặc đã đủ: chạy lại, và nếu đã có dữ liệu thì dùng giaoban verify",
        "the connection was lost; the target is either empty or complete: run this again, and if it is not "
        "empty, giaoban verify");
  }
  return Explain(status, service, "không sao chép được, kho đích vẫn trống", "not copied, the target is still empty");
}

}  // namespace

std::vector<std::string> StoresToMove(const StoreMove& move) {
  std::vector<std::string> services = Stores(move.directory, move.back ? move.database : "").Services();
  services.erase(std::remove(services.begin(), services.end(), kAuditStore), services.end());
  return services;
}

absl::StatusOr<StoreMoved> MoveStore(const StoreMove& move, const std::string& service, const MoveProgress& progress) {
  const StoreOr source = OpenSource(move, service);
  if (!source.ok()) return source.status();
  const absl::StatusOr<journal::Verifier> verifier =
      journal::Verifier::Load(absl::StrCat(move.directory, "/", service, ".key.pub"));
  if (!verifier.ok()) {
    return Explain(verifier.status(), service, "không đọc được khoá công khai", "the public keys cannot be read");
  }
  const auto before = VerifySide(**source, *verifier, service, /*source=*/true, progress);
  if (!before.ok()) return before.status();
  const StoreOr target = OpenTarget(move, service);
  if (!target.ok()) return target.status();
  const auto copied =
      storage::Copy(**source, **target, [&](int64_t rows) { progress("dòng đã sao chép", "rows copied", rows); });
  if (!copied.ok()) return ExplainCopy(copied.status(), service);
  const auto after = VerifySide(**target, *verifier, service, /*source=*/false, progress);
  if (!after.ok()) return after.status();
  return StoreMoved{*copied, *after};
}

}  // namespace giaoban::cli
