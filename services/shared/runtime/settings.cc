#include "services/shared/runtime/settings.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

ABSL_FLAG(std::string, identity, "",
          "Identity folder of this service: ca.pem, cert.pem, key.pem and addresses. Required.");
ABSL_FLAG(std::string, listen, "",
          "host:port to serve on. Default: the address the identity folder gives for this service.");
ABSL_FLAG(std::string, data, "", "Folder for databases and keys; must exist and be writable. Required.");
ABSL_FLAG(std::string, database, "",
          "PostgreSQL database for journals, as libpq takes it (host=/run/postgresql dbname=giaoban); any number of "
          "processes may share it. A password belongs into a file (passfile=). Default: SQLite files in --data.");
ABSL_FLAG(std::string, metrics, "127.0.0.1:0",
          "host:port of /metrics, on the loopback interface only; port 0 takes a free one.");
ABSL_FLAG(int32_t, drain_seconds, 10, "How long running calls may take to end at shutdown, 0 to 600.");

namespace giaoban::runtime {
namespace {

constexpr absl::Duration kLongestDrain = absl::Seconds(600);

bool IsHostPort(absl::string_view text) {
  const size_t colon = text.rfind(':');
  uint32_t port = 0;
  return colon != absl::string_view::npos && colon > 0 && absl::SimpleAtoi(text.substr(colon + 1), &port) &&
         port <= 65535;
}

bool IsLoopback(absl::string_view host_port) {
  const std::string host(host_port.substr(0, host_port.rfind(':')));
  in_addr address = {};
  const bool numeric = inet_pton(AF_INET, host.c_str(), &address) == 1;
  return host == "localhost" || host == "[::1]" || (numeric && ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET);
}

bool IsFolder(const std::string& path) {
  struct stat found = {};
  return stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

std::string FaultOfMetrics(const std::string& metrics) {
  if (!IsHostPort(metrics)) return absl::StrCat("--metrics=", metrics, ": expected host:port, as in 127.0.0.1:9101");
  if (!IsLoopback(metrics)) {
    return absl::StrCat("--metrics=", metrics,
                        ": metrics are served without a certificate, so only on the loopback interface (127.0.0.1)");
  }
  return "";
}

std::string FaultOfData(const std::string& data) {
  if (data.empty()) return "--data is missing: name the folder for databases and keys";
  if (!IsFolder(data)) return absl::StrCat("--data=", data, ": there is no such folder");
  if (access(data.c_str(), W_OK | X_OK) != 0) return absl::StrCat("--data=", data, ": the folder is not writable");
  return "";
}

std::string FaultOfIdentity(const std::string& identity) {
  if (identity.empty()) return "--identity is missing: name the identity folder of this service";
  if (!IsFolder(identity)) return absl::StrCat("--identity=", identity, ": there is no such folder");
  return "";
}

}  // namespace

Settings ReadSettings(int argc, char** argv, std::vector<std::string>* unexpected) {
  absl::SetProgramUsageMessage("A service of Giao Ban. Flags may also stand in a file, one a line: --flagfile=FILE");
  absl::FlagsUsageConfig config;
  config.contains_help_flags = [](absl::string_view file) {
    return absl::EndsWith(file, "runtime/settings.cc") || absl::EndsWith(file, "runtime/limits.cc");
  };
  config.contains_helpshort_flags = config.contains_help_flags;
  config.version_string = [] { return std::string(GIAOBAN_VERSION "\n"); };
  absl::SetFlagsUsageConfig(config);

  const std::vector<char*> rest = absl::ParseCommandLine(argc, argv);
  unexpected->assign(rest.begin() + 1, rest.end());
  return {absl::GetFlag(FLAGS_identity),
          absl::GetFlag(FLAGS_listen),
          absl::GetFlag(FLAGS_data),
          absl::GetFlag(FLAGS_database),
          absl::GetFlag(FLAGS_metrics),
          absl::Seconds(absl::GetFlag(FLAGS_drain_seconds)),
          LimitsOfFlags()};
}

std::vector<std::string> Faults(const Settings& settings) {
  std::vector<std::string> faults;
  for (const std::string& fault :
       {FaultOfIdentity(settings.identity), FaultOfData(settings.data), FaultOfMetrics(settings.metrics)}) {
    if (!fault.empty()) faults.push_back(fault);
  }
  if (!settings.listen.empty() && !IsHostPort(settings.listen)) {
    faults.push_back(absl::StrCat("--listen=", settings.listen, ": expected host:port, as in 127.0.0.1:7001"));
  }
  if (settings.drain < absl::ZeroDuration() || settings.drain > kLongestDrain) {
    faults.push_back(absl::StrCat("--drain_seconds=", absl::ToInt64Seconds(settings.drain), ": expected 0 to 600"));
  }
  for (std::string& fault : Faults(settings.limits)) faults.push_back(std::move(fault));
  return faults;
}

}  // namespace giaoban::runtime
