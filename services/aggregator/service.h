// AggregatorService over gRPC: admission, waiting and streaming around the model.
#ifndef GIAOBAN_AGGREGATOR_SERVICE_H_
#define GIAOBAN_AGGREGATOR_SERVICE_H_

#include <functional>
#include <memory>

#include "giaoban/aggregator/v1/aggregator.grpc.pb.h"
#include "services/aggregator/admission.h"
#include "services/aggregator/changes.h"
#include "services/aggregator/model.h"
#include "services/shared/runtime/stream_registry.h"

namespace giaoban::aggregator {

// What the service works with; everything outlives it.
struct Surroundings {
  const contract::Catalogue& catalogue;
  const clusters::View& view;
  Model& model;
  Changes& changes;
  runtime::StreamRegistry& streams;
  std::function<absl::Time()> clock;
  // Whether the past is known; calls get its error until then.
  std::function<absl::Status()> caught_up;
};

// A summary is answered with bytes that all who ask share.
using Methods = v1::AggregatorService::WithRawCallbackMethod_GetSummary<
    v1::AggregatorService::WithRawCallbackMethod_WatchSummary<v1::AggregatorService::WithCallbackMethod_GetCoverage<
        v1::AggregatorService::WithCallbackMethod_ExplainFigure<v1::AggregatorService::Service>>>>;

class Service final : public Methods {
 public:
  explicit Service(Surroundings with) : with_(std::move(with)) {}

  grpc::ServerUnaryReactor* GetSummary(grpc::CallbackServerContext* context, const grpc::ByteBuffer* bytes,
                                       grpc::ByteBuffer* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchSummary(grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* bytes) override;
  grpc::ServerUnaryReactor* GetCoverage(grpc::CallbackServerContext* context, const v1::GetCoverageRequest* request,
                                        v1::GetCoverageResponse* response) override;
  grpc::ServerUnaryReactor* ExplainFigure(grpc::CallbackServerContext* context, const v1::ExplainFigureRequest* request,
                                          v1::ExplainFigureResponse* response) override;

 private:
  absl::StatusOr<Question> Ask(const runtime::Identity& caller, const v1::SummaryKey& key) const;
  void FillPositions(const std::vector<int64_t>& positions,
                     google::protobuf::RepeatedPtrField<v1::KindPosition>* out) const;
  // A GetSummaryResponse, or a WatchSummaryResponse, of these pieces of the answer.
  grpc::ByteBuffer Respond(const Answer& answer, const std::vector<absl::string_view>& pieces) const;
  // As far as the asker may see it.
  grpc::ByteBuffer Summarise(const Question& question) const;
  absl::Status Explain(const runtime::Identity& caller, const v1::ExplainFigureRequest& request,
                       v1::ExplainFigureResponse* response) const;

  const Surroundings with_;
};

}  // namespace giaoban::aggregator

#endif  // GIAOBAN_AGGREGATOR_SERVICE_H_
