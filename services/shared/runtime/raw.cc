#include "services/shared/runtime/raw.h"

#include <google/protobuf/io/coded_stream.h>
#include <grpc/slice.h>
#include <grpcpp/support/slice.h>

#include <cstdint>

namespace giaoban::runtime {
namespace {

using google::protobuf::io::CodedOutputStream;

// The field's tag, its length and the head.
grpc::Slice Beginning(int field, const google::protobuf::MessageLite& head, size_t rest) {
  constexpr uint32_t kLengthDelimited = 2;
  const uint32_t tag = static_cast<uint32_t>(field) << 3 | kLengthDelimited;
  const size_t own = head.ByteSizeLong();
  const auto length = static_cast<uint32_t>(own + rest);
  grpc_slice slice =
      grpc_slice_malloc(CodedOutputStream::VarintSize32(tag) + CodedOutputStream::VarintSize32(length) + own);
  uint8_t* place = CodedOutputStream::WriteVarint32ToArray(tag, GRPC_SLICE_START_PTR(slice));
  place = CodedOutputStream::WriteVarint32ToArray(length, place);
  head.SerializeWithCachedSizesToArray(place);
  return {slice, grpc::Slice::STEAL_REF};
}

grpc::Slice Shared(absl::string_view bytes, const std::shared_ptr<const void>& owner) {
  using Owner = std::shared_ptr<const void>;
  // gRPC does not write to it.
  return {const_cast<char*>(bytes.data()), bytes.size(), [](void* kept) { delete static_cast<Owner*>(kept); },
          new Owner(owner)};
}

}  // namespace

absl::Status Parse(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite& request) {
  grpc::Slice slice;
  // What arrived in several pieces has to be put together.
  const bool whole = bytes.TrySingleSlice(&slice).ok() || bytes.DumpToSingleSlice(&slice).ok();
  if (whole && request.ParseFromArray(slice.begin(), static_cast<int>(slice.size()))) return absl::OkStatus();
  return absl::UnimplementedError("");
}

grpc::ByteBuffer Answer(int field, const google::protobuf::MessageLite& head,
                        const std::vector<absl::string_view>& rest, const std::shared_ptr<const void>& owner) {
  size_t size = 0;
  for (const absl::string_view piece : rest) size += piece.size();
  std::vector<grpc::Slice> slices = {Beginning(field, head, size)};
  for (const absl::string_view piece : rest) slices.push_back(Shared(piece, owner));
  return {slices.data(), slices.size()};
}

}  // namespace giaoban::runtime
