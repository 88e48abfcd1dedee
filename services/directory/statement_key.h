// The key that signs statements about people.
#ifndef GIAOBAN_DIRECTORY_STATEMENT_KEY_H_
#define GIAOBAN_DIRECTORY_STATEMENT_KEY_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "giaoban/directory/v1/accounts.pb.h"
#include "services/directory/register.h"
#include "services/shared/runtime/environment.h"
#include "services/shared/runtime/statement.h"

namespace giaoban::directory {

// The private key is in `<data>/statement.key` (mode 0600), public keys of this folder, newest last, beside it in
// `statement.keys`; the public key is an event of the directory before it signs anything. The files are written first:
// a start finds a key there that the journal does not know when the process died in between, and publishes it then.
// Each process of the directory has a key of its own. Thread-safe.
class StatementKey {
 public:
  // Gets the id of the new key, once.
  using Done = absl::AnyInvocable<void(absl::StatusOr<std::string>)>;

  // Reads the key, or makes one at the first start, and sees to it that it is published. FAILED_PRECONDITION for one
  // that has ended. The register and the environment must outlive it.
  static absl::StatusOr<std::unique_ptr<StatementKey>> Open(Register& directory,
                                                            const runtime::Environment& environment);

  v1::SignedStatement Sign(const v1::Statement& statement) const;
  // Makes a new key, publishes it in the place of this process's present one and signs with it from then on.
  // ALREADY_EXISTS for a request that was carried out. When it fails, a repetition goes on with the same key.
  void Rotate(const runtime::Caller& caller, const std::string& request_id, Done done);

 private:
  StatementKey(Register& directory, std::string path, runtime::StatementSigner signer)
      : directory_(directory), path_(std::move(path)), signer_(std::move(signer)) {}
  // The public part of the key to rotate to, which is made and in the file by then.
  absl::StatusOr<v1::StatementKeyPublished> MakeNext(const runtime::Caller& caller, const std::string& request_id);
  void UseNext();

  Register& directory_;
  const std::string path_;
  mutable absl::Mutex mutex_;
  runtime::StatementSigner signer_ ABSL_GUARDED_BY(mutex_);
  // In the file, and not known to be published yet.
  std::optional<runtime::StatementSigner> next_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace giaoban::directory

#endif  // GIAOBAN_DIRECTORY_STATEMENT_KEY_H_
