// The sockets a server listens on.
//
// gRPC would listen by itself, but at the first connection it cannot take in, as when files run out, it stops for good
// and says so nowhere: anybody who reaches the port could end a service with connections, without a certificate.
#ifndef GIAOBAN_RUNTIME_LISTENER_H_
#define GIAOBAN_RUNTIME_LISTENER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace giaoban::runtime {

// Files that are left, however many connections come, for databases, identity folders and calls to other services.
inline constexpr int64_t kOtherFiles = 64;

class Listener {
 public:
  // Listens on every address of "host:port", on one port; port 0 takes a free one. Connections wait until Start.
  // UNAVAILABLE when the address cannot be had.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(const std::string& listen);
  // Stops; after that no handler runs. Those connections that were taken in stay.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // "host:port" with the port really taken.
  const std::string& address() const { return address_; }

  struct Handlers {
    // Takes a connection in: a socket that does not block, from then on its own.
    std::function<void(int socket)> take;
    // Told of each connection that was closed because there are too many.
    std::function<void()> refused;
    // Told why a connection cannot be taken in; not again until one could.
    std::function<void(const std::string& cause)> failed;
  };
  // Takes connections in on a thread of its own, so that at most `limit` are open, counted together with the other
  // files of the process, and some files are left for its databases. When none can be taken in, tries again soon.
  void Start(int64_t limit, Handlers handlers);

 private:
  // A file descriptor, closed with the object.
  class Descriptor {
   public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor();
    int number() const { return number_; }
    int Release() { return std::exchange(number_, -1); }

   private:
    int number_;
  };

  Listener() = default;
  absl::Status Bind(const std::string& listen);
  void Run();
  bool TakeOne(int listening);

  std::vector<Descriptor> sockets_;
  std::string address_;
  int64_t limit_ = 0;
  Handlers handlers_;
  bool failing_ = false;
  std::unique_ptr<Descriptor> stop_;
  std::thread thread_;
};

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_LISTENER_H_
