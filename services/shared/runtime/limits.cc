#include "services/shared/runtime/limits.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "services/shared/runtime/status.h"

namespace giaoban::runtime {
namespace {

constexpr int kUsualPage = 100;

}  // namespace

absl::Status PastLimit(absl::string_view name, int64_t limit, Metrics& metrics) {
  metrics.limit_reached.Add({{"limit", std::string(name)}}).Increment();
  return Error(absl::StatusCode::kResourceExhausted, absl::StrCat("past the limit ", name, " of ", limit),
               {.reason = "LIMIT",
                .vietnamese = absl::StrCat("Vượt giới hạn ", name, " (", limit, "); đề nghị thử lại sau giây lát."),
                .metadata = {{"limit", std::string(name)}, {"value", absl::StrCat(limit)}}});
}

absl::StatusOr<int> PageSize(int64_t asked, const Limits& limits, Metrics& metrics) {
  if (asked < 0) {
    return Error(absl::StatusCode::kInvalidArgument, "page_size is below zero",
                 {.reason = "REQUEST_MALFORMED", .vietnamese = "Số dòng mỗi trang (page_size) không được âm."});
  }
  if (asked > limits.page) return PastLimit("max_page", limits.page, metrics);
  return asked == 0 ? kUsualPage : static_cast<int>(asked);
}

}  // namespace giaoban::runtime
