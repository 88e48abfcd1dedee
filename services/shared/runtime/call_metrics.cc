#include "services/shared/runtime/call_metrics.h"

#include <array>
#include <atomic>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "services/shared/runtime/call.h"

namespace giaoban::runtime {
namespace {

constexpr std::array<const char*, 17> kCodes = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

// The series of one method, looked up once: a call then only touches counters.
class MethodSeries {
 public:
  MethodSeries(const Method& method, Metrics& metrics)
      : metrics_(metrics),
        labels_{{"grpc_type", method.type}, {"grpc_service", method.service}, {"grpc_method", method.name}},
        started_(metrics.grpc_started.Add(labels_)),
        handling_(metrics.grpc_handling.Add(labels_, SecondsBuckets())) {}

  void Start() { started_.Increment(); }

  void End(grpc::StatusCode code, double seconds) {
    Handled(code).Increment();
    handling_.Observe(seconds);
  }

 private:
  prometheus::Counter& Handled(grpc::StatusCode code) {
    const auto given = static_cast<size_t>(code);
    const size_t index = given < kCodes.size() ? given : static_cast<size_t>(grpc::StatusCode::UNKNOWN);
    prometheus::Counter* counter = handled_[index].load(std::memory_order_acquire);
    if (counter != nullptr) return *counter;
    prometheus::Labels labels = labels_;
    labels["grpc_code"] = kCodes[index];
    // Two threads that come here at once are given the same counter.
    counter = &metrics_.grpc_handled.Add(labels);
    handled_[index].store(counter, std::memory_order_release);
    return *counter;
  }

  Metrics& metrics_;
  const prometheus::Labels labels_;
  prometheus::Counter& started_;
  prometheus::Histogram& handling_;
  std::array<std::atomic<prometheus::Counter*>, kCodes.size()> handled_{};
};

class CallMetrics final : public grpc::experimental::Interceptor {
 public:
  CallMetrics(const Method& method, MethodSeries& series, RunningCalls& calls, const Environment& environment,
              const grpc::ServerContextBase& context)
      : method_(method), series_(series), calls_(calls), environment_(environment), context_(context) {
    series_.Start();
    if (!method_.everybody) calls_.Begin();
  }
  ~CallMetrics() override {
    if (!method_.everybody) calls_.End();
  }

  void Intercept(grpc::experimental::InterceptorBatchMethods* batch) override {
    using grpc::experimental::InterceptionHookPoints;
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) Begin();
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) End(batch->GetSendStatus());
    batch->Proceed();
  }

 private:
  // Not before the first hook: until then the context of a call of gRPC's own services does not know it.
  void Begin() {
    caller_ = CallerOf(context_);
    in_use_ = environment_.callers.Begin(caller_, environment_.clock());
  }

  void End(const grpc::Status& status) {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
    series_.End(status.error_code(), passed.count());
    if (status.error_code() == grpc::StatusCode::PERMISSION_DENIED) {
      NoteDenied(environment_, caller_, absl::StrCat("/", method_.service, "/", method_.name), &method_, "SCOPE");
    }
  }

  const Method& method_;
  MethodSeries& series_;
  RunningCalls& calls_;
  const Environment& environment_;
  const grpc::ServerContextBase& context_;
  Caller caller_;
  std::shared_ptr<void> in_use_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

class Factory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  Factory(const MethodTable& table, RunningCalls& calls, const Environment& environment)
      : table_(table), calls_(calls), environment_(environment) {
    for (const auto& method : table.methods()) {
      series_[method.get()] = std::make_unique<MethodSeries>(*method, environment.metrics);
    }
  }

  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* call) override {
    const Method* method = table_.Find(call->method());
    if (method == nullptr) return nullptr;
    return new CallMetrics(*method, *series_.at(method), calls_, environment_, *call->server_context());
  }

 private:
  const MethodTable& table_;
  RunningCalls& calls_;
  const Environment& environment_;
  absl::flat_hash_map<const Method*, std::unique_ptr<MethodSeries>> series_;
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeCallMetrics(const MethodTable& table,
                                                                                       RunningCalls& calls,
                                                                                       const Environment& environment) {
  return std::make_unique<Factory>(table, calls, environment);
}

}  // namespace giaoban::runtime
