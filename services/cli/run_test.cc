// Whole command lines against services that are stood in for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "giaoban/aggregator/v1/aggregator.pb.h"
#include "giaoban/audit/v1/audit.pb.h"
#include "giaoban/directory/v1/accounts.pb.h"
#include "giaoban/directory/v1/directory.pb.h"
#include "giaoban/training/v1/service.pb.h"
#include "services/cli/commands.h"
#include "services/cli/errors.h"
#include "services/cli/fake_connection.h"
#include "services/shared/contract/validation.h"
#include "services/shared/runtime/status.h"

namespace giaoban::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const char* const kReport = "kind,training,\ncluster,dong-bac,\nperiod,2023-H1,\nbloc,ha-giang,\n";

absl::Status Refusal() {
  runtime::Detail detail;
  detail.reason = "REPORT_REFUSED";
  *detail.findings.add_findings() = contract::MakeFinding("V10", {"trn_class_total"}, "không khớp", "do not add up");
  return runtime::Error(absl::StatusCode::kInvalidArgument, "refused", detail);
}

class RunTest : public testing::Test {
 protected:
  int Run(const std::vector<std::string>& words) {
    out_.str("");
    err_.str("");
    const World world{
        .out = out_,
        .err = err_,
        .environment = [](const std::string&) { return std::string("from-environment"); },
        .connect =
            [this](std::string identity, absl::Duration timeout, auto) {
              identity_ = identity;
              timeout_ = timeout;
              return std::make_unique<Borrowed>(services_);
            },
        .new_id = [] { return std::string("00000000-new"); },
        .clock = [] { return absl::UnixEpoch(); },
    };
    return cli::Run(words, world);
  }

  static void WriteReport(const std::string& path, const std::string& bloc, int value) {
    std::ofstream(path) << "code,value,explanation\nkind,training,\ncluster,dong-bac,\nperiod,2023-H1,\nbloc," << bloc
                        << ",\ntrn_class_awareness," << value << ",\n";
  }
  std::string File(const std::string& rows) {
    const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
    const std::string path = testing::TempDir() + "/giaoban_cli_" + test.name() + ".csv";
    std::ofstream(path) << "code,value,explanation\n" << kReport << rows;
    return path;
  }

  // A service with a history of one accepted revision, which takes what it is sent.
  void ServeTraining() {
    services_.On<training::v1::HistoryRequest, training::v1::HistoryResponse>([](const auto&, auto& response) {
      report::v1::Revision& revision = *response.add_revisions();
      revision.set_revision(3);
      revision.set_state(report::v1::STATE_SUBMITTED);
      revision.set_hash(std::string(32, '\x11'));
      return absl::OkStatus();
    });
    services_.On<training::v1::SubmitRequest, training::v1::SubmitResponse>(
        [this](const auto& request, auto& response) {
          submissions_.push_back(request.submission());
          if (!verdict_.ok()) return verdict_;
          if (!request.submission().validate_only()) response.mutable_receipt()->set_revision(4);
          return absl::OkStatus();
        });
  }

  FakeConnection services_;
  std::vector<report::v1::Submission> submissions_;
  absl::Status verdict_;
  std::ostringstream out_, err_;
  std::string identity_;
  absl::Duration timeout_;
};

// The folder comes from the option or else the environment, the timeout is ten seconds unless said otherwise.
TEST_F(RunTest, GlobalOptions) {
  Run({"cluster", "list"});
  EXPECT_EQ(identity_, "from-environment");
  EXPECT_EQ(timeout_, absl::Seconds(10));
  Run({"cluster", "list", "--identity", "folder", "--timeout=0.5"});
  EXPECT_EQ(identity_, "folder");
  EXPECT_EQ(timeout_, absl::Milliseconds(500));
}

// A wrong line is exit code 2 and says what is wrong, in the language asked for.
TEST_F(RunTest, UsageErrors) {
  EXPECT_EQ(Run({"summary", "--lang", "en"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("summary lacks --cluster, --period"));
  EXPECT_EQ(Run({"summary"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("còn thiếu --cluster, --period"));
  EXPECT_EQ(Run({"catalogue", "--format", "xml"}), kExitUsage);
  EXPECT_EQ(Run({"cluster", "list", "--timeout", "soon"}), kExitUsage);
  EXPECT_EQ(Run({"catalogue", "--kind", "finance", "--lang", "en"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("membership, training, inspection"));
}

// The help names every command with an example, in both languages, and the exit codes.
TEST_F(RunTest, HelpIsComplete) {
  for (const char* language : {"vi", "en"}) {
    EXPECT_EQ(Run({"help", "--lang", language}), kExitDone);
    for (const Command& command : Commands()) {
      EXPECT_THAT(out_.str(), HasSubstr(std::string(command.example)));
      EXPECT_FALSE(command.help.vi.empty() || command.help.en.empty()) << std::string(command.name);
    }
  }
  EXPECT_THAT(out_.str(), HasSubstr("Exit codes"));
}

// A report is sent as a new one, and where there is one already, once more on the revision the service names, under
// the same new request id.
TEST_F(RunTest, SubmitBuildsOnWhatIsThere) {
  ServeTraining();
  const absl::Status conflict =
      runtime::Error(absl::StatusCode::kAborted, "conflict", {.metadata = {{"current_revision", "3"}}});
  services_.On<training::v1::SubmitRequest, training::v1::SubmitResponse>([&](const auto& request, auto& response) {
    submissions_.push_back(request.submission());
    response.mutable_receipt()->set_revision(4);
    return request.submission().base_revision() == 3 ? absl::OkStatus() : conflict;
  });
  EXPECT_EQ(Run({"submit", File("trn_class_awareness,7,\n"), "--format", "json"}), kExitDone) << err_.str();
  ASSERT_EQ(submissions_.size(), 2u);
  EXPECT_EQ(submissions_[0].base_revision(), 0);
  EXPECT_EQ(submissions_[1].base_revision(), 3);
  EXPECT_EQ(submissions_[0].request_id(), "00000000-new");
  EXPECT_EQ(submissions_[1].request_id(), "00000000-new");
  EXPECT_EQ(Run({"submit", File("trn_class_awareness,7,\n"), "--base", "2"}), kExitDenied);
  EXPECT_EQ(submissions_.size(), 3u);
  EXPECT_EQ(Run({"submit", File("trn_class_awareness,7,\n"), "--base", "3", "--format", "json"}), kExitDone);
  EXPECT_EQ(Json::parse(out_.str())["receipt"]["revision"], "4");
}

// A file with a fault is never submitted; what the rules say is asked for and shown with it.
TEST_F(RunTest, FaultyFileIsOnlyValidated) {
  ServeTraining();
  verdict_ = Refusal();
  EXPECT_EQ(Run({"submit", File("trn_class_awareness,\"1,647\",\n"), "--lang", "en"}), kExitRefused);
  ASSERT_EQ(submissions_.size(), 1u);
  EXPECT_TRUE(submissions_[0].validate_only());
  EXPECT_THAT(err_.str(), HasSubstr("NOT_A_NUMBER"));
  EXPECT_THAT(err_.str(), HasSubstr("V10"));
}

// A faulty file is refused even when the rules find nothing.
TEST_F(RunTest, FileFaultAloneRefuses) {
  ServeTraining();
  EXPECT_EQ(Run({"check", File("trn_nonsense,1,\n")}), kExitRefused);
  EXPECT_THAT(out_.str(), HasSubstr("UNKNOWN_CODE"));
}

// A check prints the findings as its answer, not as an error, and stores nothing.
TEST_F(RunTest, CheckPrintsTheVerdict) {
  ServeTraining();
  verdict_ = Refusal();
  EXPECT_EQ(Run({"check", File("trn_class_awareness,7,\n"), "--format", "json"}), kExitRefused);
  const Json json = Json::parse(out_.str());
  EXPECT_EQ(json["valid"], false);
  EXPECT_EQ(json["findings"][0]["rule"], "V10");
  EXPECT_EQ(err_.str(), "");
  EXPECT_TRUE(submissions_[0].validate_only());
}

// A service that is not there is exit code 4, and the next file is not tried.
TEST_F(RunTest, UnreachableStopsTheRow) {
  const std::string file = File("trn_class_awareness,7,\n");
  EXPECT_EQ(Run({"submit", file, file, "--lang", "en"}), kExitUnreachable);
  EXPECT_EQ(services_.asked.size(), 1u);
  EXPECT_THAT(err_.str(), HasSubstr("request_id: 00000000-new")) << "to ask again with";
  EXPECT_THAT(err_.str(), HasSubstr("1 more files were not sent"));
}

// All files of a folder are sent, those of one report in their order, and receipts come in the order of the files.
TEST_F(RunTest, SubmitsAFolder) {
  ServeTraining();
  const std::string folder = testing::TempDir() + "/giaoban_cli_folder";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder + "/more");
  WriteReport(folder + "/1.csv", "ha-giang", 1);
  WriteReport(folder + "/2.csv", "cao-bang", 2);
  WriteReport(folder + "/3.csv", "ha-giang", 3);
  WriteReport(folder + "/more/4.csv", "bac-kan", 4);
  WriteReport(folder + "/notes.txt", "lang-son", 5);
  std::vector<int64_t> of_ha_giang;
  services_.On<training::v1::SubmitRequest, training::v1::SubmitResponse>([&](const auto& request, auto& response) {
    const int64_t value = request.report().trn_class_awareness();
    if (request.submission().key().bloc() == "ha-giang") of_ha_giang.push_back(value);
    *response.mutable_receipt()->mutable_key() = request.submission().key();
    response.mutable_receipt()->set_position(value);
    return absl::OkStatus();
  });
  EXPECT_EQ(Run({"submit", folder, "--format", "csv"}), kExitDone) << err_.str();
  EXPECT_THAT(of_ha_giang, ElementsAre(1, 3));
  const std::vector<std::string> lines = absl::StrSplit(out_.str(), '\n', absl::SkipEmpty());
  ASSERT_THAT(lines, testing::SizeIs(5));
  for (int position = 1; position <= 4; ++position) {
    EXPECT_THAT(lines[position], HasSubstr(absl::StrCat(",", position, ",")));
  }
  EXPECT_EQ(Run({"submit", folder, "--request-id", "00000000-one"}), kExitUsage);
  std::filesystem::create_directories(folder + "/none");
  EXPECT_EQ(Run({"submit", folder + "/none"}), kExitUsage);
}

// When reports are sent again only the first is taken for new; another that is new is sent all the same.
TEST_F(RunTest, SubmitsAFolderAgain) {
  ServeTraining();
  const std::string folder = testing::TempDir() + "/giaoban_cli_again";
  std::filesystem::create_directories(folder);
  for (const std::string bloc : {"bac-kan", "cao-bang", "lang-son"}) WriteReport(folder + "/" + bloc + ".csv", bloc, 7);
  std::map<std::string, int64_t> current = {{"bac-kan", 3}, {"cao-bang", 3}, {"lang-son", 3}};
  std::map<std::string, std::vector<int64_t>> bases;
  services_.On<training::v1::SubmitRequest, training::v1::SubmitResponse>([&](const auto& request, auto& response) {
    const std::string& bloc = request.submission().key().bloc();
    bases[bloc].push_back(request.submission().base_revision());
    response.mutable_receipt()->set_revision(current[bloc] + 1);
    if (bases[bloc].back() == current[bloc]) return absl::OkStatus();
    return runtime::Error(absl::StatusCode::kAborted, "conflict",
                          {.metadata = {{"current_revision", absl::StrCat(current[bloc])}}});
  });
  EXPECT_EQ(Run({"submit", folder}), kExitDone) << err_.str();
  EXPECT_THAT(bases["bac-kan"], ElementsAre(0, 3));
  EXPECT_THAT(bases["cao-bang"], ElementsAre(3));
  EXPECT_THAT(bases["lang-son"], ElementsAre(3));
  bases.clear();
  current["lang-son"] = 0;
  EXPECT_EQ(Run({"submit", folder + "/bac-kan.csv", folder + "/lang-son.csv"}), kExitDone) << err_.str();
  EXPECT_THAT(bases["lang-son"], ElementsAre(3, 0));
}

// A lost race is exit code 3 and names the current revision.
TEST_F(RunTest, ConflictNamesTheRevision) {
  ServeTraining();
  verdict_ = runtime::Error(
      absl::StatusCode::kAborted, "conflict",
      {.reason = "REVISION_CONFLICT", .vietnamese = "đã có bản khác", .metadata = {{"current_revision", "5"}}});
  EXPECT_EQ(Run({"submit", File("trn_class_awareness,7,\n")}), kExitDenied);
  EXPECT_THAT(err_.str(), HasSubstr("current_revision: 5"));
}

// A review decides on the waiting revision and pins its hash; another hash is sent as given.
TEST_F(RunTest, ReviewPinsTheHash) {
  ServeTraining();
  std::vector<report::v1::Review> reviews;
  services_.On<training::v1::ReviewRequest, training::v1::ReviewResponse>([&](const auto& request, auto&) {
    reviews.push_back(request.review());
    return absl::OkStatus();
  });
  const std::vector<std::string> accept = {"review",   "accept",   "--kind",  "training", "--cluster",
                                           "dong-bac", "--period", "2023-H1", "--bloc",   "ha-giang"};
  EXPECT_EQ(Run(accept), kExitDone) << err_.str();
  std::vector<std::string> with_hash = accept;
  with_hash.insert(with_hash.end(), {"--hash", std::string(64, 'a')});
  EXPECT_EQ(Run(with_hash), kExitDone) << err_.str();
  ASSERT_EQ(reviews.size(), 2u);
  EXPECT_EQ(reviews[0].revision(), 3);
  EXPECT_EQ(reviews[0].revision_hash(), std::string(32, '\x11'));
  EXPECT_EQ(reviews[0].decision(), report::v1::DECISION_ACCEPT);
  EXPECT_EQ(reviews[1].revision_hash(), std::string(32, '\xaa'));
}

// The summary as CSV: the pinned header with a column for each bloc, a row for each indicator, blank where nothing was
// reported and never zero.
TEST_F(RunTest, SummaryCsv) {
  services_.On<aggregator::v1::GetSummaryRequest, aggregator::v1::GetSummaryResponse>([](const auto&, auto& response) {
    aggregator::v1::Row& row = *response.mutable_summary()->add_rows();
    row.set_code("trn_learner_total");
    row.mutable_total()->set_value(1647);
    row.set_reported(1);
    row.set_expected(2);
    row.add_cells()->set_bloc("ha-giang");
    row.mutable_cells(0)->mutable_figure()->set_value(1647);
    row.add_cells()->set_bloc("quang-ninh");
    return absl::OkStatus();
  });
  EXPECT_EQ(Run({"summary", "--cluster", "dong-bac", "--period", "2023-H1", "--format", "csv"}), kExitDone);
  EXPECT_THAT(out_.str(),
              StartsWith("code,label,unit,total,reported,expected,ha-giang,quang-ninh\ntrn_learner_total,"));
  EXPECT_THAT(out_.str(), HasSubstr(",1647,1,2,1647,\n"));
}

// Of other blocs an office is told what was accepted: blank is neither zero nor "none".
TEST_F(RunTest, StatusForAnOffice) {
  services_.On<aggregator::v1::GetCoverageRequest, aggregator::v1::GetCoverageResponse>(
      [](const auto&, auto& response) {
        for (const char* bloc : {"ha-giang", "quang-ninh", "lang-son"}) {
          aggregator::v1::BlocCoverage& coverage = *response.add_blocs();
          coverage.set_bloc(bloc);
          coverage.add_reports()->set_kind("training");
        }
        response.mutable_blocs(1)->set_accepted_only(true);
        response.mutable_blocs(1)->mutable_reports(0)->set_state(report::v1::STATE_ACCEPTED);
        response.mutable_blocs(2)->set_accepted_only(true);
        return absl::OkStatus();
      });
  const std::vector<std::string> status = {"status", "--cluster", "dong-bac", "--period", "2023-H1", "--lang", "en"};
  EXPECT_EQ(Run(status), kExitDone);
  EXPECT_THAT(out_.str(), testing::ContainsRegex("ha-giang +none"));
  EXPECT_THAT(out_.str(), testing::ContainsRegex("quang-ninh +accepted"));
  EXPECT_THAT(out_.str(), testing::ContainsRegex("lang-son +nothing accepted"));
  std::vector<std::string> csv = status;
  csv.insert(csv.end(), {"--format", "csv"});
  EXPECT_EQ(Run(csv), kExitDone);
  EXPECT_THAT(out_.str(), HasSubstr("ha-giang,training,,0,0,,false\n"
                                    "quang-ninh,training,accepted,,,,\nlang-son,training,,,,,\n"));
}

// Without the directory the summary is still shown, with ids for names and a remark.
TEST_F(RunTest, SummaryWithoutDirectory) {
  services_.On<aggregator::v1::GetSummaryRequest, aggregator::v1::GetSummaryResponse>([](const auto&, auto& response) {
    response.mutable_summary()->mutable_key()->set_period("2023-H1");
    return absl::OkStatus();
  });
  EXPECT_EQ(Run({"summary", "--cluster", "dong-bac", "--period", "2023-H1"}), kExitDone);
  EXPECT_THAT(out_.str(), StartsWith("dong-bac, 6 tháng đầu năm 2023"));
  EXPECT_THAT(err_.str(), HasSubstr("dùng mã thay cho tên"));
}

// The same event gets the same request id whenever it is applied, and another event another.
TEST_F(RunTest, ApplyingTwiceIsHarmless) {
  std::vector<std::string> ids;
  services_.On<directory::v1::RecordPeriodEventRequest, directory::v1::RecordPeriodEventResponse>(
      [&](const auto& request, auto&) {
        ids.push_back(request.request_id());
        return absl::OkStatus();
      });
  const std::string path = testing::TempDir() + "/giaoban_cli_events.json";
  std::ofstream(path) << R"([{"period": {"cluster": "a", "period": "2023-H1", "closed": {}}},
                             {"period": {"cluster": "b", "period": "2023-H1", "closed": {}}}])";
  EXPECT_EQ(Run({"cluster", "apply", path}), kExitDone) << err_.str();
  EXPECT_EQ(Run({"cluster", "apply", path}), kExitDone) << err_.str();
  ASSERT_EQ(ids.size(), 4u);
  EXPECT_EQ(ids[0], ids[2]);
  EXPECT_EQ(ids[1], ids[3]);
  EXPECT_NE(ids[0], ids[1]);
}

// An audit log of three events in each of two processes, in two pages.
class AuditTest : public RunTest {
 protected:
  AuditTest() {
    services_.processes = {{"host:1", {"directory"}}, {"host:2", {"inspection", "training"}}};
    services_.On<audit::v1::ListEventsRequest, audit::v1::ListEventsResponse>(
        [this](const auto& request, auto& response) {
          const std::string process = services_.asked_at.back();
          requests_.push_back(request);
          if (failures_.contains(process)) return failures_[process];
          const bool second = request.page_token() == "second";
          response.set_process(process);
          response.set_lost(process == "inspection" ? lost_ : 0);
          if (!second) response.set_next_page_token("second");
          for (const int minute : second ? std::vector{1} : std::vector{5, 3}) {
            audit::v1::Event& event = *response.add_events();
            event.mutable_time()->set_seconds(60 * minute + (process == "directory" ? 30 : 0));
            event.set_kind(audit::v1::EVENT_KIND_LOG_IN_REFUSED);
            event.set_actor("portal/web");
            event.mutable_origin()->set_person("lan");
            event.mutable_origin()->set_address("192.0.2.7");
            event.set_method("/giaoban.directory.v1.AccountService/LogIn");
            event.set_reason("CREDENTIALS");
            event.set_count(minute);
          }
          return absl::OkStatus();
        });
  }

  // "5 directory" and so on: counts tell events apart here.
  std::vector<std::string> Events(std::vector<std::string> words) {
    words.insert(words.end(), {"--format", "json"});
    EXPECT_EQ(Run(words), kExitDone) << err_.str();
    std::vector<std::string> events;
    const Json json = Json::parse(out_.str());
    for (const Json& event : json["events"]) {
      events.push_back(absl::StrCat(event["count"].get<int>(), " ", event["process"].get<std::string>()));
    }
    return events;
  }

  std::vector<audit::v1::ListEventsRequest> requests_;
  std::map<std::string, absl::Status> failures_;
  int64_t lost_ = 0;
};

// Every process is asked once, under one of its names and to its last page, and the answers are put in one order.
TEST_F(AuditTest, MergesAllProcesses) {
  EXPECT_THAT(Events({"audit"}),
              ElementsAre("5 directory", "5 inspection", "3 directory", "3 inspection", "1 directory", "1 inspection"));
  EXPECT_THAT(services_.asked_at, ElementsAre("directory", "directory", "inspection", "inspection"));
}

// A limit is for all processes together, and no more pages are asked for than it takes.
TEST_F(AuditTest, LimitCutsTheMergedList) {
  EXPECT_THAT(Events({"audit", "--limit", "2"}), ElementsAre("5 directory", "5 inspection"));
  EXPECT_EQ(requests_.size(), 2u);
  EXPECT_EQ(Run({"audit", "--limit", "0"}), kExitUsage);
}

// What is asked for reaches the services; a day ends with its last second.
TEST_F(AuditTest, ConditionsReachTheServices) {
  Events({"audit", "--since", "2023-07-05", "--until", "2023-07-05", "--kind", "logged_in", "--actor", "portal/web",
          "--person", "lan"});
  const audit::v1::ListEventsRequest& request = requests_.front();
  EXPECT_EQ(request.since().seconds() + 24 * 3600, request.until().seconds());
  EXPECT_EQ(request.kind(), audit::v1::EVENT_KIND_LOGGED_IN);
  EXPECT_EQ(request.actor(), "portal/web");
  EXPECT_EQ(request.person(), "lan");
  EXPECT_EQ(Run({"audit", "--kind", "unspecified", "--lang", "en"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("denied, logged_in, log_in_refused, log_in_delayed"));
}

// Each language and form says who, how, what, why and how often.
TEST_F(AuditTest, PrintsInEveryForm) {
  services_.processes.erase("host:2");
  EXPECT_EQ(Run({"audit"}), kExitDone);
  for (const char* said : {"01/01/1970 07:05:30", "đăng nhập không được", "portal/web", "lan", "192.0.2.7",
                           " AccountService/LogIn", "sai tên, mật khẩu hoặc mã"}) {
    EXPECT_THAT(out_.str(), HasSubstr(said));
  }
  EXPECT_EQ(Run({"audit", "--lang", "en"}), kExitDone);
  for (const char* said : {"1970-01-01 07:05:30", "log-in refused", "wrong name, password or code"}) {
    EXPECT_THAT(out_.str(), HasSubstr(said));
  }
  EXPECT_EQ(Run({"audit", "--format", "csv"}), kExitDone);
  EXPECT_THAT(out_.str(), StartsWith("time,process,kind,actor,person,carrier,address,method,reason,count\n"
                                     "1970-01-01T00:05:30Z,directory,log_in_refused,portal/web,lan,,192.0.2.7,"
                                     "/giaoban.directory.v1.AccountService/LogIn,CREDENTIALS,5\n"));
}

// What the others said is printed, with who could not be asked and what was lost; the exit code tells.
TEST_F(AuditTest, SaysWhatIsMissing) {
  lost_ = 7;
  failures_["directory"] = absl::UnavailableError("gone");
  EXPECT_EQ(Run({"audit"}), kExitUnreachable);
  EXPECT_THAT(out_.str(), HasSubstr("inspection"));
  EXPECT_THAT(err_.str(), HasSubstr("inspection: 7 sự kiện không ghi lại được"));
  EXPECT_THAT(err_.str(), HasSubstr("directory (host:1): Lỗi: không kết nối được với dịch vụ (gone)"));
  EXPECT_EQ(Run({"audit", "--lang", "en", "--format", "csv"}), kExitUnreachable);
  EXPECT_THAT(err_.str(), HasSubstr("inspection: 7 events could not be recorded"));
  EXPECT_EQ(Run({"audit", "--format", "json"}), kExitUnreachable);
  const Json json = Json::parse(out_.str());
  EXPECT_EQ(json["lost"]["inspection"], 7);
  EXPECT_EQ(json["unanswered"], Json::array({"directory (host:1)"}));
}

// When all refuse, the exit code is that of a refusal.
TEST_F(AuditTest, ARefusalByAllIsARefusal) {
  failures_["directory"] = failures_["inspection"] = absl::PermissionDeniedError("not allowed");
  EXPECT_EQ(Run({"audit"}), kExitDenied);
  EXPECT_EQ(out_.str(), "");
  EXPECT_THAT(err_.str(), HasSubstr("inspection training (host:2): Lỗi: không có quyền thực hiện (not allowed)"));
}

// A change is followed with who made it and how it came in.
TEST_F(RunTest, WatchShowsWhereAChangeCameFrom) {
  services_.On<training::v1::WatchRequest, training::v1::WatchResponse>([](const auto&, auto& response) {
    report::v1::Fact fact;
    fact.set_actor("office/ha-giang");
    fact.mutable_withdrawn();
    fact.mutable_origin()->set_address("192.0.2.7");
    fact.mutable_origin()->set_person("lan");
    fact.mutable_origin()->set_carrier("portal/web");
    response.mutable_entry()->set_body(fact.SerializeAsString());
    return absl::OkStatus();
  });
  const std::vector<std::string> watch = {"watch", "--kind", "training", "--cluster", "dong-bac", "--format"};
  const auto in = [&](const std::string& format) {
    std::vector<std::string> words = watch;
    words.push_back(format);
    EXPECT_EQ(Run(words), kExitDone) << err_.str();
    return out_.str();
  };
  EXPECT_THAT(in("text"), HasSubstr("office/ha-giang (lan, portal/web, 192.0.2.7)"));
  EXPECT_THAT(in("csv"), HasSubstr("hash,address,person,carrier\n"));
  EXPECT_THAT(in("csv"), HasSubstr(",192.0.2.7,lan,portal/web\n"));
  const Json json = Json::parse(in("json"));
  EXPECT_EQ(json["address"], "192.0.2.7");
  EXPECT_EQ(json["person"], "lan");
  EXPECT_EQ(json["carrier"], "portal/web");
}

// An initial password is printed once, with what to do with it, in the language asked for and for programs.
TEST_F(RunTest, InitialPasswordsAreShownOnce) {
  directory::v1::CreateAccountRequest asked;
  services_.On<directory::v1::CreateAccountRequest, directory::v1::CreateAccountResponse>(
      [&](const auto& request, auto& response) {
        asked = request;
        response.mutable_account()->set_user(request.user());
        response.mutable_account()->set_role(request.role());
        response.set_initial_password("k7m3x-abcde-fghij-kmnpq");
        return absl::OkStatus();
      });
  const std::vector<std::string> create = {"account", "create", "--user", "lan", "--role", "operator"};
  EXPECT_EQ(Run(create), kExitDone) << err_.str();
  EXPECT_EQ(asked.role(), contract::v1::ROLE_OPERATOR);
  EXPECT_EQ(asked.request_id(), "00000000-new");
  EXPECT_THAT(out_.str(), HasSubstr("mật khẩu ban đầu: k7m3x-abcde-fghij-kmnpq"));
  EXPECT_THAT(out_.str(), HasSubstr("trao tận tay"));
  EXPECT_THAT(err_.str(), Not(HasSubstr("k7m3x")));
  std::vector<std::string> json = create;
  json.insert(json.end(), {"--format", "json"});
  EXPECT_EQ(Run(json), kExitDone);
  EXPECT_EQ(Json::parse(out_.str())["initialPassword"], "k7m3x-abcde-fghij-kmnpq");
  EXPECT_EQ(Run({"account", "create", "--user", "lan", "--role", "portal", "--lang", "en"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--role must be one of: office, chair, operator"));
}

// Every process of the directory gets a new key by a request of its own, and one that does not answer is named.
TEST_F(RunTest, KeysAreRotatedAtEveryProcessOfTheDirectory) {
  services_.processes = {{"host:1", {"directory"}}, {"host:2", {"training"}}, {"host:3", {"directory", "training"}}};
  bool answers = true;
  services_.On<directory::v1::RotateStatementKeyRequest, directory::v1::RotateStatementKeyResponse>(
      [&](const auto& request, auto& response) {
        response.set_key_id("key of " + request.request_id());
        return answers ? absl::OkStatus() : absl::UnavailableError("gone");
      });
  EXPECT_EQ(Run({"account", "rotate-key"}), kExitDone) << err_.str();
  EXPECT_THAT(out_.str(),
              HasSubstr("khoá mới: key of 00000000-new (host:1)\nkhoá mới: key of 00000000-new-2 (host:3)\n"));
  answers = false;
  EXPECT_EQ(Run({"account", "rotate-key", "--lang", "en"}), kExitUnreachable);
  EXPECT_THAT(err_.str(), HasSubstr("directory (host:3)"));
}

// All pages are one list.
TEST_F(RunTest, AccountsAreListedToTheEnd) {
  services_.On<directory::v1::ListAccountsRequest, directory::v1::ListAccountsResponse>(
      [](const auto& request, auto& response) {
        response.add_accounts()->set_user(request.page_token().empty() ? "an.binh" : "lan");
        if (request.page_token().empty()) response.set_next_page_token("an.binh");
        return absl::OkStatus();
      });
  EXPECT_EQ(Run({"account", "list", "--format", "csv"}), kExitDone) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("\nan.binh,,,false,false,false,,\nlan,,,false,false,false,,\n"));
}

// An empty file of every kind can be made without any service.
TEST_F(RunTest, TemplateNeedsNoService) {
  EXPECT_EQ(
      Run({"template", "--kind", "training", "--cluster", "dong-bac", "--period", "2023-H1", "--bloc", "ha-giang"}),
      kExitDone);
  EXPECT_THAT(out_.str(), HasSubstr("trn_class_awareness"));
  EXPECT_TRUE(services_.asked.empty());
}

}  // namespace
}  // namespace giaoban::cli
