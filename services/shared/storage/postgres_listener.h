// A thread that hears what processes on one PostgreSQL database announce.
#ifndef GIAOBAN_STORAGE_POSTGRES_LISTENER_H_
#define GIAOBAN_STORAGE_POSTGRES_LISTENER_H_

#include <memory>
#include <string>
#include <thread>

#include "services/shared/storage/postgres_connection.h"
#include "services/shared/storage/store.h"

namespace giaoban::storage {

// See Store::Listen. Connects again for ever when the connection is lost.
class PostgresListener {
 public:
  PostgresListener(std::string conninfo, std::string schema, Store::Heard heard);
  // Waits for a call of `heard` that is running.
  ~PostgresListener();

 private:
  void Work();
  void Connect();
  // Until something came, a second has passed, or it is time to stop: then false.
  bool Wait();
  void TellAll();

  const std::string conninfo_, schema_;
  const Store::Heard heard_;
  std::unique_ptr<PostgresConnection> connection_;
  // Becomes readable when it is time to stop.
  int stop_;
  std::thread thread_;
};

}  // namespace giaoban::storage

#endif  // GIAOBAN_STORAGE_POSTGRES_LISTENER_H_
