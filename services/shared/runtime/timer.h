// Calls in the future, without a thread that waits for them.
#ifndef GIAOBAN_RUNTIME_TIMER_H_
#define GIAOBAN_RUNTIME_TIMER_H_

#include <functional>
#include <memory>

#include "absl/time/time.h"

namespace giaoban::runtime {

// Has `call` called once after `delay`, on a thread of gRPC; it must not block. Destroying the handle calls
// it off, though it may be under way already.
std::shared_ptr<void> After(absl::Duration delay, std::function<void()> call);

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_TIMER_H_
