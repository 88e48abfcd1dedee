#include "services/shared/journal/hash_tree.h"

#include <utility>

#include "services/shared/journal/signer.h"

namespace giaoban::journal {
namespace {

constexpr absl::string_view kLeaf("\0", 1);
constexpr absl::string_view kNode("\1", 1);

std::vector<std::string> LevelAbove(const std::vector<std::string>& level) {
  std::vector<std::string> above;
  for (size_t left = 0; left < level.size(); left += 2) {
    above.push_back(left + 1 < level.size() ? Sha256({kNode, level[left], level[left + 1]}) : level[left]);
  }
  return above;
}

}  // namespace

HashTree BuildHashTree(const std::vector<std::string>& hashes) {
  HashTree tree;
  tree.paths.resize(hashes.size());
  std::vector<std::string> level;
  for (const std::string& hash : hashes) level.push_back(Sha256({kLeaf, hash}));
  for (size_t depth = 0; level.size() > 1; ++depth, level = LevelAbove(level)) {
    for (size_t leaf = 0; leaf < hashes.size(); ++leaf) {
      const size_t sibling = (leaf >> depth) ^ 1;
      if (sibling < level.size()) tree.paths[leaf].push_back(level[sibling]);
    }
  }
  tree.root = std::move(level.front());
  return tree;
}

std::optional<std::string> RootOf(absl::string_view hash, const report::v1::Proof& proof) {
  if (proof.leaf() < 0 || proof.leaf() >= proof.leaves()) return std::nullopt;
  std::string node = Sha256({kLeaf, hash});
  int used = 0;
  int index = proof.leaf();
  for (int width = proof.leaves(); width > 1; index /= 2, width = width / 2 + width % 2) {
    if ((index ^ 1) >= width) continue;  // no partner: moves up unchanged
    if (used == proof.path_size()) return std::nullopt;
    const std::string& sibling = proof.path(used++);
    if (sibling.size() != node.size()) return std::nullopt;
    node = index % 2 == 0 ? Sha256({kNode, node, sibling}) : Sha256({kNode, sibling, node});
  }
  if (used != proof.path_size()) return std::nullopt;
  return node;
}

}  // namespace giaoban::journal
