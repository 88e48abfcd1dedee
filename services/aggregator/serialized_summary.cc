#include "services/aggregator/serialized_summary.h"

#include <algorithm>
#include <cstdint>

#include "google/protobuf/io/coded_stream.h"
#include "services/aggregator/redaction.h"

namespace giaoban::aggregator {
namespace {

using google::protobuf::io::CodedOutputStream;

// In a summary, whose fields all have a tag of one byte.
size_t SizeOf(const report::v1::Finding& finding) {
  const size_t size = finding.ByteSizeLong();
  return 1 + CodedOutputStream::VarintSize32(static_cast<uint32_t>(size)) + size;
}

}  // namespace

SerializedSummary::SerializedSummary(const v1::Summary& summary) : bytes_(summary.SerializeAsString()) {
  size_t end = bytes_.size();
  for (auto finding = summary.findings().rbegin(); finding != summary.findings().rend(); ++finding) {
    const size_t begin = end - SizeOf(*finding);
    findings_.push_back({.bloc = finding->bloc(), .begin = begin, .end = end});
    end = begin;
  }
  std::reverse(findings_.begin(), findings_.end());
}

std::vector<absl::string_view> SerializedSummary::PiecesFor(const std::string& office) const {
  std::vector<absl::string_view> pieces;
  size_t begin = 0;
  const auto take_until = [&](size_t end) {
    if (begin < end) pieces.push_back(absl::string_view(bytes_).substr(begin, end - begin));
  };
  for (const Finding& finding : findings_) {
    if (MaySeeFindingsOf(finding.bloc, office)) continue;
    take_until(finding.begin);
    begin = finding.end;
  }
  take_until(bytes_.size());
  return pieces;
}

}  // namespace giaoban::aggregator
