// Where somebody goes on reading what a report service has: positions of its feed, and the pages of a report's
// history. Parts: who asks, a WatchRequest, a HistoryRequest.
#include <map>
#include <optional>

#include "absl/synchronization/notification.h"
#include "giaoban/inspection/v1/report.pb.h"
#include "giaoban/inspection/v1/service.pb.h"
#include "google/protobuf/text_format.h"
#include "services/shared/intake/engine.h"
#include "services/shared/runtime/error.h"
#include "services/shared/runtime/page_token.h"
#include "services/shared/runtime/test_environment.h"
#include "tests/fuzz/mutate.h"

namespace giaoban::fuzz {
namespace {

using inspection::v1::HistoryRequest;
using inspection::v1::WatchRequest;
using runtime::Caller;

const Caller kService{{contract::v1::ROLE_SERVICE, "aggregator"}};
const Caller kChair{{contract::v1::ROLE_CHAIR, "cao-bang"}};  // of dong-bac
const Caller kOffice{{contract::v1::ROLE_OFFICE, "ha-giang"}};
const Caller kOther{{contract::v1::ROLE_OFFICE, "cao-bang"}};

// Positions of entries by cluster.
using Positions = std::map<std::string, std::vector<int64_t>>;

// A report service that two blocs of two clusters have used.
class Service {
 public:
  Service() {
    for (const std::string cluster : {"dong-bac", "tay-bac"}) Establish(cluster);
    Apply("organisation { date: '1970-01-01' chair_appointed { cluster: 'dong-bac' bloc: 'cao-bang' } }");
    const auto environment = process_.Get(folder_.path(), [] { return absl::FromUnixSeconds(1500); });
    engine_ = intake::Engine::Open(contract::SuiteCatalogue().value(), *Catalogue().FindForm("inspection"), view_,
                                   environment, absl::OkStatus)
                  .value();
    for (int64_t revision = 0; revision < 3; ++revision) {
      if (revision > 0) Return(revision);
      Submit(kOffice, "dong-bac", revision);
    }
    Submit(kOther, "dong-bac", 0);
    Submit(kOffice, "tay-bac", 0);
  }

  intake::Engine& engine() const { return *engine_; }
  // Of everything, or what is about a bloc.
  const Positions& all() const { return all_; }
  const Positions& about(const std::string& bloc) const { return about_.at(bloc); }

 private:
  void Apply(const std::string& text) {
    directory::v1::Event event;
    Require(google::protobuf::TextFormat::ParseFromString(text, &event), text);
    view_.Apply(view_.position() + 1, event);
  }

  void Establish(const std::string& cluster) {
    const std::string on = "organisation { date: '1970-01-01' ";
    Apply(on + "cluster_established { cluster: '" + cluster + "' } }");
    for (const std::string bloc : {"ha-giang", "cao-bang"}) {
      Apply(on + "bloc_established { bloc: '" + bloc + "' } }");
      Apply(on + "bloc_joined { cluster: '" + cluster + "' bloc: '" + bloc + "' } }");
    }
    Apply("period { cluster: '" + cluster +
          "' period: '2023-H1' scheduled { open_time { seconds: 1000 } due_time { seconds: 2000 }"
          " close_time { seconds: 3000 } } }");
  }

  static report::v1::ReportKey Key(const std::string& cluster, const std::string& bloc) {
    report::v1::ReportKey key;
    key.set_cluster(cluster);
    key.set_period("2023-H1");
    key.set_bloc(bloc);
    return key;
  }

  void Submit(const Caller& caller, const std::string& cluster, int64_t base) {
    inspection::v1::Report report;
    for (const contract::Line& line : Catalogue().FindForm("inspection")->lines) {
      const auto* field = report.GetDescriptor()->FindFieldByName(line.code);
      if (line.required) report.GetReflection()->SetInt64(&report, field, 0);
    }
    report::v1::Submission submission;
    *submission.mutable_key() = Key(cluster, caller.name);
    submission.set_base_revision(base);
    submission.set_request_id(absl::StrCat("submission-", base));
    if (base > 0) submission.set_reason("Sửa số liệu.");
    absl::Notification done;
    engine_->Submit(caller, submission, report, [&](absl::StatusOr<intake::Engine::Submitted> submitted) {
      Require(submitted.ok(), submitted.status().ToString());
      Add(cluster, caller.name, *submitted->receipt);
      done.Notify();
    });
    done.WaitForNotification();
  }

  void Return(int64_t revision) {
    report::v1::Review review;
    *review.mutable_key() = Key("dong-bac", "ha-giang");
    review.set_revision(revision);
    review.set_revision_hash(last_.entry_hash());
    review.set_decision(report::v1::DECISION_RETURN);
    review.set_request_id(absl::StrCat("review-", revision, "-"));
    review.set_reason("Số liệu chưa khớp.");
    absl::Notification done;
    engine_->Review(kChair, review, [&](absl::StatusOr<report::v1::Receipt> receipt) {
      Require(receipt.ok(), receipt.status().ToString());
      Add("dong-bac", "ha-giang", *receipt);
      done.Notify();
    });
    done.WaitForNotification();
  }

  void Add(const std::string& cluster, const std::string& bloc, const report::v1::Receipt& receipt) {
    all_[cluster].push_back(receipt.position());
    about_[bloc][cluster].push_back(receipt.position());
    last_ = receipt;
  }

  const TemporaryFolder folder_;
  runtime::TestEnvironment process_;
  clusters::View view_;
  std::unique_ptr<intake::Engine> engine_;
  Positions all_;
  std::map<std::string, Positions> about_;
  report::v1::Receipt last_;
};

const Plan& FeedPlan() {
  static const Plan& plan = *new Plan{
      .message_of = [](const Parts&, size_t index) -> MessagePointer {
        if (index == 1) return std::make_unique<WatchRequest>();
        if (index == 2) return std::make_unique<HistoryRequest>();
        return nullptr;
      },
      .words = {"dong-bac", "tay-bac", "ha-giang", "cao-bang", "2023-H1", "", runtime::PageToken("revisions", 1),
                runtime::PageToken("revisions", 2), runtime::PageToken("accounts", 1)},
      .fixed = 3,
      .loose = false};
  return plan;
}

void CheckRefusal(const absl::Status& status) {
  Require(absl::IsInvalidArgument(status) || absl::IsPermissionDenied(status) || absl::IsResourceExhausted(status),
          "a request is refused as the contract says");
  Require(!runtime::DetailOf(status).vietnamese.empty(), "a refusal is in Vietnamese too");
}

// What the contract promises; nullopt when it has the request refused.
std::optional<Positions> Expected(const Service& service, const Caller& caller, const WatchRequest& request) {
  const bool everything = caller.role == contract::v1::ROLE_SERVICE;
  const bool chair = caller.role == contract::v1::ROLE_CHAIR;
  std::map<std::string, int64_t> after;
  for (const report::v1::FeedPosition& from : request.after()) {
    const bool known = from.cluster() == "dong-bac" || (from.cluster() == "tay-bac" && !chair);
    if ((!everything && !known) || from.position() < 0) return std::nullopt;
    after[from.cluster()] = from.position();
  }
  if (!everything && after.empty()) return std::nullopt;
  const bool office = caller.role == contract::v1::ROLE_OFFICE;
  Positions expected;
  for (const auto& [cluster, positions] : office ? service.about(caller.name) : service.all()) {
    if (!everything && !after.contains(cluster)) continue;
    for (const int64_t position : positions) {
      if (position > after[cluster]) expected[cluster].push_back(position);
    }
  }
  return expected;
}

void CheckWatch(const Service& service, const Caller& caller, const WatchRequest& request) {
  const std::optional<Positions> expected = Expected(service, caller, request);
  const auto following = service.engine().Watch(caller, request.after());
  Require(following.ok() == expected.has_value(), "who may follow what is as the contract says");
  if (!following.ok()) return CheckRefusal(following.status());
  Positions seen;
  report::v1::Entry entry;
  for (absl::StatusOr<bool> more = following->next(&entry);; more = following->next(&entry)) {
    Require(more.ok(), "a feed can be read");
    if (!*more) break;
    seen[entry.cluster()].push_back(entry.position());
  }
  Require(seen == *expected, "a feed has every entry behind the position, once and in order");
}

void CheckHistory(const Service& service, const Caller& caller, const HistoryRequest& request) {
  const auto page = [&](const std::string& token) {
    return service.engine().History(caller, request.key(), request.page_size(), token);
  };
  auto next = page(request.page_token());
  if (!next.ok()) return CheckRefusal(next.status());
  const auto after = runtime::NumberOf("revisions", request.page_token());
  Require(after.ok(), "a token that is taken is one that was made");
  std::vector<int64_t> walked;
  for (; next.ok(); next = page(next->next_page_token)) {
    for (const report::v1::Revision& revision : next->revisions) walked.push_back(revision.revision());
    if (next->next_page_token.empty()) break;
  }
  Require(next.ok(), "a token that is given out is taken");
  const auto all = service.engine().History(caller, request.key(), 0, "");
  std::vector<int64_t> expected;
  for (const report::v1::Revision& revision : all->revisions) {
    if (revision.revision() > *after) expected.push_back(revision.revision());
  }
  Require(walked == expected, "pages have every revision behind the token, once and in order");
}

void Try(Parts parts) {
  static const Service service;
  static const Caller* const kCallers[] = {&kService, &kChair, &kOffice, &kOther};
  parts.resize(3);
  const Caller& caller = *kCallers[parts[0].empty() ? 0 : static_cast<uint8_t>(parts[0][0]) % std::size(kCallers)];
  WatchRequest watch;
  if (watch.ParseFromString(parts[1])) CheckWatch(service, caller, watch);
  HistoryRequest history;
  if (history.ParseFromString(parts[2])) CheckHistory(service, caller, history);
}

}  // namespace
}  // namespace giaoban::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  giaoban::fuzz::Try(giaoban::fuzz::Split(data, size));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  return giaoban::fuzz::MutateParts(giaoban::fuzz::FeedPlan(), data, size, max_size, seed);
}
