// Checks of fields that requests of many services have. What they refuse, with INVALID_ARGUMENT, the contract says at
// each field.
#ifndef GIAOBAN_RUNTIME_FIELDS_H_
#define GIAOBAN_RUNTIME_FIELDS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "google/protobuf/timestamp.pb.h"

namespace giaoban::runtime {

// Characters of a text people wrote: a reason, a remark, an explanation.
inline constexpr int kTextCharacters = 2000;

// Whether UTF-8 has more characters, not bytes, than this.
bool LongerThan(absl::string_view text, int characters);

// At most kTextCharacters.
absl::Status CheckReason(absl::string_view reason);
// 8 to 64 visible ASCII characters.
absl::Status CheckRequestId(absl::string_view id);
// A moment of the years 1 to 9999: others cannot be reckoned with.
absl::Status CheckTime(const google::protobuf::Timestamp& time);
// Positions to go on from: at most 1000 at a time where a person asks, and none below zero.
absl::Status CheckPositionCount(int count);
absl::Status CheckPosition(int64_t position);
// "2023-06-30", and nothing else: a year has four digits, 1000 to 9999.
absl::StatusOr<absl::CivilDay> ParseDay(absl::string_view text);

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_FIELDS_H_
