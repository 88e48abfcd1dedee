#include "services/shared/runtime/metrics_server.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <future>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace giaoban::runtime {
namespace {

constexpr size_t kThreads = 1;
constexpr std::chrono::milliseconds kBetweenKnocks(10);

// The host as the web server wants it: it knows no names.
std::string HostOf(const std::string& address) {
  const std::string host = address.substr(0, address.rfind(':'));
  return host == "localhost" ? "127.0.0.1" : host;
}

// Connects and hangs up.
void Knock(std::string host, int port) {
  if (host.front() == '[') host = host.substr(1, host.size() - 2);
  addrinfo hints = {};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), absl::StrCat(port).c_str(), &hints, &found) != 0) return;
  const absl::Cleanup free = [found] { freeaddrinfo(found); };
  const int connection = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
  if (connection < 0) return;
  // Whether anybody answers does not matter.
  static_cast<void>(connect(connection, found->ai_addr, found->ai_addrlen));
  close(connection);
}

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(const std::string& address,
                                                                    const Metrics& metrics) {
  const std::string host = HostOf(address);
  try {
    auto exposer =
        std::make_unique<prometheus::Exposer>(absl::StrCat(host, address.substr(address.rfind(':'))), kThreads);
    exposer->RegisterCollectable(metrics.registry);
    return std::unique_ptr<MetricsServer>(new MetricsServer(host, std::move(exposer)));
  } catch (const std::exception&) {
    return absl::UnavailableError(
        absl::StrCat("--metrics=", address, ": cannot listen there; the port is taken or the address is wrong"));
  }
}

// The web server looks whether it is to stop every two seconds, or when somebody connects.
MetricsServer::~MetricsServer() {
  const int port = exposer_->GetListeningPorts().front();
  const auto stopped = std::async(std::launch::async, [this] { exposer_.reset(); });
  while (stopped.wait_for(kBetweenKnocks) != std::future_status::ready) Knock(host_, port);
}

std::string MetricsServer::address() const { return absl::StrCat(host_, ":", exposer_->GetListeningPorts().front()); }

}  // namespace giaoban::runtime
