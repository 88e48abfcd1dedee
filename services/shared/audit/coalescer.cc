#include "services/shared/audit/coalescer.h"

#include <utility>

#include "google/protobuf/util/time_util.h"

namespace giaoban::audit {
namespace {

using google::protobuf::util::TimeUtil;

constexpr char kOthers[] = "others";

// An event without what its caller may have made up.
v1::Event Blurred(const v1::Event& event, const std::string& actor) {
  v1::Event blurred;
  blurred.set_kind(event.kind());
  blurred.set_actor(actor);
  blurred.set_reason(event.reason());
  return blurred;
}

v1::Event Counted(v1::Event event, absl::Time time, int64_t count) {
  *event.mutable_time() = TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
  event.set_count(count);
  return event;
}

}  // namespace

bool Coalescer::IsNew(const v1::Event& event) const {
  const auto actor = windows_.find(event.actor());
  return actor == windows_.end() || !actor->second.contains(event.SerializeAsString());
}

bool Coalescer::ActorIsFull(const std::string& actor) const {
  const auto found = windows_.find(actor);
  return found != windows_.end() && found->second.size() >= kKindsOfActor;
}

std::optional<v1::Event> Coalescer::Add(v1::Event event, absl::Time now) {
  event.clear_time();
  event.clear_count();
  absl::MutexLock lock(&mutex_);
  if (ActorIsFull(event.actor()) && IsNew(event)) event = Blurred(event, event.actor());
  if (kinds_ >= kKinds && IsNew(event)) event = Blurred(event, kOthers);
  const auto [found, first] = windows_[event.actor()].try_emplace(event.SerializeAsString(), Window{.begin = now});
  if (first) {
    ++kinds_;
    return Counted(std::move(event), now, 1);
  }
  if (found->second.counted++ == 0) found->second.time = now;
  return std::nullopt;
}

bool Coalescer::Window::IsOver(absl::Time now) const {
  // A clock that was set back ends a window too: it would stay open for as long as that.
  return now < begin || now - begin >= kWindow;
}

std::vector<v1::Event> Coalescer::TakeEnded(absl::Time now) {
  std::vector<v1::Event> ended;
  absl::MutexLock lock(&mutex_);
  for (auto& [actor, kinds] : windows_) {
    kinds_ -=
        std::erase_if(kinds, [&](const auto& kind) { return kind.second.IsOver(now) && kind.second.counted == 0; });
    for (auto& [kind, window] : kinds) {
      if (!window.IsOver(now)) continue;
      v1::Event event;
      event.ParseFromString(kind);
      ended.push_back(Counted(std::move(event), window.time, window.counted));
      window = {.begin = now};
    }
  }
  std::erase_if(windows_, [](const auto& actor) { return actor.second.empty(); });
  return ended;
}

}  // namespace giaoban::audit
