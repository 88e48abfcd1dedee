// The one way a gRPC server of the suite is made: mutual TLS, the access check,
// metrics, health, reflection and limits. There is no insecure mode.
#ifndef GIAOBAN_RUNTIME_SERVER_H_
#define GIAOBAN_RUNTIME_SERVER_H_

#include <google/protobuf/descriptor.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/shared/runtime/access.h"
#include "services/shared/runtime/environment.h"
#include "services/shared/runtime/listener.h"
#include "services/shared/runtime/running_calls.h"

namespace giaoban::runtime {

// A service to run and the contract it runs.
struct Served {
  grpc::Service* service;
  const google::protobuf::ServiceDescriptor* contract;
};

// An implementation of the generated class `Contract`, say directory::v1::DirectoryService.
template <typename Contract>
Served ServedAs(grpc::Service& service) {
  return {&service,
          google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(Contract::service_full_name())};
}

// A listening server. Health says NOT_SERVING for everything until told otherwise.
class Server {
 public:
  // Listens on "host:port"; port 0 takes a free one. UNAVAILABLE when the address cannot be
  // had. Services and what the environment refers to must outlive the server.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Environment& environment, const std::string& listen,
                                                       const std::vector<Served>& services);
  ~Server();

  // "host:port" with the port really taken.
  const std::string& address() const { return address_; }

  // Sets the health of a service by its full name; "" is the whole server.
  void SetHealth(const std::string& service, bool serving);

  // From now on health is NOT_SERVING, whatever SetHealth says.
  void EndHealth();

  // Takes no new calls, waits for those that run until `patience` has passed, then cancels
  // them. Streams of health and reflection are not waited for.
  void Shutdown(absl::Duration patience);

 private:
  Server(const Environment& environment, const std::vector<Served>& services, std::unique_ptr<Listener> listener);
  void Listen();

  const Environment environment_;
  MethodTable table_;
  RunningCalls calls_;
  const std::string address_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace giaoban::runtime

#endif  // GIAOBAN_RUNTIME_SERVER_H_
