#include "services/shared/journal/signer.h"

#include <sodium.h>

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/shared/journal/hash_tree.h"
#include "services/shared/journal/key_file.h"

namespace giaoban::journal {
namespace {

const unsigned char* Raw(absl::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* Raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

absl::Status StartSodium() {
  // Safe to call again and from any thread.
  return sodium_init() < 0 ? absl::UnavailableError("libsodium finds no source of randomness") : absl::OkStatus();
}

std::string KeyId(absl::string_view public_key) { return Hex(Sha256({public_key}).substr(0, 8)); }

std::string SignedText(absl::string_view cluster, absl::string_view root) {
  const absl::string_view zero("\0", 1);
  return absl::StrCat("giaoban commit v1", zero, cluster, zero, root);
}

absl::StatusOr<std::string> MakeSecret(const std::string& path) {
  std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0');
  std::string secret(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_keypair(Raw(public_key), Raw(secret));
  if (absl::Status status = WriteSecret(path, secret); !status.ok()) return status;
  return secret;
}

}  // namespace

std::string Sha256(std::initializer_list<absl::string_view> parts) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  for (absl::string_view part : parts) crypto_hash_sha256_update(&state, Raw(part), part.size());
  std::string hash(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256_final(&state, Raw(hash));
  return hash;
}

std::string Hex(absl::string_view bytes) {
  std::string hex(2 * bytes.size() + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), Raw(bytes), bytes.size());
  hex.pop_back();  // the terminating zero
  return hex;
}

absl::StatusOr<Signer> Signer::LoadOrCreate(const std::string& path) {
  if (absl::Status status = StartSodium(); !status.ok()) return status;
  absl::StatusOr<std::string> secret = ReadSecret(path);
  if (absl::IsNotFound(secret.status())) secret = MakeSecret(path);
  if (!secret.ok()) return secret.status();
  Signer signer;
  signer.secret_ = *std::move(secret);
  const std::string public_key = signer.secret_.substr(crypto_sign_SEEDBYTES);
  signer.key_id_ = KeyId(public_key);
  // Also after a start that was interrupted between the two files, or a new key put in place by hand.
  if (absl::Status status = AddPublicKey(path + ".pub", public_key); !status.ok()) return status;
  return signer;
}

Signer::~Signer() { sodium_memzero(secret_.data(), secret_.size()); }

Signer::Signer(Signer&& other) noexcept = default;

std::vector<report::v1::Proof> Signer::Sign(absl::string_view cluster, const std::vector<std::string>& hashes) const {
  const HashTree tree = BuildHashTree(hashes);
  const std::string text = SignedText(cluster, tree.root);
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(Raw(signature), nullptr, Raw(text), text.size(), Raw(secret_));
  std::vector<report::v1::Proof> proofs(hashes.size());
  for (size_t leaf = 0; leaf < hashes.size(); ++leaf) {
    proofs[leaf].set_leaf(static_cast<int32_t>(leaf));
    proofs[leaf].set_leaves(static_cast<int32_t>(hashes.size()));
    for (const std::string& sibling : tree.paths[leaf]) proofs[leaf].add_path(sibling);
    proofs[leaf].set_signature(signature);
    proofs[leaf].set_key_id(key_id_);
  }
  return proofs;
}

absl::StatusOr<Verifier> Verifier::Load(const std::string& path) {
  if (absl::Status status = StartSodium(); !status.ok()) return status;
  absl::StatusOr<std::vector<std::string>> keys = ReadPublicKeys(path);
  if (!keys.ok()) return keys.status();
  if (keys->empty()) return absl::FailedPreconditionError(absl::StrCat(path, " has no key"));
  Verifier verifier;
  for (std::string& key : *keys) verifier.keys_.emplace_back(KeyId(key), std::move(key));
  return verifier;
}

absl::Status Verifier::Check(absl::string_view cluster, absl::string_view entry_hash,
                             const report::v1::Proof& proof) const {
  const std::optional<std::string> root = RootOf(entry_hash, proof);
  if (!root.has_value()) return absl::UnauthenticatedError("the proof's path does not fit its place in the commit");
  if (proof.signature().size() != crypto_sign_BYTES) return absl::UnauthenticatedError("the signature is not 64 bytes");
  const std::string text = SignedText(cluster, *root);
  for (const auto& [id, key] : keys_) {
    if (id != proof.key_id()) continue;
    const int result = crypto_sign_verify_detached(Raw(proof.signature()), Raw(text), text.size(), Raw(key));
    return result == 0 ? absl::OkStatus()
                       : absl::UnauthenticatedError("the signature does not fit the entry, or not with this path");
  }
  return absl::UnauthenticatedError(absl::StrCat("no public key ", proof.key_id()));
}

}  // namespace giaoban::journal
