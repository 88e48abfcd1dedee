#include "services/cli/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "services/cli/args.h"
#include "services/shared/contract/validation.h"
#include "services/shared/runtime/status.h"

namespace giaoban::cli {
namespace {

using testing::HasSubstr;

absl::Status Refusal() {
  runtime::Detail detail;
  detail.reason = "REPORT_REFUSED";
  detail.vietnamese = "báo cáo không được nhận";
  report::v1::Finding finding =
      contract::MakeFinding("V05", {"mem_closing", "mem_opening"}, "1.647 khác 1.650", "1,647 is not 1,650");
  finding.set_left(1647);
  finding.set_right(1650);
  *detail.findings.add_findings() = finding;
  return runtime::Error(absl::StatusCode::kInvalidArgument, "the report is refused", detail);
}

std::string Printed(const absl::Status& status, Format format, contract::Language language) {
  std::ostringstream out;
  std::ostringstream err;
  PrintError(status, Console{out, err, format, language});
  EXPECT_EQ(out.str(), "");
  return err.str();
}

// Each kind of failure has the exit code the help promises.
TEST(ExitCodeOf, FollowsTheTable) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), 0);
  EXPECT_EQ(ExitCodeOf(Refusal()), 1);
  EXPECT_EQ(ExitCodeOf(UsageError("sai", "wrong")), 2);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("bad key")), 2);
  for (const absl::Status& status : {absl::PermissionDeniedError(""), absl::NotFoundError(""), absl::AbortedError(""),
                                     absl::AlreadyExistsError(""), absl::FailedPreconditionError("")}) {
    EXPECT_EQ(ExitCodeOf(status), 3) << status;
  }
  for (const absl::Status& status : {absl::UnavailableError(""), absl::DeadlineExceededError(""),
                                     absl::ResourceExhaustedError(""), absl::InternalError("")}) {
    EXPECT_EQ(ExitCodeOf(status), 4) << status;
  }
  EXPECT_EQ(ExitCodeOf(absl::DataLossError("")), 5);
}

// People read the severity, the rule, the text and the codes in their language.
TEST(PrintError, NamesEveryFinding) {
  const std::string vietnamese = Printed(Refusal(), Format::kText, contract::Language::kVietnamese);
  EXPECT_THAT(vietnamese, HasSubstr("Lỗi: báo cáo không được nhận"));
  EXPECT_THAT(vietnamese, HasSubstr("lỗi V05: 1.647 khác 1.650"));
  EXPECT_THAT(vietnamese, HasSubstr("mã: mem_closing, mem_opening"));
  const std::string english = Printed(Refusal(), Format::kText, contract::Language::kEnglish);
  EXPECT_THAT(english, HasSubstr("error V05: 1,647 is not 1,650"));
}

// Programs get the code, the reason, both languages and the findings as one object.
TEST(PrintError, JsonCarriesEverything) {
  const Json json = Json::parse(Printed(Refusal(), Format::kJson, contract::Language::kVietnamese));
  EXPECT_EQ(json["error"]["code"], "INVALID_ARGUMENT");
  EXPECT_EQ(json["error"]["reason"], "REPORT_REFUSED");
  EXPECT_EQ(json["error"]["vietnamese"], "báo cáo không được nhận");
  EXPECT_EQ(json["error"]["findings"][0]["left"], "1647");
  EXPECT_EQ(json["error"]["findings"][0]["text"]["en"], "1,647 is not 1,650");
}

// The current revision of a lost race is named, and an error without a Vietnamese sentence gets a general one.
TEST(PrintError, ShowsMetadataAndNeverStaysSilent) {
  const absl::Status conflict = runtime::Error(
      absl::StatusCode::kAborted, "conflict",
      {.reason = "REVISION_CONFLICT", .vietnamese = "đã có bản khác", .metadata = {{"current_revision", "3"}}});
  EXPECT_THAT(Printed(conflict, Format::kText, contract::Language::kVietnamese), HasSubstr("current_revision: 3"));
  EXPECT_THAT(Printed(absl::UnavailableError("refused"), Format::kText, contract::Language::kVietnamese),
              HasSubstr("không kết nối được với dịch vụ (refused)"));
}

}  // namespace
}  // namespace giaoban::cli
