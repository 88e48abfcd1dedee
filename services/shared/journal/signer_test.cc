#include "services/shared/journal/signer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "services/shared/journal/journal_fixture.h"

namespace giaoban::journal {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string Content(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

std::vector<std::string> Hashes(int count) {
  std::vector<std::string> hashes;
  for (int entry = 0; entry < count; ++entry) hashes.push_back(Sha256({absl::StrCat("entry ", entry)}));
  return hashes;
}

// Goal: the hash is SHA-256 (FIPS 180-4's example), however the text is cut.
TEST(Sha256Test, IsTheStandardOne) {
  const std::string expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(Hex(Sha256({"abc"})), expected);
  EXPECT_EQ(Hex(Sha256({"a", "", "bc"})), expected);
}

class SignerTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  const std::string path_ = folder_ / "key";
};

// Goal: the first start makes a key only its owner can read, and later starts use it: a proof made
// before is checked by what is published after.
TEST_F(SignerTest, KeyIsMadeOnceAndKept) {
  const auto proofs = Signer::LoadOrCreate(path_).value().Sign("dong-bac", Hashes(1));
  const auto mode = fs::status(path_).permissions();
  EXPECT_EQ(mode, fs::perms::owner_read | fs::perms::owner_write);
  const std::string published = Content(path_ + ".pub");
  EXPECT_EQ(published.size(), 65u);
  const auto again = Signer::LoadOrCreate(path_).value().Sign("dong-bac", Hashes(1));
  EXPECT_EQ(again[0].key_id(), proofs[0].key_id());
  EXPECT_EQ(Content(path_ + ".pub"), published);
  EXPECT_TRUE(Verifier::Load(path_ + ".pub").value().Check("dong-bac", Hashes(1)[0], proofs[0]).ok());
}

// Goal: a public key lost between the two writes of the first start comes back.
TEST_F(SignerTest, PublicKeyIsRestored) {
  ASSERT_TRUE(Signer::LoadOrCreate(path_).ok());
  const std::string published = Content(path_ + ".pub");
  fs::remove(path_ + ".pub");
  ASSERT_TRUE(Signer::LoadOrCreate(path_).ok());
  EXPECT_EQ(Content(path_ + ".pub"), published);
}

// Goal: after a change of keys the proofs of both are checked.
TEST_F(SignerTest, OldProofsOutliveTheirKey) {
  const auto old_proofs = Signer::LoadOrCreate(path_).value().Sign("dong-bac", Hashes(1));
  fs::rename(path_, path_ + ".old");
  const auto new_proofs = Signer::LoadOrCreate(path_).value().Sign("dong-bac", Hashes(1));
  EXPECT_NE(old_proofs[0].key_id(), new_proofs[0].key_id());
  const Verifier verifier = Verifier::Load(path_ + ".pub").value();
  EXPECT_TRUE(verifier.Check("dong-bac", Hashes(1)[0], old_proofs[0]).ok());
  EXPECT_TRUE(verifier.Check("dong-bac", Hashes(1)[0], new_proofs[0]).ok());
}

// Goal: a key that others can read is refused with the file's name.
TEST_F(SignerTest, ReadableKeyIsRefused) {
  ASSERT_TRUE(Signer::LoadOrCreate(path_).ok());
  fs::permissions(path_, fs::perms::group_read, fs::perm_options::add);
  const absl::Status status = Signer::LoadOrCreate(path_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
}

// Goal: what is not a key is refused, not replaced: text, half a key, and a key whose halves do not belong together.
TEST_F(SignerTest, DamagedKeyIsRefused) {
  ASSERT_TRUE(Signer::LoadOrCreate(path_).ok());
  const std::string key = Content(path_);
  std::string swapped = key;
  swapped[0] = swapped[0] == '0' ? '1' : '0';
  for (const std::string& damaged : {std::string("not a key"), key.substr(0, 64), key + "00", swapped, std::string()}) {
    std::ofstream(path_) << damaged;
    EXPECT_TRUE(absl::IsFailedPrecondition(Signer::LoadOrCreate(path_).status())) << damaged;
    EXPECT_EQ(Content(path_), damaged);
  }
}

// Goal: a file of public keys that is missing, empty or damaged is an error.
TEST_F(SignerTest, PublicKeysAreNeeded) {
  EXPECT_TRUE(absl::IsNotFound(Verifier::Load(path_ + ".pub").status()));
  for (const std::string content : {"", "\n", "12ab\n"}) {
    std::ofstream(path_ + ".pub") << content;
    EXPECT_TRUE(absl::IsFailedPrecondition(Verifier::Load(path_ + ".pub").status())) << content;
  }
}

class ProofTest : public testing::TestWithParam<int> {
 protected:
  TemporaryFolder folder_;
  const Signer signer_ = Signer::LoadOrCreate(folder_ / "key").value();
  const Verifier verifier_ = Verifier::Load(folder_ / "key.pub").value();
};

// 1: no path; 2: full; 3 and 7: nodes without a partner at several heights; 256: the largest group.
INSTANTIATE_TEST_SUITE_P(Leaves, ProofTest, testing::Values(1, 2, 3, 4, 5, 6, 7, 256));

// Goal: each entry's proof is right for it, and wrong for another entry or another cluster.
TEST_P(ProofTest, FitsItsEntryOnly) {
  const std::vector<std::string> hashes = Hashes(GetParam());
  const auto proofs = signer_.Sign("dong-bac", hashes);
  ASSERT_EQ(proofs.size(), hashes.size());
  for (size_t leaf = 0; leaf < hashes.size(); ++leaf) {
    EXPECT_TRUE(verifier_.Check("dong-bac", hashes[leaf], proofs[leaf]).ok()) << leaf;
    EXPECT_TRUE(absl::IsUnauthenticated(verifier_.Check("tay-bac", hashes[leaf], proofs[leaf]))) << leaf;
    EXPECT_TRUE(absl::IsUnauthenticated(verifier_.Check("dong-bac", Sha256({"other"}), proofs[leaf]))) << leaf;
    const size_t other = (leaf + 1) % hashes.size();
    EXPECT_EQ(verifier_.Check("dong-bac", hashes[leaf], proofs[other]).ok(), other == leaf) << leaf;
  }
}

// Goal: a proof with a changed part is refused: path, leaf, signature, key.
TEST_P(ProofTest, ChangedProofIsRefused) {
  const std::vector<std::string> hashes = Hashes(GetParam());
  const auto proofs = signer_.Sign("dong-bac", hashes);
  const auto refused = [&](auto change) {
    report::v1::Proof proof = proofs.back();
    change(proof);
    return absl::IsUnauthenticated(verifier_.Check("dong-bac", hashes.back(), proof));
  };
  EXPECT_TRUE(refused([](auto& proof) { proof.add_path(Sha256({"more"})); }));
  EXPECT_TRUE(refused([](auto& proof) { proof.set_leaf(proof.leaf() + 1); }));
  EXPECT_TRUE(refused([](auto& proof) { proof.set_leaf(-1); }));
  EXPECT_TRUE(refused([](auto& proof) { proof.set_leaves(0); }));
  EXPECT_TRUE(refused([](auto& proof) { (*proof.mutable_signature())[63] ^= 1; }));
  EXPECT_TRUE(refused([](auto& proof) { proof.mutable_signature()->pop_back(); }));
  EXPECT_TRUE(refused([](auto& proof) { proof.set_key_id("0123456789abcdef"); }));
  if (proofs.back().path_size() > 0) {
    EXPECT_TRUE(refused([](auto& proof) { (*proof.mutable_path(0))[0] ^= 1; }));
    EXPECT_TRUE(refused([](auto& proof) { proof.mutable_path()->RemoveLast(); }));
  }
}

// Goal: the tree is the documented one, computed by hand for three entries.
TEST(HashTreeTest, ThreeEntriesByHand) {
  TemporaryFolder folder;
  const Signer signer = Signer::LoadOrCreate(folder / "key").value();
  const std::vector<std::string> hashes = Hashes(3);
  const auto proofs = signer.Sign("dong-bac", hashes);
  const absl::string_view zero("\0", 1);
  const absl::string_view one("\1", 1);
  std::vector<std::string> leaves;
  for (const std::string& hash : hashes) leaves.push_back(Sha256({zero, hash}));
  const std::string left = Sha256({one, leaves[0], leaves[1]});
  EXPECT_EQ(std::vector<std::string>(proofs[0].path().begin(), proofs[0].path().end()),
            (std::vector<std::string>{leaves[1], leaves[2]}));
  EXPECT_EQ(std::vector<std::string>(proofs[2].path().begin(), proofs[2].path().end()), std::vector<std::string>{left});
}

}  // namespace
}  // namespace giaoban::journal
