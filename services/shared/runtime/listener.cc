#include "services/shared/runtime/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace giaoban::runtime {
namespace {

// How long to wait when a connection cannot be taken in.
constexpr int kPauseMs = 100;

absl::Status CannotListen(const std::string& listen) {
  return absl::UnavailableError(
      absl::StrCat("cannot listen on ", listen, ": the port is taken or the address is not of this machine"));
}

// Sets the port of an address of either family.
void SetPort(sockaddr* address, in_port_t port) {
  if (address->sa_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(address)->sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in*>(address)->sin_port = htons(port);
  }
}

in_port_t PortOf(int socket) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

void SetOption(int socket, int level, int option) {
  const int on = 1;
  setsockopt(socket, level, option, &on, sizeof(on));
}

}  // namespace

Listener::Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(const std::string& listen) {
  std::unique_ptr<Listener> listener(new Listener);
  if (absl::Status bound = listener->Bind(listen); !bound.ok()) return bound;
  return listener;
}

absl::Status Listener::Bind(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  uint32_t port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(listen.substr(colon + 1), &port)) return CannotListen(listen);
  absl::string_view host = absl::string_view(listen).substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  addrinfo hints = {};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(std::string(host).c_str(), nullptr, &hints, &found) != 0) return CannotListen(listen);
  const absl::Cleanup free = [found] { freeaddrinfo(found); };
  std::set<std::string> seen;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    // A name may have an address twice.
    if (!seen.emplace(reinterpret_cast<const char*>(each->ai_addr), each->ai_addrlen).second) continue;
    Descriptor socket(::socket(each->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket.number() < 0) continue;
    SetOption(socket.number(), SOL_SOCKET, SO_REUSEADDR);
    SetOption(socket.number(), IPPROTO_TCP, TCP_NODELAY);
    SetPort(each->ai_addr, static_cast<in_port_t>(port));
    if (bind(socket.number(), each->ai_addr, each->ai_addrlen) != 0 || ::listen(socket.number(), SOMAXCONN) != 0) {
      if (errno == EADDRINUSE) return CannotListen(listen);
      continue;
    }
    port = PortOf(socket.number());
    sockets_.push_back(std::move(socket));
  }
  address_ = absl::StrCat(listen.substr(0, colon), ":", port);
  return sockets_.empty() ? CannotListen(listen) : absl::OkStatus();
}

void Listener::Start(int64_t limit, Handlers handlers) {
  rlimit files = {};
  getrlimit(RLIMIT_NOFILE, &files);
  const auto most = static_cast<int64_t>(std::min<rlim_t>(files.rlim_cur, INT32_MAX));
  limit_ = std::min(limit, most - kOtherFiles);
  handlers_ = std::move(handlers);
  stop_ = std::make_unique<Descriptor>(eventfd(0, EFD_CLOEXEC));
  thread_ = std::thread([this] { Run(); });
}

Listener::~Listener() {
  if (!thread_.joinable()) return;
  eventfd_write(stop_->number(), 1);
  thread_.join();
}

void Listener::Run() {
  std::vector<pollfd> events = {{stop_->number(), POLLIN, 0}};
  for (const Descriptor& socket : sockets_) events.push_back({socket.number(), POLLIN, 0});
  while (true) {
    poll(events.data(), events.size(), -1);
    if (events.front().revents != 0) return;
    for (size_t i = 1; i < events.size(); ++i) {
      if (events[i].revents == 0 || TakeOne(events[i].fd)) continue;
      poll(events.data(), 1, kPauseMs);
    }
  }
}

// False when it is better to wait a little.
bool Listener::TakeOne(int listening) {
  Descriptor taken(accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (taken.number() < 0) {
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return true;
    if (!std::exchange(failing_, true)) handlers_.failed(std::strerror(errno));
    return false;
  }
  failing_ = false;
  // Descriptors are given out from the lowest free number on, so this one says how many are open at least.
  if (taken.number() < limit_) {
    handlers_.take(taken.Release());
  } else {
    handlers_.refused();
  }
  return true;
}

}  // namespace giaoban::runtime
