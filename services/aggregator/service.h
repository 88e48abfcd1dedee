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

class Service final : public v1::AggregatorService::CallbackService {
 public:
  explicit Service(Surroundings with) : with_(std::move(with)) {}

  grpc::ServerUnaryReactor* GetSummary(grpc::CallbackServerContext* context, const v1::GetSummaryRequest* request,
                                       v1::GetSummaryResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchSummaryResponse>* WatchSummary(grpc::CallbackServerContext* context,
                                                                   const v1::WatchSummaryRequest* request) override;
  grpc::ServerUnaryReactor* GetCoverage(grpc::CallbackServerContext* context, const v1::GetCoverageRequest* request,
                                        v1::GetCoverageResponse* response) override;
  grpc::ServerUnaryReactor* ExplainFigure(grpc::CallbackServerContext* context, const v1::ExplainFigureRequest* request,
                                          v1::ExplainFigureResponse* response) override;

 private:
  absl::StatusOr<Question> Ask(const runtime::Identity& caller, const v1::SummaryKey& key) const;
  void FillPositions(const std::vector<int64_t>& positions,
                     google::protobuf::RepeatedPtrField<v1::KindPosition>* out) const;
  // As far as the asker may see it.
  void FillSummary(const Question& question, const Answer& answer, v1::Summary* out) const;
  absl::Status Explain(const runtime::Identity& caller, const v1::ExplainFigureRequest& request,
                       v1::ExplainFigureResponse* response) const;

  const Surroundings with_;
};

}  // namespace giaoban::aggregator

#endif  // GIAOBAN_AGGREGATOR_SERVICE_H_
