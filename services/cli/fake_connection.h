// A connection for tests: answers by the type of the request, and remembers what was asked.
#ifndef GIAOBAN_CLI_FAKE_CONNECTION_H_
#define GIAOBAN_CLI_FAKE_CONNECTION_H_

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "services/cli/connection.h"

namespace giaoban::cli {

class FakeConnection final : public Connection {
 public:
  // Answers every request of a type with what `answer` returns.
  template <typename Request, typename Response>
  void On(std::function<absl::Status(const Request&, Response&)> answer) {
    answers_[Request::descriptor()->full_name()] = [answer](const Message& request, Message* response) {
      Request typed;
      typed.CopyFrom(request);
      return answer(typed, dynamic_cast<Response&>(*response));
    };
  }

  absl::Status CallAt(const std::string& service, const std::string&, const Message& request,
                      Message* response) override {
    absl::MutexLock lock(&mutex_);
    asked.push_back(request.GetDescriptor()->full_name());
    asked_at.push_back(service);
    const auto found = answers_.find(asked.back());
    if (found == answers_.end()) return absl::UnavailableError("nothing answers " + asked.back());
    return found->second(request, response);
  }
  absl::StatusOr<std::map<std::string, std::vector<std::string>>> Processes() override { return processes; }
  // A stream of one message.
  absl::Status Stream(const Message& request, Message* response, absl::FunctionRef<bool()> take) override {
    if (absl::Status status = Call(request, response); !status.ok()) return status;
    take();
    return absl::OkStatus();
  }

  // Full names of the requests, in order, and of which service they were asked.
  std::vector<std::string> asked, asked_at;
  std::map<std::string, std::vector<std::string>> processes;

 private:
  absl::Mutex mutex_;
  std::map<std::string, std::function<absl::Status(const Message&, Message*)>> answers_;
};

// Hands every call on to a connection that outlives the run.
class Borrowed final : public Connection {
 public:
  explicit Borrowed(Connection& connection) : connection_(connection) {}
  absl::Status CallAt(const std::string& service, const std::string& address, const Message& request,
                      Message* response) override {
    return connection_.CallAt(service, address, request, response);
  }
  absl::StatusOr<std::map<std::string, std::vector<std::string>>> Processes() override {
    return connection_.Processes();
  }
  absl::Status Stream(const Message& request, Message* response, absl::FunctionRef<bool()> take) override {
    return connection_.Stream(request, response, take);
  }

 private:
  Connection& connection_;
};

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_FAKE_CONNECTION_H_
