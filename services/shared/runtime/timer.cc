#include "services/shared/runtime/timer.h"

#include <grpcpp/alarm.h>
#include <grpcpp/support/time.h>

#include <chrono>
#include <utility>

namespace giaoban::runtime {

std::shared_ptr<void> After(absl::Duration delay, std::function<void()> call) {
  auto alarm = std::make_shared<grpc::Alarm>();
  alarm->Set(std::chrono::system_clock::now() + absl::ToChronoNanoseconds(delay), [call = std::move(call)](bool due) {
    if (due) call();
  });
  return alarm;
}

}  // namespace giaoban::runtime
