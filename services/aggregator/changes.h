// Who waits for news of a cluster, and how they are told. No thread is held.
#ifndef GIAOBAN_AGGREGATOR_CHANGES_H_
#define GIAOBAN_AGGREGATOR_CHANGES_H_

#include <functional>
#include <memory>
#include <string>

namespace giaoban::aggregator {

// Thread-safe.
class Changes {
 public:
  // How a wait ended.
  enum class Outcome { kReached, kTimedOut, kStopped };

  // Has `call` called once, when patience ends, on another thread or later. Destroying the handle calls it off, though
  // it may be under way already.
  using Patience = std::function<std::shared_ptr<void>(std::function<void()> call)>;

  // `patience` says how long a wait lasts at most.
  explicit Changes(Patience patience);
  ~Changes();

  // Something changed in a cluster; an empty name means in any.
  void Notify(const std::string& cluster);

  // Calls `wake` after each change of the cluster until the handle is destroyed,
  // which waits for a call in progress. `wake` must not destroy the handle.
  std::shared_ptr<void> Watch(std::string cluster, std::function<void()> wake);

  // Calls `done` once: as soon as `reached` is true (at once, when it is already),
  // when patience ends, or when waiting stops. `reached` is asked after each change of the cluster.
  void Wait(const std::string& cluster, std::function<bool()> reached, std::function<void(Outcome)> done);

  // Ends all waits, and later ones that would have to wait.
  void Stop();

 private:
  struct State;
  const Patience patience_;
  std::shared_ptr<State> state_;
};

}  // namespace giaoban::aggregator

#endif  // GIAOBAN_AGGREGATOR_CHANGES_H_
