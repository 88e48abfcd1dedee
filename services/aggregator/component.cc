#include "services/aggregator/component.h"

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "giaoban/membership/v1/service.pb.h"
#include "services/aggregator/service.h"
#include "services/shared/clusters/follower.h"
#include "services/shared/runtime/client.h"
#include "services/shared/runtime/status.h"
#include "services/shared/runtime/timer.h"

namespace giaoban::aggregator {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(2);

// "/giaoban.membership.v1.MembershipService/Watch": the services of all report kinds are
// named alike.
std::string WatchMethod(const contract::Form& form) {
  std::string name = form.kind;
  name[0] = absl::ascii_toupper(name[0]);
  return absl::StrCat("/", form.descriptor->file()->package(), ".", name, "Service/Watch");
}

// One report kind's journals, followed into the model: their past once, to know when it
// is all there, and then for ever.
class JournalFeed {
 public:
  JournalFeed(const runtime::Environment& environment, const contract::Form& form, Model& model, Changes& changes)
      : kind_(form.kind) {
    runtime::FeedFollower::Options options;
    options.service = "aggregator";
    options.feed = form.kind;
    options.method = WatchMethod(form);
    options.credentials = environment.credentials;
    options.request = [this, &model, index = form.index] { return Request(model.Positions(index)); };
    options.take = [this, &model, &changes, index = form.index](const report::v1::Entry& entry) {
      absl::StatusOr<absl::Time> taken = model.Apply(index, entry);
      refused_ = !taken.ok();
      if (taken.ok()) changes.Notify(entry.cluster());
      return taken;
    };
    options.ended = [this](const absl::Status& status) {
      if (status.ok()) past_known_ = true;
    };
    follower_ = std::make_unique<runtime::FeedFollower>(std::move(options), environment.metrics);
  }

  void Start() { follower_->Start(); }
  void Stop() { follower_.reset(); }

  absl::Status CaughtUp() const {
    if (past_known_) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat("the ", kind_, " journals have not been read to their end yet"));
  }
  // Red while an entry does not fit: the sums then stand still.
  absl::Status Ready() const {
    if (refused_) return absl::DataLossError(absl::StrCat("an entry of the ", kind_, " journals does not fit"));
    return CaughtUp();
  }

 private:
  // The Watch requests of all report kinds have the same wire form.
  std::string Request(const std::vector<report::v1::FeedPosition>& after) const {
    membership::v1::WatchRequest request;
    for (const report::v1::FeedPosition& position : after) *request.add_after() = position;
    request.set_past_only(!past_known_);
    request.set_together(true);
    return request.SerializeAsString();
  }

  const std::string kind_;
  std::atomic<bool> past_known_ = false;
  std::atomic<bool> refused_ = false;
  std::unique_ptr<runtime::FeedFollower> follower_;
};

class Aggregator final : public runtime::Component {
 public:
  Aggregator(const runtime::Environment& environment, std::shared_ptr<const contract::Catalogue> catalogue)
      : catalogue_(std::move(catalogue)),
        clock_(environment.clock),
        model_(catalogue_, view_),
        changes_([](std::function<void()> call) { return runtime::After(kPatience, std::move(call)); }),
        streams_(environment),
        service_({*catalogue_, view_, model_, changes_, streams_, clock_, [this] { return CaughtUp(); }}) {
    for (const contract::Form& form : catalogue_->forms()) {
      expected_.push_back(&environment.metrics.period_expected.Add({{"kind", form.kind}}));
      accepted_.push_back(&environment.metrics.period_accepted.Add({{"kind", form.kind}}));
    }
  }

  absl::Status Follow(const runtime::Environment& environment) {
    auto directory = clusters::Follower::Make(environment, "aggregator", view_, [this] { changes_.Notify(""); });
    if (!directory.ok()) return directory.status();
    directory_ = *std::move(directory);
    for (const contract::Form& form : catalogue_->forms()) {
      const auto channel = runtime::Connect(*environment.credentials, form.kind);
      if (!channel.ok()) return channel.status();
      journals_.push_back(std::make_unique<JournalFeed>(environment, form, model_, changes_));
    }
    return absl::OkStatus();
  }

  std::string name() const override { return "aggregator"; }
  std::vector<runtime::Served> services() override { return {runtime::ServedAs<v1::AggregatorService>(service_)}; }

  void Start() override {
    directory_->Start();
    for (const auto& journal : journals_) journal->Start();
  }

  absl::Status Ready() const override {
    ShowCoverage();
    if (absl::Status heard = directory_->Ready(); !heard.ok()) return heard;
    for (const auto& journal : journals_) {
      if (absl::Status ready = journal->Ready(); !ready.ok()) return ready;
    }
    return absl::OkStatus();
  }

  void Tick() override { streams_.Review(); }

  void Drain() override {
    streams_.Drain();
    changes_.Stop();
    for (const auto& journal : journals_) journal->Stop();
    directory_->Stop();
  }

 private:
  absl::Status CaughtUp() const {
    absl::Status status = directory_->Ready();
    for (const auto& journal : journals_) status.Update(journal->CaughtUp());
    if (status.ok()) return status;
    return runtime::Error(status.code(), status.message(),
                          {.reason = "STARTING",
                           .vietnamese = "Bảng tổng hợp đang được dựng lại, đề nghị thử lại sau giây lát.",
                           .retry = absl::Seconds(1)});
  }

  // On the runtime's beat, because half-years open and close without an entry.
  void ShowCoverage() const {
    const std::vector<OpenCoverage> coverage = model_.CoverageOfOpenPeriods(clock_());
    for (size_t form = 0; form < coverage.size(); ++form) {
      expected_[form]->Set(static_cast<double>(coverage[form].expected));
      accepted_[form]->Set(static_cast<double>(coverage[form].accepted));
    }
  }

  const std::shared_ptr<const contract::Catalogue> catalogue_;
  const std::function<absl::Time()> clock_;
  clusters::View view_;
  mutable Model model_;
  Changes changes_;
  runtime::StreamRegistry streams_;
  Service service_;
  std::vector<prometheus::Gauge*> expected_, accepted_;
  // Last: nothing is fed to what is being taken apart.
  std::unique_ptr<clusters::Follower> directory_;
  std::vector<std::unique_ptr<JournalFeed>> journals_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<runtime::Component>> MakeAggregator(const runtime::Environment& environment) {
  auto catalogue = contract::SuiteCatalogue();
  if (!catalogue.ok()) return catalogue.status();
  auto aggregator = std::make_unique<Aggregator>(environment, *std::move(catalogue));
  if (absl::Status status = aggregator->Follow(environment); !status.ok()) return status;
  return aggregator;
}

}  // namespace giaoban::aggregator
