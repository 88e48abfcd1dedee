// Events that are alike, made one: a flood of denials costs an entry a minute.
//
// The first event of its kind (alike in all but time and count) is to be recorded at once and opens a window of a
// minute. What comes alike until the window ends is only counted, and then given out as one event, with the time of
// the first that was counted and their number. A window in which something was counted is followed by another; one in
// which nothing was is forgotten, so the next of its kind is a first again.
//
// Callers make up method names and user names, so kinds are bounded. Past kKindsOfActor of one actor, what is new of
// that actor is told apart by kind and reason only. Past kKinds in all, what is new is told apart by kind and reason
// only, and its actor is "others". Both bounds can be passed by as many events as there are pairs of kind and reason.
// So whoever floods with ever new names blurs the events of their own certificate, and others' only together with
// several more certificates.
#ifndef GIAOBAN_AUDIT_COALESCER_H_
#define GIAOBAN_AUDIT_COALESCER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "giaoban/audit/v1/audit.pb.h"

namespace giaoban::audit {

inline constexpr absl::Duration kWindow = absl::Minutes(1);
inline constexpr size_t kKindsOfActor = 64;
inline constexpr size_t kKinds = 512;

// Thread-safe.
class Coalescer {
 public:
  // Takes an event that happens now, whatever its time and count. Returns what is to be recorded at once; nullopt when
  // it was counted.
  std::optional<v1::Event> Add(v1::Event event, absl::Time now);

  // What was counted in the windows that have ended by now.
  std::vector<v1::Event> TakeEnded(absl::Time now);

 private:
  struct Window {
    absl::Time begin;
    int64_t counted = 0;
    // Of the first that was counted.
    absl::Time time;

    bool IsOver(absl::Time now) const;
  };

  bool IsNew(const v1::Event& event) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool ActorIsFull(const std::string& actor) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  // By actor, then by the serialised event without time and count.
  std::map<std::string, std::map<std::string, Window>> windows_ ABSL_GUARDED_BY(mutex_);
  size_t kinds_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace giaoban::audit

#endif  // GIAOBAN_AUDIT_COALESCER_H_
