// runtime::Main: the life of a service's process.
#include <grpc/support/log.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/shared/runtime/component.h"
#include "services/shared/runtime/log.h"
#include "services/shared/runtime/metrics_server.h"
#include "services/shared/runtime/server.h"
#include "services/shared/runtime/settings.h"
#include "services/shared/runtime/status.h"

namespace giaoban::runtime {
namespace {

using Components = std::vector<std::unique_ptr<Component>>;

constexpr absl::Duration kHealthPeriod = absl::Seconds(1);
constexpr absl::Duration kUnreadyPeriod = absl::Milliseconds(100);

// The signals that end a service, kept from every thread so that the main one can wait for them.
class StopSignals {
 public:
  StopSignals() {
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  // Whether one came within this time.
  bool Wait(absl::Duration longest) const {
    const timespec timeout = absl::ToTimespec(longest);
    return sigtimedwait(&signals_, nullptr, &timeout) > 0;
  }

  // From now on a signal ends the process at once.
  void Release() const {
    for (const int number : {SIGTERM, SIGINT}) signal(number, [](int) { _exit(1); });
    pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
  }

 private:
  sigset_t signals_;
};

void LogOfGrpc(gpr_log_func_args* line) {
  const Severity severity = line->severity == GPR_LOG_SEVERITY_ERROR  ? Severity::kError
                            : line->severity == GPR_LOG_SEVERITY_INFO ? Severity::kWarning
                                                                      : Severity::kInfo;
  Log(severity, line->message, {{"source", "grpc"}});
}

absl::Status Joined(const std::vector<std::string>& faults) {
  return faults.empty() ? absl::OkStatus() : absl::InvalidArgumentError(absl::StrJoin(faults, "\n"));
}

absl::StatusOr<Settings> Configure(int argc, char** argv) {
  std::vector<std::string> unexpected;
  const Settings settings = ReadSettings(argc, argv, &unexpected);
  std::vector<std::string> faults = Faults(settings);
  for (const std::string& argument : unexpected) {
    faults.push_back(absl::StrCat(argument, ": expected only flags, as in --data=FOLDER"));
  }
  absl::Status verdict = Joined(faults);
  if (!verdict.ok()) return verdict;
  return settings;
}

absl::StatusOr<Components> Make(const std::vector<MakeComponent>& make, const Environment& environment) {
  Components components;
  for (const MakeComponent& maker : make) {
    absl::StatusOr<std::unique_ptr<Component>> component = maker(environment);
    if (!component.ok()) return component.status();
    components.push_back(*std::move(component));
  }
  return components;
}

std::string NamesOf(const Components& components) {
  return absl::StrJoin(components, " ",
                       [](std::string* text, const auto& component) { absl::StrAppend(text, component->name()); });
}

absl::StatusOr<std::unique_ptr<Server>> Listen(const Settings& settings, const IdentityFolder& identity,
                                               const Components& components, Metrics& metrics) {
  std::vector<Served> services;
  for (const auto& component : components) {
    const auto contract = ContractOf(component->name());
    if (!contract.ok()) return contract.status();
    services.push_back({component->service(), *contract});
  }
  std::string listen = settings.listen;
  if (listen.empty()) {
    const auto own = identity.addresses.find(components.front()->name());
    if (own == identity.addresses.end()) {
      return absl::FailedPreconditionError(absl::StrCat(settings.identity, "/addresses does not name ",
                                                        components.front()->name(), " and --listen is not given"));
    }
    listen = own->second;
  }
  return Server::Start(identity, listen, services, metrics);
}

// Carries readiness into health, and every change into the log.
class HealthReport {
 public:
  HealthReport(const Components& components, Server& server) : components_(components), server_(server) {}

  // Asks every component once. Whether all are ready.
  bool Refresh() {
    bool all = true;
    for (const auto& component : components_) {
      const absl::Status ready = component->Ready();
      all = all && ready.ok();
      Note(component->name(), ready);
    }
    server_.SetHealth("", all);
    return all;
  }

 private:
  void Note(const std::string& name, const absl::Status& ready) {
    const auto [known, first] = serving_.emplace(name, ready.ok());
    if (!first && known->second == ready.ok()) return;
    known->second = ready.ok();
    server_.SetHealth((*ContractOf(name))->full_name(), ready.ok());
    if (ready.ok()) {
      Log(Severity::kInfo, "ready", {{"service", name}});
    } else {
      Log(Severity::kWarning, "not ready",
          {{"service", name}, {"cause", ready.ToString(absl::StatusToStringMode::kWithNoExtraData)}});
    }
  }

  const Components& components_;
  Server& server_;
  std::map<std::string, bool> serving_;
};

void Announce(const Components& components, const Server& server, const MetricsServer& page) {
  const std::string line =
      absl::StrCat("serving ", NamesOf(components), " on ", server.address(), ", metrics on ", page.address(), "\n");
  fputs(line.c_str(), stdout);
  fflush(stdout);
}

void ServeUntilStopped(const Components& components, Server& server, const StopSignals& signals) {
  HealthReport health(components, server);
  while (!signals.Wait(health.Refresh() ? kHealthPeriod : kUnreadyPeriod)) {
  }
  signals.Release();
}

absl::Status Run(const Settings& settings, const std::vector<MakeComponent>& make, const StopSignals& signals) {
  absl::StatusOr<IdentityFolder> identity = LoadIdentity(settings.identity);
  if (!identity.ok()) return identity.status();
  Metrics metrics;
  const auto page = MetricsServer::Start(settings.metrics, metrics);
  if (!page.ok()) return page.status();
  const Environment environment{*identity, settings.data, metrics, absl::Now};
  const absl::StatusOr<Components> components = Make(make, environment);
  if (!components.ok()) return components.status();
  auto server = Listen(settings, *identity, *components, metrics);
  if (!server.ok()) return server.status();
  for (const auto& component : *components) component->Start();
  Announce(*components, **server, **page);

  ServeUntilStopped(*components, **server, signals);

  Log(Severity::kInfo, "stopping");
  (*server)->EndHealth();
  for (const auto& component : *components) component->Drain();
  (*server)->Shutdown(settings.drain);
  return absl::OkStatus();
}

int Refuse(const absl::Status& status) {
  const std::string vietnamese = DetailOf(status).vietnamese;
  if (!vietnamese.empty()) fprintf(stderr, "%s\n", vietnamese.c_str());
  fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}

}  // namespace

int Main(int argc, char** argv, const std::vector<MakeComponent>& make) {
  const absl::StatusOr<Settings> settings = Configure(argc, argv);
  if (!settings.ok()) return Refuse(settings.status());
  // Databases and keys are for the account that serves, whatever the folder's mode.
  umask(S_IRWXG | S_IRWXO);
  const StopSignals signals;
  gpr_set_log_function(LogOfGrpc);
  const absl::Status end = Run(*settings, make, signals);
  return end.ok() ? 0 : Refuse(end);
}

}  // namespace giaoban::runtime
