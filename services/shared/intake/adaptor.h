// Makes a report service out of the engine: the one place where typed messages
// meet the untyped engine. Everything a report kind needs is its proto and one
// instantiation of MakeIntake.
#ifndef GIAOBAN_INTAKE_ADAPTOR_H_
#define GIAOBAN_INTAKE_ADAPTOR_H_

#include <memory>
#include <string>
#include <utility>

#include "services/shared/clusters/follower.h"
#include "services/shared/contract/catalogue.h"
#include "services/shared/intake/engine.h"
#include "services/shared/runtime/call.h"
#include "services/shared/runtime/component.h"
#include "services/shared/runtime/write_stream.h"

namespace giaoban::intake {

// The request and response type of a generated callback method: RequestOf<&Base::Submit> and so on
// would be ambiguous with the disabled synchronous overloads, so they are deduced.
template <typename Service, typename Request, typename Response>
Request RequestType(grpc::ServerUnaryReactor* (Service::*)(grpc::CallbackServerContext*, const Request*, Response*));
template <typename Service, typename Request, typename Response>
Response ResponseType(grpc::ServerUnaryReactor* (Service::*)(grpc::CallbackServerContext*, const Request*, Response*));
template <typename Service, typename Request, typename Response>
Request StreamRequestType(grpc::ServerWriteReactor<Response>* (Service::*)(grpc::CallbackServerContext*,
                                                                           const Request*));
template <typename Service, typename Request, typename Response>
Response StreamResponseType(grpc::ServerWriteReactor<Response>* (Service::*)(grpc::CallbackServerContext*,
                                                                             const Request*));

#define GIAOBAN_REQUEST(method) decltype(RequestType(&Base::method))
#define GIAOBAN_RESPONSE(method) decltype(ResponseType(&Base::method))

template <typename Service>
class ReportService final : public Service::CallbackService {
 public:
  using Base = typename Service::CallbackService;
  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;
  using WatchRequest = decltype(StreamRequestType(&Base::Watch));
  using WatchResponse = decltype(StreamResponseType(&Base::Watch));

  ReportService(Engine& engine, runtime::StreamRegistry& streams) : engine_(engine), streams_(streams) {}

  Reactor* SaveDraft(Context* context, const GIAOBAN_REQUEST(SaveDraft) * request,
                     GIAOBAN_RESPONSE(SaveDraft) * response) override {
    auto version = engine_.SaveDraft(runtime::CallerOf(*context), request->draft(), request->report());
    if (version.ok()) response->set_version(*version);
    return runtime::Finish(context, version.status());
  }

  Reactor* Submit(Context* context, const GIAOBAN_REQUEST(Submit) * request,
                  GIAOBAN_RESPONSE(Submit) * response) override {
    Reactor* reactor = context->DefaultReactor();
    engine_.Submit(
        runtime::CallerOf(*context), request->submission(), request->report(),
        [reactor, response, bytes = runtime::DetailBytes(*context)](absl::StatusOr<Engine::Submitted> submitted) {
          if (!submitted.ok()) return reactor->Finish(runtime::ToGrpc(submitted.status(), bytes));
          if (submitted->receipt) *response->mutable_receipt() = *std::move(submitted->receipt);
          for (auto& finding : submitted->findings) *response->add_findings() = std::move(finding);
          reactor->Finish(grpc::Status::OK);
        });
    return reactor;
  }

  Reactor* Withdraw(Context* context, const GIAOBAN_REQUEST(Withdraw) * request,
                    GIAOBAN_RESPONSE(Withdraw) * response) override {
    Reactor* reactor = context->DefaultReactor();
    engine_.Withdraw(runtime::CallerOf(*context), request->withdrawal(), Answer(reactor, response));
    return reactor;
  }

  Reactor* Review(Context* context, const GIAOBAN_REQUEST(Review) * request,
                  GIAOBAN_RESPONSE(Review) * response) override {
    Reactor* reactor = context->DefaultReactor();
    engine_.Review(runtime::CallerOf(*context), request->review(), Answer(reactor, response));
    return reactor;
  }

  Reactor* Get(Context* context, const GIAOBAN_REQUEST(Get) * request, GIAOBAN_RESPONSE(Get) * response) override {
    auto revision = engine_.Get(runtime::CallerOf(*context), request->selection(), *response->mutable_report());
    if (revision.ok()) *response->mutable_revision() = *std::move(revision);
    return runtime::Finish(context, revision.status());
  }

  Reactor* List(Context* context, const GIAOBAN_REQUEST(List) * request, GIAOBAN_RESPONSE(List) * response) override {
    auto reports = engine_.List(runtime::CallerOf(*context), request->cluster(), request->period());
    if (!reports.ok()) return runtime::Finish(context, reports.status());
    for (auto& report : *reports) *response->add_reports() = std::move(report);
    return runtime::Finish(context, absl::OkStatus());
  }

  Reactor* History(Context* context, const GIAOBAN_REQUEST(History) * request,
                   GIAOBAN_RESPONSE(History) * response) override {
    auto page =
        engine_.History(runtime::CallerOf(*context), request->key(), request->page_size(), request->page_token());
    if (!page.ok()) return runtime::Finish(context, page.status());
    for (auto& revision : page->revisions) *response->add_revisions() = std::move(revision);
    response->set_next_page_token(std::move(page->next_page_token));
    return runtime::Finish(context, absl::OkStatus());
  }

  grpc::ServerWriteReactor<WatchResponse>* Watch(Context* context, const WatchRequest* request) override {
    using Stream = runtime::WriteStream<WatchResponse>;
    auto following = engine_.Watch(runtime::CallerOf(*context), request->after());
    if (!following.ok()) {
      return Stream::Start(streams_, context, [refused = following.status()](WatchResponse*) { return refused; });
    }
    Stream* stream = Stream::Start(
        streams_, context,
        [next = following->next, together = request->together()](WatchResponse* response) {
          return together ? FillTogether(next, response) : next(response->mutable_entry());
        },
        request->past_only());
    following->feed->OnMore([stream] { stream->Wake(); });
    stream->Keep(following->feed);
    stream->Wake();
    return stream;
  }

 private:
  // Bodies in one message: once they have as many, what follows is left to the next.
  static constexpr size_t kTogetherBytes = size_t{64} << 10;

  static absl::StatusOr<bool> FillTogether(const Engine::NextEntry& next, WatchResponse* response) {
    absl::StatusOr<bool> filled = next(response->mutable_entry());
    size_t bytes = response->entry().body().size();
    for (bool more = filled.ok() && *filled; more && bytes < kTogetherBytes;) {
      report::v1::Entry* entry = response->add_more();
      absl::StatusOr<bool> another = next(entry);
      // Who is told goes on from what it has.
      if (!another.ok()) return another.status();
      more = *another;
      bytes += entry->body().size();
      if (!more) response->mutable_more()->RemoveLast();
    }
    return filled;
  }

  template <typename Response>
  static Engine::ReceiptDone Answer(Reactor* reactor, Response* response) {
    return [reactor, response](absl::StatusOr<report::v1::Receipt> receipt) {
      if (receipt.ok()) *response->mutable_receipt() = *std::move(receipt);
      reactor->Finish(runtime::ToGrpc(receipt.status()));
    };
  }

  Engine& engine_;
  runtime::StreamRegistry& streams_;
};

#undef GIAOBAN_REQUEST
#undef GIAOBAN_RESPONSE

// A report service with its engine and what it knows of the directory.
template <typename Service>
class Intake final : public runtime::Component {
 public:
  static absl::StatusOr<std::unique_ptr<runtime::Component>> Make(const runtime::Environment& environment,
                                                                  const google::protobuf::Descriptor* report) {
    std::unique_ptr<Intake> intake(new Intake(environment));
    auto catalogue = contract::SuiteCatalogue();
    if (!catalogue.ok()) return catalogue.status();
    for (const contract::Form& form : (*catalogue)->forms()) {
      if (form.descriptor == report) intake->form_ = &form;
    }
    auto follower = clusters::Follower::Make(environment, intake->form_->kind, intake->view_);
    if (!follower.ok()) return follower.status();
    intake->follower_ = *std::move(follower);
    auto engine = Engine::Open(*catalogue, *intake->form_, intake->view_, environment,
                               [follower = intake->follower_.get()] { return follower->Ready(); });
    if (!engine.ok()) return engine.status();
    intake->engine_ = *std::move(engine);
    intake->service_ = std::make_unique<ReportService<Service>>(*intake->engine_, intake->streams_);
    return intake;
  }

  std::string name() const override { return form_->kind; }
  std::vector<runtime::Served> services() override { return {runtime::ServedAs<Service>(*service_)}; }
  void Start() override { follower_->Start(); }
  absl::Status Ready() const override { return follower_->Ready(); }
  void Tick() override {
    streams_.Review();
    // What cannot be read now shows as it was.
    engine_->ShowReports().IgnoreError();
  }
  void Drain() override {
    engine_->EndRetries();
    streams_.Drain();
    follower_->Stop();
  }

 private:
  explicit Intake(const runtime::Environment& environment) : streams_(environment) {}

  const contract::Form* form_ = nullptr;
  clusters::View view_;
  runtime::StreamRegistry streams_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<ReportService<Service>> service_;
  std::unique_ptr<clusters::Follower> follower_;
};

}  // namespace giaoban::intake

#endif  // GIAOBAN_INTAKE_ADAPTOR_H_
