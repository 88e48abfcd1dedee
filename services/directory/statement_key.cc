#include "services/directory/statement_key.h"

#include <sodium.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "services/directory/password.h"
#include "services/shared/journal/key_file.h"
#include "services/shared/runtime/status.h"

namespace giaoban::directory {
namespace {

absl::StatusOr<runtime::StatementSigner> Make(const std::string& path) {
  std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0');
  std::string secret(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_keypair(reinterpret_cast<unsigned char*>(public_key.data()),
                      reinterpret_cast<unsigned char*>(secret.data()));
  if (absl::Status status = journal::WriteSecret(path, secret); !status.ok()) return status;
  return runtime::StatementSigner(std::move(secret));
}

// The public keys of this folder, newest last.
std::string PublicKeys(const std::string& path) { return path + "s"; }

absl::StatusOr<runtime::StatementSigner> ReadOrMake(const std::string& path) {
  absl::StatusOr<std::string> secret = journal::ReadSecret(path);
  if (secret.ok()) return runtime::StatementSigner(*std::move(secret));
  if (!absl::IsNotFound(secret.status())) return secret.status();
  return Make(path);
}

// The key of this folder before this one; empty when this is the first.
absl::StatusOr<std::string> KeyBefore(const std::string& path, const v1::StatementKeyPublished& key) {
  std::string before;
  const auto known = journal::ReadPublicKeys(PublicKeys(path));
  if (!known.ok()) return known.status();
  for (const std::string& each : *known) {
    if (each != key.public_key()) before = runtime::StatementKeyId(each);
  }
  return before;
}

// What the directory records of itself, at a start.
absl::Status Publish(Register& directory, const v1::StatementKeyPublished& key) {
  v1::Event event;
  *event.mutable_statement_key() = key;
  absl::Status outcome;
  absl::Notification recorded;
  directory.Record(runtime::Caller{{contract::v1::ROLE_SERVICE, "directory"}}, journal::Hex(SystemRandomness(16)),
                   std::move(event), [&](const absl::StatusOr<report::v1::Entry>& entry) {
                     outcome = entry.status();
                     recorded.Notify();
                   });
  recorded.WaitForNotification();
  return outcome;
}

}  // namespace

absl::StatusOr<std::unique_ptr<StatementKey>> StatementKey::Open(Register& directory,
                                                                 const runtime::Environment& environment) {
  const std::string path = absl::StrCat(environment.data_directory, "/statement.key");
  absl::StatusOr<runtime::StatementSigner> signer = ReadOrMake(path);
  if (!signer.ok()) return signer.status();
  v1::StatementKeyPublished key = signer->published();
  const absl::Status listed = journal::AddPublicKey(PublicKeys(path), key.public_key());
  if (!listed.ok()) return listed;
  const runtime::StatementKeys& keys = environment.statement_keys;
  if (!keys.IsKnown(key.key_id())) {
    const auto before = KeyBefore(path, key);
    if (!before.ok()) return before.status();
    key.set_replaces(*before);
    key.set_beside(before->empty());
    if (absl::Status status = Publish(directory, key); !status.ok()) return status;
  }
  if (!keys.IsInUse(key.key_id())) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, " is a key that was in use before the present one; take it away, and a new one will be made"));
  }
  return std::unique_ptr<StatementKey>(new StatementKey(directory, path, *std::move(signer)));
}

v1::SignedStatement StatementKey::Sign(const v1::Statement& statement) const {
  absl::ReaderMutexLock lock(&mutex_);
  return signer_.Sign(statement);
}

absl::StatusOr<v1::StatementKeyPublished> StatementKey::MakeNext(const runtime::Caller& caller,
                                                                 const std::string& request_id) {
  absl::MutexLock lock(&mutex_);
  if (!next_) {
    // A key that nobody needs must not be left in the file: the next start would publish it.
    const auto known = directory_.journal().FindRequest(
        {.cluster = kDirectoryJournal, .scope = caller.ToString(), .id = request_id, .digest = ""});
    if (!known.ok()) return known.status();
    absl::StatusOr<runtime::StatementSigner> made = Make(path_);
    if (!made.ok()) return made.status();
    const absl::Status listed = journal::AddPublicKey(PublicKeys(path_), made->published().public_key());
    if (!listed.ok()) return listed;
    next_ = *std::move(made);
  }
  v1::StatementKeyPublished next = next_->published();
  next.set_replaces(signer_.published().key_id());
  return next;
}

void StatementKey::Rotate(const runtime::Caller& caller, const std::string& request_id, Done done) {
  const absl::StatusOr<v1::StatementKeyPublished> next = MakeNext(caller, request_id);
  if (!next.ok()) return done(next.status());
  v1::Event event;
  *event.mutable_statement_key() = *next;
  directory_.Record(
      caller, request_id, std::move(event),
      [this, key = next->key_id(), done = std::move(done)](const absl::StatusOr<report::v1::Entry>& entry) mutable {
        if (!entry.ok()) return done(entry.status());
        UseNext();
        done(key);
      });
}

void StatementKey::UseNext() {
  absl::MutexLock lock(&mutex_);
  if (!next_) return;  // another rotation at the same time was sooner
  signer_ = *std::move(next_);
  next_.reset();
}

}  // namespace giaoban::directory
