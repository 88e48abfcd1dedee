// Which summary the options name.
#ifndef GIAOBAN_CLI_SUMMARY_KEY_H_
#define GIAOBAN_CLI_SUMMARY_KEY_H_

#include "absl/status/status.h"
#include "giaoban/aggregator/v1/aggregator.pb.h"
#include "services/cli/commands.h"

namespace giaoban::cli {

// --cluster, --period and --basis (accepted unless said otherwise).
absl::Status SetSummaryKey(const Context& context, aggregator::v1::SummaryKey& key);

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_SUMMARY_KEY_H_
