// Events of the directory as its journal carries them: parts are serialised events, in the order of the feed.
#include "giaoban/directory/v1/directory.pb.h"
#include "services/shared/clusters/view.h"
#include "tests/fuzz/mutate.h"

namespace giaoban::fuzz {
namespace {

using clusters::View;

const Plan& EventPlan() {
  static const Plan& plan =
      *new Plan{.message_of = [](const Parts&, size_t) { return std::make_unique<directory::v1::Event>(); },
                .words = {"dong-bac", "tay-bac", "ha-giang", "cao-bang", "hop-nhat", "2023-H1", "2022-H2", "2022-12-31",
                          "2023-07-01", "Khối", ""}};
  return plan;
}

// Everything a view can be asked.
std::string Read(const View& view) {
  std::string said;
  for (const std::string& cluster : view.Clusters()) {
    for (const absl::CivilDay day : {absl::CivilDay(2022, 6, 30), absl::CivilDay(2023, 7, 1)}) {
      const auto described = view.Describe(cluster, day, absl::FromUnixSeconds(1'680'000'000));
      Require(described.ok(), "a cluster that is listed can be described");
      // Maps aside, which messages of the directory have none of, the bytes say what the message says.
      said += described->SerializeAsString();
    }
    for (const contract::HalfYear half : view.Periods(cluster)) {
      for (const std::string& bloc : view.Expected(cluster, half)) {
        Require(view.HasBloc(bloc) && view.EverMember(cluster, bloc), "who is expected exists and is a member");
        const auto deadlines = view.DeadlinesFor(cluster, half, bloc);
        if (deadlines) said += directory::v1::PeriodState_Name(deadlines->StateAt(absl::UnixEpoch()));
      }
    }
  }
  return said;
}

void Try(const Parts& parts) {
  View checked, believing;
  directory::v1::Event last;
  for (const std::string& part : parts) {
    directory::v1::Event event;
    if (!event.ParseFromString(part)) continue;
    // A follower takes what the feed brings.
    believing.Apply(believing.position() + 1, event);
    if (!checked.Check(event).ok()) continue;
    const int64_t position = checked.position() + 1;
    checked.Apply(position, event);
    Require(checked.position() == position, "an event that is taken in moves the position");
    last = event;
  }
  const std::string said = Read(checked);
  checked.Apply(checked.position(), last);
  Require(Read(checked) == said, "an event known already changes nothing");
  for (const std::string& cluster : believing.Clusters()) {
    believing.Describe(cluster, absl::CivilDay(2023, 7, 1), absl::UnixEpoch()).IgnoreError();
  }
}

}  // namespace
}  // namespace giaoban::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  giaoban::fuzz::Try(giaoban::fuzz::Split(data, size));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  return giaoban::fuzz::MutateParts(giaoban::fuzz::EventPlan(), data, size, max_size, seed);
}
