#include "services/aggregator/service.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_join.h"
#include "google/protobuf/util/time_util.h"
#include "services/aggregator/redaction.h"
#include "services/shared/runtime/call.h"
#include "services/shared/runtime/raw.h"
#include "services/shared/runtime/status.h"
#include "services/shared/runtime/write_stream.h"

namespace giaoban::aggregator {
namespace {

using google::protobuf::util::TimeUtil;
using runtime::CallerOf;
using runtime::Finish;

absl::Status StatusOf(Changes::Outcome outcome) {
  switch (outcome) {
    case Changes::Outcome::kReached:
      return absl::OkStatus();
    case Changes::Outcome::kTimedOut:
      return runtime::Error(absl::StatusCode::kUnavailable,
                            "the positions asked for have not been read yet; repeat the call",
                            {.reason = "NOT_CAUGHT_UP",
                             .vietnamese = "Bảng tổng hợp chưa kịp cập nhật, đề nghị thử lại sau giây lát.",
                             .retry = absl::Seconds(1)});
    case Changes::Outcome::kStopped:
      break;
  }
  return runtime::Error(absl::StatusCode::kUnavailable, "the service is stopping; repeat the call",
                        {.reason = "STOPPING", .vietnamese = "Dịch vụ đang dừng, đề nghị thử lại sau giây lát."});
}

// What an office sees of a summary, as a number. Positions are no news.
size_t Fingerprint(const std::vector<absl::string_view>& pieces) {
  return std::hash<std::string>{}(absl::StrJoin(pieces, ""));
}

// What a stream has sent.
struct Sent {
  uint64_t version = 0;
  size_t fingerprint = 0;
};

}  // namespace

absl::StatusOr<Question> Service::Ask(const runtime::Identity& caller, const v1::SummaryKey& key) const {
  if (absl::Status caught_up = with_.caught_up(); !caught_up.ok()) return caught_up;
  return Admit(with_.view, caller, key, with_.clock());
}

void Service::FillPositions(const std::vector<int64_t>& positions,
                            google::protobuf::RepeatedPtrField<v1::KindPosition>* out) const {
  for (const contract::Form& form : with_.catalogue.forms()) {
    v1::KindPosition& position = *out->Add();
    position.set_kind(form.kind);
    position.set_position(positions[form.index]);
  }
}

grpc::ByteBuffer Service::Respond(const Answer& answer, const std::vector<absl::string_view>& pieces) const {
  constexpr int kSummary = v1::GetSummaryResponse::kSummaryFieldNumber;
  static_assert(kSummary == v1::WatchSummaryResponse::kSummaryFieldNumber);
  v1::Summary positions;
  FillPositions(answer.positions, positions.mutable_positions());
  return runtime::Answer(kSummary, positions, pieces, answer.serialized);
}

grpc::ByteBuffer Service::Summarise(const Question& question) const {
  const Answer answer = with_.model.Summarise(question);
  return Respond(answer, answer.serialized->PiecesFor(question.office));
}

grpc::ServerUnaryReactor* Service::GetSummary(grpc::CallbackServerContext* context, const grpc::ByteBuffer* bytes,
                                              grpc::ByteBuffer* response) {
  v1::GetSummaryRequest request;
  if (absl::Status read = runtime::Parse(*bytes, request); !read.ok()) return Finish(context, read);
  const absl::StatusOr<Question> question = Ask(CallerOf(*context), request.key());
  if (!question.ok()) return Finish(context, question.status());
  const absl::StatusOr<std::vector<int64_t>> wanted = PositionsByForm(with_.catalogue, request.at_least());
  if (!wanted.ok()) return Finish(context, wanted.status());
  if (with_.model.Includes(*question, *wanted)) {
    *response = Summarise(*question);
    return Finish(context, absl::OkStatus());
  }

  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  with_.changes.Wait(
      question->cluster,
      [this, question = *question, wanted = *wanted] { return with_.model.Includes(question, wanted); },
      [this, question = *question, response, reactor](Changes::Outcome outcome) {
        const absl::Status status = StatusOf(outcome);
        if (status.ok()) *response = Summarise(question);
        reactor->Finish(runtime::ToGrpc(status));
      });
  return reactor;
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* Service::WatchSummary(grpc::CallbackServerContext* context,
                                                                  const grpc::ByteBuffer* bytes) {
  v1::WatchSummaryRequest request;
  const absl::Status read = runtime::Parse(*bytes, request);
  // Asked again before each message: a chair may change while the stream is open.
  auto next = [this, caller = CallerOf(*context), key = request.key(), read,
               sent = Sent{}](grpc::ByteBuffer* response) mutable -> absl::StatusOr<bool> {
    if (!read.ok()) return read;
    const absl::StatusOr<Question> question = Ask(caller, key);
    if (!question.ok()) return question.status();
    const Answer answer = with_.model.Summarise(*question);
    if (answer.version == sent.version) return false;
    sent.version = answer.version;
    const std::vector<absl::string_view> pieces = answer.serialized->PiecesFor(question->office);
    *response = Respond(answer, pieces);
    if (question->office.empty()) return true;
    // That something changed which an office may not see is nothing it may hear of.
    const size_t before = std::exchange(sent.fingerprint, Fingerprint(pieces));
    return before != sent.fingerprint;
  };
  auto* stream = runtime::WriteStream<grpc::ByteBuffer>::Start(with_.streams, context, std::move(next));
  stream->Keep(with_.changes.Watch(request.key().cluster(), [stream] { stream->Wake(); }));
  // For what changed between the first message and the line above.
  stream->Wake();
  return stream;
}

grpc::ServerUnaryReactor* Service::GetCoverage(grpc::CallbackServerContext* context,
                                               const v1::GetCoverageRequest* request,
                                               v1::GetCoverageResponse* response) {
  v1::SummaryKey key;
  key.set_cluster(request->cluster());
  key.set_period(request->period());
  const absl::StatusOr<Question> question = Ask(CallerOf(*context), key);
  if (!question.ok()) return Finish(context, question.status());
  *response = with_.model.Coverage(question->cluster, question->half, with_.clock());
  if (!question->office.empty()) Redact(question->office, *response);
  const std::optional<clusters::Deadlines> deadlines = with_.view.DeadlinesFor(question->cluster, question->half, "");
  if (deadlines) {
    *response->mutable_due_time() = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(deadlines->due));
  }
  return Finish(context, absl::OkStatus());
}

absl::Status Service::Explain(const runtime::Identity& caller, const v1::ExplainFigureRequest& request,
                              v1::ExplainFigureResponse* response) const {
  const absl::StatusOr<Question> question = Ask(caller, request.key());
  if (!question.ok()) return question.status();
  const absl::StatusOr<const contract::Line*> line = FindLine(with_.catalogue, request.code());
  if (!line.ok()) return line.status();
  std::vector<int64_t> positions;
  std::optional<v1::ExplainFigureResponse> explained = with_.model.Explain(*question, **line, &positions);
  if (!explained) return NotAsked(request.code(), question->half);
  *response = *std::move(explained);
  if (!question->office.empty()) Redact(question->office, *response);
  FillPositions(positions, response->mutable_positions());
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* Service::ExplainFigure(grpc::CallbackServerContext* context,
                                                 const v1::ExplainFigureRequest* request,
                                                 v1::ExplainFigureResponse* response) {
  return Finish(context, Explain(CallerOf(*context), *request, response));
}

}  // namespace giaoban::aggregator
