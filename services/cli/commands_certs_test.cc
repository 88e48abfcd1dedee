// Whole command lines of `giaoban certs`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "services/cli/commands.h"
#include "services/cli/errors.h"
#include "services/cli/fake_connection.h"

namespace giaoban::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class CertsTest : public testing::Test {
 protected:
  CertsTest() {
    std::string pattern = testing::TempDir() + "giaoban-XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~CertsTest() override { std::filesystem::remove_all(directory_); }

  // Runs `giaoban certs …` on the folder of this test.
  int Certs(std::vector<std::string> words) {
    words.insert(words.begin(), "certs");
    words.insert(words.end(), {"--authority", directory_});
    out_.str("");
    err_.str("");
    const World world{
        .out = out_,
        .err = err_,
        .environment = [](const std::string&) { return std::string(); },
        .connect = [this](auto, auto, auto) { return std::make_unique<Borrowed>(services_); },
        .new_id = [] { return std::string("00000000-new"); },
        .clock = [] { return absl::FromUnixSeconds(1'700'000'000); },
    };
    return cli::Run(words, world);
  }

  FakeConnection services_;
  std::string directory_;
  std::ostringstream out_, err_;
};

// Goal: the way from nothing to a revoked certificate, as programs read it.
TEST_F(CertsTest, GoesAllTheWay) {
  EXPECT_EQ(Certs({"init", "directory=127.0.0.1:7001", "--lang", "en"}), kExitDone);
  EXPECT_THAT(out_.str(), HasSubstr("Made the certificate authority " + directory_));
  EXPECT_THAT(out_.str(), HasSubstr("Keep ca.key off the machine that serves"));
  EXPECT_EQ(Certs({"issue", "office/quang-ninh", "chair/quang-ninh=cum-truong", "--days", "10"}), kExitDone);
  EXPECT_EQ(Certs({"list", "--format", "csv"}), kExitDone);
  EXPECT_THAT(out_.str(), testing::ContainsRegex(
                              "identity,folder,serial,from,until,state,reason\n"
                              "chair/quang-ninh,cum-truong,[0-9a-f]+,2023-11-14T22:08:20Z,2023-11-24T22:13:20Z,valid,\n"
                              "office/quang-ninh,quang-ninh,[0-9a-f]+,2023-11-14T22:08:20Z,.*,valid,\n"));
  EXPECT_EQ(Certs({"renew", "office/quang-ninh"}), kExitDone);
  EXPECT_EQ(Certs({"revoke", "chair/quang-ninh", "--reason", "mất máy", "--format", "json"}), kExitDone);
  EXPECT_EQ(Json::parse(out_.str())[0]["state"], "revoked");
  EXPECT_EQ(Certs({"list"}), kExitDone);
  EXPECT_THAT(out_.str(), HasSubstr("đã thu hồi"));
  EXPECT_THAT(out_.str(), HasSubstr("mất máy"));
  EXPECT_THAT(out_.str(), HasSubstr("đã thay"));
  EXPECT_THAT(services_.asked, IsEmpty()) << "no service is needed";
}

// Goal: people are told when there is nothing to do; programs get an empty table.
TEST_F(CertsTest, SaysWhenNothingIsToBeDone) {
  ASSERT_EQ(Certs({"init"}), kExitDone);
  ASSERT_EQ(Certs({"issue", "office/quang-ninh"}), kExitDone);
  EXPECT_EQ(Certs({"init"}), kExitDone);
  EXPECT_THAT(out_.str(), HasSubstr("đã có"));
  EXPECT_EQ(Certs({"issue", "office/quang-ninh"}), kExitDone);
  EXPECT_THAT(out_.str(), HasSubstr("đã có đủ"));
  EXPECT_EQ(Certs({"renew", "--lang", "en"}), kExitDone);
  EXPECT_EQ(out_.str(), "No certificate is due.\n");
  EXPECT_EQ(Certs({"renew", "--format", "json"}), kExitDone);
  EXPECT_EQ(out_.str(), "[]\n");
}

// Goal: what is typed wrong is named in both languages, and nothing is made.
TEST_F(CertsTest, RefusesWhatIsTypedWrong) {
  ASSERT_EQ(Certs({"init"}), kExitDone);
  const std::vector<std::vector<std::string>> wrong = {{"init", "membership"},
                                                       {"init", "membership=host"},
                                                       {"init", "Membership=host:1"},
                                                       {"init", "a=host:0"},
                                                       {"init", "a=ho st:1"},
                                                       {"issue", "office"},
                                                       {"issue", "boss/quang-ninh"},
                                                       {"issue", "office/Quảng"},
                                                       {"issue", "office/a=../b"},
                                                       {"issue", "office/a="},
                                                       {"issue", "office/a", "--days=0"},
                                                       {"issue", "office/a", "--days=398"},
                                                       {"renew", "quang-ninh"},
                                                       {"issue"},
                                                       {"revoke"},
                                                       {"revoke", "office/a", "--reason", "a\nb"},
                                                       {"list", "office/a"}};
  for (const std::vector<std::string>& words : wrong) {
    EXPECT_EQ(Certs(words), kExitUsage) << testing::PrintToString(words);
    EXPECT_THAT(err_.str(), HasSubstr("Lỗi: ")) << testing::PrintToString(words);
  }
  EXPECT_EQ(Certs({"issue", "office/Quảng", "--lang", "en"}), kExitUsage);
  EXPECT_THAT(err_.str(), HasSubstr("\"office/Quảng\" must be ROLE/NAME"));
  ASSERT_EQ(Certs({"list", "--format", "json"}), kExitDone);
  EXPECT_EQ(out_.str(), "[]\n");
}

// Goal: exit codes tell a wrong folder from a conflict.
TEST_F(CertsTest, EndsWithTheUsualCodes) {
  EXPECT_EQ(Certs({"list"}), kExitUsage) << "no authority there";
  EXPECT_THAT(err_.str(), HasSubstr(directory_ + "/ca.pem không có"));
  ASSERT_EQ(Certs({"init"}), kExitDone);
  ASSERT_EQ(Certs({"issue", "office/quang-ninh"}), kExitDone);
  EXPECT_EQ(Certs({"issue", "chair/quang-ninh"}), kExitDenied);
  EXPECT_EQ(Certs({"renew", "office/cao-bang"}), kExitDenied);
  EXPECT_EQ(Certs({"revoke", "office/cao-bang"}), kExitDenied);
  EXPECT_EQ(Certs({"revoke", "office/quang-ninh"}), kExitDone);
  EXPECT_EQ(Certs({"renew", "office/quang-ninh"}), kExitDenied);
}

}  // namespace
}  // namespace giaoban::cli
