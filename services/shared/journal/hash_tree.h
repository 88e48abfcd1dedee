// The hash tree over the entries of one commit, as report.v1.Proof describes it.
#ifndef GIAOBAN_JOURNAL_HASH_TREE_H_
#define GIAOBAN_JOURNAL_HASH_TREE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "giaoban/report/v1/report.pb.h"

namespace giaoban::journal {

struct HashTree {
  std::string root;
  // For each leaf the sibling hashes from the leaf to the root.
  std::vector<std::vector<std::string>> paths;
};

// The tree over at least one entry hash.
HashTree BuildHashTree(const std::vector<std::string>& hashes);

// The root that a proof's path leads to from an entry hash; nullopt when the path
// does not have the shape its leaf and number of leaves ask for.
std::optional<std::string> RootOf(absl::string_view hash, const report::v1::Proof& proof);

}  // namespace giaoban::journal

#endif  // GIAOBAN_JOURNAL_HASH_TREE_H_
