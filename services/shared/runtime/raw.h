// What handlers share that are given a request as bytes and answer with bytes (gRPC's WithRawCallbackMethod_…), so that
// answers can share what is serialised already.
#ifndef GIAOBAN_RUNTIME_RAW_H_
#define GIAOBAN_RUNTIME_RAW_H_

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace giaoban::runtime {

// Reads a request. UNIMPLEMENTED without a word when there is none or it cannot be read: what gRPC answers where it
// reads requests itself.
absl::Status Parse(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite& request);

// A message whose field `field` is a message: `head`, and then `rest`, fields of the same message that are serialised
// already. The rest is not copied; the answer keeps `owner` until it has been sent.
grpc::ByteBuffer Answer(int field, const google::protobuf::MessageLite& head,
                        const std::vector<absl::string_view>& rest, const std::shared_ptr<const void>& owner);

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_RAW_H_
