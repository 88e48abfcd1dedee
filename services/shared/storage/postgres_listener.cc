#include "services/shared/storage/postgres_listener.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace giaoban::storage {
namespace {

constexpr int kPollMs = 1000;

struct FreeNotification {
  void operator()(PGnotify* notification) const { PQfreemem(notification); }
};

}  // namespace

PostgresListener::PostgresListener(std::string conninfo, std::string schema, Store::Heard heard)
    : conninfo_(std::move(conninfo)),
      schema_(std::move(schema)),
      heard_(std::move(heard)),
      stop_(eventfd(0, EFD_CLOEXEC)) {
  thread_ = std::thread([this] { Work(); });
}

PostgresListener::~PostgresListener() {
  eventfd_write(stop_, 1);
  thread_.join();
  close(stop_);
}

void PostgresListener::Work() {
  do {
    if (connection_ == nullptr) Connect();
    TellAll();
  } while (Wait());
}

void PostgresListener::Connect() {
  auto opened = PostgresConnection::Open(conninfo_, schema_, PostgresConnection::Access::kReadWrite);
  if (!opened.ok()) return;
  const absl::Status listening = (*opened)->Query(absl::StrCat("LISTEN \"", schema_, "\""), {}, [](const Row&) {});
  if (!listening.ok()) return;
  connection_ = *std::move(opened);
  heard_(std::nullopt);
}

bool PostgresListener::Wait() {
  pollfd sources[] = {{stop_, POLLIN, 0}, {connection_ == nullptr ? -1 : PQsocket(connection_->handle()), POLLIN, 0}};
  const int ready = poll(sources, 2, kPollMs);
  if (sources[0].revents != 0) return false;
  if (sources[1].revents != 0 && PQconsumeInput(connection_->handle()) == 0) connection_.reset();
  // After a second without a word, and when the connection is lost, others may have been missed.
  if (ready <= 0 || connection_ == nullptr) heard_(std::nullopt);
  return true;
}

void PostgresListener::TellAll() {
  if (connection_ == nullptr) return;
  using Notification = std::unique_ptr<PGnotify, FreeNotification>;
  for (Notification next(PQnotifies(connection_->handle())); next != nullptr;
       next.reset(PQnotifies(connection_->handle()))) {
    heard_(absl::string_view(next->extra));
  }
}

}  // namespace giaoban::storage
