// A summary as bytes that many answers share.
#ifndef GIAOBAN_AGGREGATOR_SERIALIZED_SUMMARY_H_
#define GIAOBAN_AGGREGATOR_SERIALIZED_SUMMARY_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "giaoban/aggregator/v1/aggregator.pb.h"

namespace giaoban::aggregator {

// Does not change, so any thread may read.
class SerializedSummary {
 public:
  explicit SerializedSummary(const v1::Summary& summary);

  // What an office may see, in order: all but the findings it may not see. An empty `office` is a chair, who sees
  // everything. As long as this lives.
  std::vector<absl::string_view> PiecesFor(const std::string& office) const;

 private:
  struct Finding {
    // Empty for one of the totals.
    std::string bloc;
    size_t begin, end;
  };

  const std::string bytes_;
  // They come after everything else in the bytes.
  std::vector<Finding> findings_;
};

}  // namespace giaoban::aggregator

#endif  // GIAOBAN_AGGREGATOR_SERIALIZED_SUMMARY_H_
