// Goal: a request is read from however many pieces it came in, what is none is refused without a crash, and an answer
// made of pieces is the message they are pieces of.
#include "services/shared/runtime/raw.h"

#include <grpcpp/support/slice.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "giaoban/contract/v1/options.pb.h"
#include "giaoban/report/v1/report.pb.h"

namespace giaoban::runtime {
namespace {

grpc::ByteBuffer Pieces(const std::vector<std::string>& pieces) {
  std::vector<grpc::Slice> slices(pieces.begin(), pieces.end());
  return {slices.data(), slices.size()};
}

TEST(RawTest, ReadsPieces) {
  contract::v1::Text text;
  text.set_vi("Tổng số đảng viên");
  text.set_en(std::string(5000, 'x'));
  const std::string bytes = text.SerializeAsString();
  const std::vector<std::vector<std::string>> ways = {
      {bytes}, {bytes.substr(0, 1), bytes.substr(1, 3000), bytes.substr(3001)}, {"", bytes, ""}};
  for (const std::vector<std::string>& pieces : ways) {
    contract::v1::Text read;
    EXPECT_TRUE(Parse(Pieces(pieces), read).ok());
    EXPECT_EQ(read.SerializeAsString(), bytes);
  }
}

TEST(RawTest, AnEmptyMessageIsOne) {
  contract::v1::Text read;
  EXPECT_TRUE(Parse(Pieces({""}), read).ok());
}

TEST(RawTest, WhatIsNoneIsRefusedAsGrpcDoes) {
  contract::v1::Text read;
  for (const grpc::ByteBuffer& none : {grpc::ByteBuffer(), Pieces({"\xff"}), Pieces({"\x0a", "\x7f", "short"})}) {
    const absl::Status status = Parse(none, read);
    EXPECT_EQ(status, absl::UnimplementedError(""));
  }
}

std::string Bytes(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  EXPECT_TRUE(buffer.DumpToSingleSlice(&slice).ok());
  return {slice.begin(), slice.end()};
}

TEST(RawTest, AnAnswerIsTheMessageOfItsPieces) {
  report::v1::Finding whole, head;
  whole.mutable_text()->set_vi("Tổng số");
  *head.mutable_text() = whole.text();
  for (const size_t size : {0, 1, 20, 100, 20000}) {
    whole.mutable_text()->set_en(std::string(size, 'x'));
    contract::v1::Text tail;
    tail.set_en(whole.text().en());
    auto rest = std::make_shared<const std::string>(tail.SerializeAsString());
    const absl::string_view all = *rest;
    const grpc::ByteBuffer one = Answer(report::v1::Finding::kTextFieldNumber, head.text(), {all}, rest);
    const grpc::ByteBuffer two = Answer(report::v1::Finding::kTextFieldNumber, head.text(),
                                        {all.substr(0, size / 2), all.substr(size / 2)}, rest);
    // The answers keep it.
    rest.reset();
    EXPECT_EQ(Bytes(one), whole.SerializeAsString()) << size;
    EXPECT_EQ(Bytes(two), whole.SerializeAsString()) << size;
  }
}

TEST(RawTest, AnAnswerLetsGoOfWhatItShares) {
  auto rest = std::make_shared<const std::string>(1000, 'x');
  {
    const grpc::ByteBuffer answer = Answer(1, contract::v1::Text(), {*rest, *rest}, rest);
    EXPECT_GT(rest.use_count(), 1);
  }
  EXPECT_EQ(rest.use_count(), 1);
}

}  // namespace
}  // namespace giaoban::runtime
