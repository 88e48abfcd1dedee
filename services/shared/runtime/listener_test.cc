#include "services/shared/runtime/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

namespace giaoban::runtime {
namespace {

using testing::HasSubstr;

constexpr int64_t kMany = 1000;

uint16_t PortOf(const std::string& address) {
  uint32_t port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
  return static_cast<uint16_t>(port);
}

// A connection to a port of 127.0.0.1, or -1. It is the caller's to close.
int ConnectTo(uint16_t port) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return connection;
  close(connection);
  return -1;
}

// Waits until the other side has closed the connection.
bool IsClosed(int connection) {
  char byte = 0;
  return recv(connection, &byte, 1, 0) <= 0;
}

// The lowest number no file has.
int NextDescriptor() {
  const int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(next);
  return next;
}

// What a server would do with connections: keep them.
class ListenerTest : public testing::Test {
 protected:
  ~ListenerTest() override {
    listener_.reset();
    CloseAll();
  }

  void Start(int64_t limit) {
    listener_->Start(limit, {.take =
                                 [this](int socket) {
                                   absl::MutexLock lock(&mutex_);
                                   taken_.push_back(socket);
                                 },
                             .refused =
                                 [this] {
                                   absl::MutexLock lock(&mutex_);
                                   ++refused_;
                                 },
                             .failed =
                                 [this](const std::string& cause) {
                                   absl::MutexLock lock(&mutex_);
                                   failures_.push_back(cause);
                                 }});
  }

  void AwaitTaken(size_t count) {
    absl::MutexLock lock(&mutex_);
    auto enough = [&] { return taken_.size() >= count; };
    mutex_.Await(absl::Condition(&enough));
  }
  // Until each of so many was either taken in or refused; returns how many were refused.
  int AwaitDecided(int count) {
    absl::MutexLock lock(&mutex_);
    auto decided = [&] { return static_cast<int>(taken_.size()) + refused_ >= count; };
    mutex_.Await(absl::Condition(&decided));
    return refused_;
  }
  std::string AwaitFailure() {
    absl::MutexLock lock(&mutex_);
    auto failed = [&] { return !failures_.empty(); };
    mutex_.Await(absl::Condition(&failed));
    return failures_.back();
  }
  size_t taken() {
    absl::MutexLock lock(&mutex_);
    return taken_.size();
  }
  void CloseAll() {
    absl::MutexLock lock(&mutex_);
    for (const int socket : taken_) close(socket);
    taken_.clear();
  }

  absl::Mutex mutex_;
  std::vector<int> taken_;
  int refused_ = 0;
  std::vector<std::string> failures_;
  std::unique_ptr<Listener> listener_ = Listener::Open("127.0.0.1:0").value();
  const uint16_t port_ = PortOf(listener_->address());
};

// Goal: a connection arrives as a socket that does not block, also one that was made before the start.
TEST_F(ListenerTest, ConnectionsArrive) {
  const int early = ConnectTo(port_);
  ASSERT_GE(early, 0);
  Start(kMany);
  AwaitTaken(1);
  const int late = ConnectTo(port_);
  AwaitTaken(2);
  EXPECT_TRUE((fcntl(taken_[0], F_GETFL) & O_NONBLOCK) != 0);
  CloseAll();
  EXPECT_TRUE(IsClosed(early) && IsClosed(late));
  close(early);
  close(late);
}

// Goal: once stopped nobody listens, and what was taken in stays open.
TEST_F(ListenerTest, StopsListening) {
  Start(kMany);
  const int connection = ConnectTo(port_);
  AwaitTaken(1);
  listener_.reset();
  EXPECT_EQ(ConnectTo(port_), -1);
  EXPECT_EQ(send(taken_[0], "x", 1, MSG_NOSIGNAL), 1);
  EXPECT_FALSE(IsClosed(connection));
  close(connection);
}

// Goal: a name stands for all its addresses, on one port.
TEST_F(ListenerTest, NamesAreResolved) {
  listener_ = Listener::Open("localhost:0").value();
  EXPECT_THAT(listener_->address(), HasSubstr("localhost:"));
  Start(kMany);
  const int connection = ConnectTo(PortOf(listener_->address()));
  AwaitTaken(1);
  close(connection);
}

// Goal: what cannot be had is an error that names it.
TEST_F(ListenerTest, AnAddressThatCannotBeHadIsAnError) {
  for (const std::string& address : {listener_->address(), std::string("192.0.2.1:0"), std::string("no-such-host.:0"),
                                     std::string("nothing"), std::string("127.0.0.1:x")}) {
    const absl::Status status = Listener::Open(address).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(status.message()), HasSubstr("cannot listen on " + address));
  }
}

// Goal: connections past the limit are closed at once and counted, and there is room again when others have gone.
TEST_F(ListenerTest, TooManyAreClosed) {
  constexpr int kConnections = 20;
  std::vector<int> connections(kConnections, -1);
  // Both ends of every connection are in this process.
  Start(NextDescriptor() + kConnections + 5);
  for (int& connection : connections) connection = ConnectTo(port_);
  const int refused = AwaitDecided(kConnections);
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, kConnections);
  int closed = 0;
  CloseAll();
  for (const int connection : connections) closed += IsClosed(connection) ? 1 : 0;
  EXPECT_EQ(closed, kConnections);
  for (const int connection : connections) close(connection);
  const size_t before = taken();
  const int again = ConnectTo(port_);
  AwaitTaken(before + 1);
  close(again);
}

// Goal: when the process has run out of files it goes on listening, and takes connections in once it has some again.
TEST_F(ListenerTest, RunningOutOfFilesIsNotTheEnd) {
  Start(kMany);
  rlimit files = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  // Room for this end of the connection and not for the other.
  const rlimit few = {static_cast<rlim_t>(NextDescriptor() + 1), files.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  const int connection = ConnectTo(port_);
  EXPECT_GE(connection, 0);
  EXPECT_EQ(AwaitFailure(), "Too many open files");
  EXPECT_EQ(taken(), 0);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  AwaitTaken(1);
  EXPECT_EQ(failures_.size(), 1);
  close(connection);
}

// Goal: some files are left for the rest of the process, whatever the limit.
TEST_F(ListenerTest, FilesAreLeftForOthers) {
  rlimit files = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  const rlimit few = {static_cast<rlim_t>(NextDescriptor() + 40), files.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  const absl::Cleanup restore = [&files] { setrlimit(RLIMIT_NOFILE, &files); };
  Start(kMany);
  const int connection = ConnectTo(port_);
  EXPECT_EQ(AwaitDecided(1), 1);
  EXPECT_TRUE(IsClosed(connection));
  close(connection);
}

}  // namespace
}  // namespace giaoban::runtime
