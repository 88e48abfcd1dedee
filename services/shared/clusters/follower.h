// Keeps a view up to date with the directory.
#ifndef GIAOBAN_CLUSTERS_FOLLOWER_H_
#define GIAOBAN_CLUSTERS_FOLLOWER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/shared/clusters/view.h"
#include "services/shared/runtime/component.h"
#include "services/shared/runtime/feed.h"

namespace giaoban::clusters {

// Reads the directory's past once, so that nobody is judged by half of it, and follows
// it from then on.
class Follower {
 public:
  // Follows into `view`, which must outlive the follower, and into the environment's statement keys; `changed` is
  // called after each event. NOT_FOUND when the identity folder has no address of the directory.
  static absl::StatusOr<std::unique_ptr<Follower>> Make(
      const runtime::Environment& environment, const std::string& service, View& view,
      std::function<void()> changed = [] {});

  void Start() { feed_->Start(); }
  // Follows no more; Ready() says what it said.
  void Stop() { feed_.reset(); }
  // OK once all that the directory knew at the start has been read. It stays so when the directory goes away.
  absl::Status Ready() const;

 private:
  Follower() = default;

  std::atomic<bool> heard_ = false;
  std::unique_ptr<runtime::FeedFollower> feed_;
};

}  // namespace giaoban::clusters

#endif  // GIAOBAN_CLUSTERS_FOLLOWER_H_
