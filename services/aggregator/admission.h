// Which questions are answered, and to whom.
#ifndef GIAOBAN_AGGREGATOR_ADMISSION_H_
#define GIAOBAN_AGGREGATOR_ADMISSION_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "giaoban/aggregator/v1/aggregator.pb.h"
#include "google/protobuf/repeated_field.h"
#include "services/aggregator/model.h"
#include "services/shared/clusters/view.h"
#include "services/shared/contract/catalogue.h"
#include "services/shared/runtime/identity.h"

namespace giaoban::aggregator {

// Checks a question. PERMISSION_DENIED unless the caller is the chair of the cluster at `now`, or an office
// whose bloc is or was a member of the cluster and that asks for accepted figures; INVALID_ARGUMENT for a
// malformed half-year or basis; NOT_FOUND for a half-year the cluster never scheduled. Who may not ask
// learns nothing about what exists.
absl::StatusOr<Question> Admit(const clusters::View& view, const runtime::Identity& caller, const v1::SummaryKey& key,
                               absl::Time now);

// The line with this code. NOT_FOUND.
absl::StatusOr<const contract::Line*> FindLine(const contract::Catalogue& catalogue, const std::string& code);
// A known code that is not asked for in the half-year: NOT_FOUND.
absl::Status NotAsked(const std::string& code, contract::HalfYear half);

// Positions by form index. INVALID_ARGUMENT for an unknown kind.
absl::StatusOr<std::vector<int64_t>> PositionsByForm(
    const contract::Catalogue& catalogue, const google::protobuf::RepeatedPtrField<v1::KindPosition>& positions);

}  // namespace giaoban::aggregator

#endif  // GIAOBAN_AGGREGATOR_ADMISSION_H_
