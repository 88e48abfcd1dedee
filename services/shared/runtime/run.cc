// runtime::Main: the life of a service's process.
#include <grpc/support/log.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/runtime/component.h"
#include "services/shared/runtime/identity_watch.h"
#include "services/shared/runtime/listener.h"
#include "services/shared/runtime/log.h"
#include "services/shared/runtime/metrics_server.h"
#include "services/shared/runtime/server.h"
#include "services/shared/runtime/settings.h"
#include "services/shared/runtime/status.h"

namespace giaoban::runtime {
namespace {

using Components = std::vector<std::unique_ptr<Component>>;

constexpr int kHeaps = 2;
// Below the buffers of a TLS connection, which are 16 and 17 KB each and hardly used while it is silent.
constexpr int kPagesOfItsOwnBytes = 16'000;
constexpr absl::Duration kHealthPeriod = absl::Seconds(1);
constexpr absl::Duration kUnreadyPeriod = absl::Milliseconds(100);
constexpr std::chrono::seconds kTrimPeriod{10};

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

// Takes all descriptors the account may have. One sentence when they are too few, otherwise none.
std::vector<std::string> TakeDescriptors(const Limits& limits) {
  rlimit descriptors = {};
  getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  setrlimit(RLIMIT_NOFILE, &descriptors);
  const auto needed = static_cast<rlim_t>(limits.connections + kOtherFiles);
  if (descriptors.rlim_max >= needed) return {};
  return {absl::StrCat("--", NameOf(&Limits::connections), "=", limits.connections, " needs ", needed,
                       " descriptors and this account may have ", descriptors.rlim_max,
                       ": lower the flag, or raise the hard limit (ulimit -Hn)")};
}

absl::StatusOr<Settings> Configure(int argc, char** argv) {
  std::vector<std::string> unexpected;
  const Settings settings = ReadSettings(argc, argv, &unexpected);
  std::vector<std::string> faults = Faults(settings);
  for (const std::string& argument : unexpected) {
    faults.push_back(absl::StrCat(argument, ": expected only flags, as in --data=FOLDER"));
  }
  for (std::string& fault : TakeDescriptors(settings.limits)) faults.push_back(std::move(fault));
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

absl::StatusOr<std::unique_ptr<Server>> Listen(const Settings& settings, const Environment& environment,
                                               const Components& components) {
  std::vector<Served> services;
  for (const auto& component : components) {
    for (const Served& served : component->services()) services.push_back(served);
  }
  std::string listen = settings.listen;
  if (listen.empty()) {
    const auto& addresses = environment.credentials->addresses();
    const auto own = addresses.find(components.front()->name());
    if (own == addresses.end()) {
      return absl::FailedPreconditionError(absl::StrCat(settings.identity, "/addresses does not name ",
                                                        components.front()->name(), " and --listen is not given"));
    }
    listen = own->second;
    if (AddressesIn(listen).size() > 1) {
      return absl::FailedPreconditionError(absl::StrCat(
          settings.identity, "/addresses names several processes; --listen says which of ", listen, " this one is"));
    }
  }
  return Server::Start(environment, listen, services);
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
      Note(component->name(), component->services(), ready);
    }
    server_.SetHealth("", all);
    return all;
  }

 private:
  void Note(const std::string& name, const std::vector<Served>& services, const absl::Status& ready) {
    const auto [known, first] = serving_.emplace(name, ready.ok());
    if (!first && known->second == ready.ok()) return;
    known->second = ready.ok();
    for (const Served& served : services) server_.SetHealth(served.contract->full_name(), ready.ok());
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

// Gives freed memory back to the system. Left alone glibc keeps what lies below memory in use, so that a process stays
// as large as it was at its worst moment: 800 MB where 35 are in use.
class Trimming {
 public:
  void Tick() {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + kTrimPeriod;
    malloc_trim(0);
  }

 private:
  // Not by the time of day: a clock that was set back would put it off.
  std::chrono::steady_clock::time_point next_;
};

void ServeUntilStopped(const Components& components, Server& server, IdentityWatch& identity,
                       const StopSignals& signals) {
  HealthReport health(components, server);
  Trimming memory;
  while (!signals.Wait(health.Refresh() ? kHealthPeriod : kUnreadyPeriod)) {
    identity.Tick();
    memory.Tick();
    for (const auto& component : components) component->Tick();
  }
  signals.Release();
}

absl::Status Run(const Settings& settings, const std::vector<MakeComponent>& make, const StopSignals& signals) {
  const auto credentials = Credentials::Load(settings.identity);
  if (!credentials.ok()) return credentials.status();
  Metrics metrics;
  IdentityWatch identity(**credentials, metrics, absl::Now);
  const auto page = MetricsServer::Start(settings.metrics, metrics);
  if (!page.ok()) return page.status();
  Show(settings.limits, metrics);
  Callers callers(settings.limits, metrics);
  StatementKeys statement_keys;
  AccessEvents access_events;
  const Environment environment{*credentials,    settings.data, settings.database, metrics,      absl::Now,
                                settings.limits, callers,       statement_keys,    access_events};
  const absl::StatusOr<Components> components = Make(make, environment);
  if (!components.ok()) return components.status();
  auto server = Listen(settings, environment, *components);
  if (!server.ok()) return server.status();
  for (const auto& component : *components) component->Start();
  Announce(*components, **server, **page);

  ServeUntilStopped(*components, **server, identity, signals);

  Log(Severity::kInfo, "stopping");
  (*server)->EndHealth();
  for (const auto& component : *components) component->Drain();
  (*server)->Shutdown(settings.drain);
  return absl::OkStatus();
}

// What libraries without a language refuse with.
absl::string_view Vietnamese(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnavailable:
      return "Dịch vụ không khởi động được: kho dữ liệu, hoặc một cổng, chưa sẵn sàng.";
    case absl::StatusCode::kDataLoss:
      return "Dịch vụ không khởi động được: kho dữ liệu đã hỏng, hoặc thiếu những gì đã xác nhận.";
    case absl::StatusCode::kResourceExhausted:
      return "Dịch vụ không khởi động được: kho dữ liệu đã đầy.";
    default:
      return "Dịch vụ không khởi động được.";
  }
}

int Refuse(const absl::Status& status) {
  const std::string vietnamese = DetailOf(status).vietnamese;
  fprintf(stderr, "%s\n", vietnamese.empty() ? Vietnamese(status.code()).data() : vietnamese.c_str());
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
  // Otherwise what was freed is kept in as many heaps as there were threads, several times what is in use.
  mallopt(M_ARENA_MAX, kHeaps);
  // What is that large gets pages of its own. Those never touched cost nothing, and all go back when it is freed.
  mallopt(M_MMAP_THRESHOLD, kPagesOfItsOwnBytes);
  // Where it is built without NDEBUG, as in Debian, Abseil looks for cycles at every lock, gRPC's too.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const absl::Status end = Run(*settings, make, signals);
  return end.ok() ? 0 : Refuse(end);
}

}  // namespace giaoban::runtime
