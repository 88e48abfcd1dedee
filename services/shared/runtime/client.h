// Connections to services of the suite: mutual TLS, deadlines, keepalive.
#ifndef GIAOBAN_RUNTIME_CLIENT_H_
#define GIAOBAN_RUNTIME_CLIENT_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/shared/runtime/credentials.h"

namespace giaoban::runtime {

// What a channel made here takes in a trailer; said to services in the metadata "giaoban-detail-bytes".
inline constexpr int kLongestDetailBytes = 128 << 10;

// A channel to `service` ("membership") with the certificate of these credentials; the server
// must present a certificate of that service, see Credentials::ForChannels. The same address gives the same connection
// as long as neither the own certificate nor the revocation list changes, so who lives long connects anew for each call
// or stream. Where there are several addresses, calls go to each in turn and around those that do not answer; `address`
// names one of them. Unary methods that may be repeated are when the answer is UNAVAILABLE, up to five times within
// some two seconds. NOT_FOUND when the identity folder has no address for it.
absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const Credentials& credentials, absl::string_view service,
                                                       absl::string_view address = "");

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_CLIENT_H_
