// Calls to the services.
#ifndef GIAOBAN_CLI_CONNECTION_H_
#define GIAOBAN_CLI_CONNECTION_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

namespace giaoban::cli {

using google::protobuf::Message;

// A way to the services. The type of the request says which service and method is meant: each
// request type belongs to exactly one method, and each file of the contract has one service. Several threads may make
// unary calls at once.
class Connection {
 public:
  virtual ~Connection() = default;
  // Calls a unary method where its service is. Errors carry their detail.
  absl::Status Call(const Message& request, Message* response);
  // Calls one that every process answers: the one of this service, "training", at this address, or any when that is
  // empty.
  virtual absl::Status CallAt(const std::string& service, const std::string& address, const Message& request,
                              Message* response) = 0;
  // Where processes are, as the identity folder says: "host:port" → names of its services.
  virtual absl::StatusOr<std::map<std::string, std::vector<std::string>>> Processes() = 0;
  // Calls a streaming method until it ends or `take` returns false. `response` is filled anew for each
  // message. When the process that answers goes away, others are asked, for some seconds, with `request` as it is then:
  // `take` may change it to say where to go on.
  virtual absl::Status Stream(const Message& request, Message* response, absl::FunctionRef<bool()> take) = 0;
};

// Connects with the certificate of an identity folder, which is read at the first call. Each
// unary call ends after `timeout`. `waiting` is called once a second while a call waits, with the service's
// name and how long it has been.
std::unique_ptr<Connection> MakeConnection(std::string identity_directory, absl::Duration timeout,
                                           std::function<void(absl::string_view, absl::Duration)> waiting);

// The method a request belongs to.
const google::protobuf::MethodDescriptor& MethodOf(const Message& request);

// The name of a method's service in the identity folder: "membership".
std::string ServiceOf(const google::protobuf::MethodDescriptor& method);

}  // namespace giaoban::cli

#endif  // GIAOBAN_CLI_CONNECTION_H_
