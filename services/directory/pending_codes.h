// Secrets of one-time codes that were given out and not confirmed yet.
#ifndef GIAOBAN_DIRECTORY_PENDING_CODES_H_
#define GIAOBAN_DIRECTORY_PENDING_CODES_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace giaoban::directory {

// In memory, one for each account at most. Thread-safe; does not look at a clock.
class PendingCodes {
 public:
  // How long one waits to be confirmed.
  static constexpr absl::Duration kLife = absl::Minutes(10);

  struct Confirmed {
    std::string secret;
    // Of the code it was confirmed with.
    int64_t step = 0;
  };

  // This secret is the one given last.
  void Begin(const std::string& user, std::string secret, absl::Time now);
  // FAILED_PRECONDITION when none was given within kLife; INVALID_ARGUMENT when the code is not of it. May be repeated
  // until End.
  absl::StatusOr<Confirmed> Confirm(const std::string& user, const std::string& code, absl::Time now) const;
  void End(const std::string& user);

 private:
  struct Pending {
    std::string secret;
    absl::Time given;
  };
  mutable absl::Mutex mutex_;
  std::map<std::string, Pending> pending_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace giaoban::directory

#endif  // GIAOBAN_DIRECTORY_PENDING_CODES_H_
