#include "services/cli/args.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/cli/errors.h"

namespace giaoban::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<Command>& TestCommands() {
  static const auto* const commands = new std::vector<Command>{
      {"draft", "FILE", {}, {"base"}, {"", ""}, "", nullptr},
      {"draft show", "", {"kind"}, {}, {"", ""}, "", nullptr},
      {"submit", "FILE…", {}, {}, {"", ""}, "", nullptr},
      {"verify", "[FILE…]", {}, {}, {"", ""}, "", nullptr},
  };
  return *commands;
}

absl::StatusOr<Arguments> Parse(const std::vector<std::string>& words) {
  static const auto* const options = new std::vector<Option>{{"lang", "L", {"", ""}},
                                                             {"kind", "K", {"", ""}},
                                                             {"base", "N", {"", ""}},
                                                             {"blocs", "", {"", ""}},
                                                             {"help", "", {"", ""}}};
  return ParseArguments(words, TestCommands(), *options, {"lang", "help"});
}

void ExpectUsage(const std::vector<std::string>& words, const std::string& part) {
  const absl::Status status = Parse(words).status();
  EXPECT_EQ(ExitCodeOf(status), kExitUsage) << part;
  EXPECT_THAT(std::string(status.message()), HasSubstr(part));
}

// Options may stand before, between and after the words, with a space or an equals sign.
TEST(Arguments, TakesOptionsAnywhere) {
  const auto before = Parse({"--lang", "en", "draft", "--kind=training", "show"});
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_EQ(before->command->name, "draft show");
  EXPECT_EQ(before->Get("lang"), "en");
  EXPECT_EQ(before->Get("kind"), "training");
}

// Of two commands that fit, the longer name is meant; otherwise the word is an operand.
TEST(Arguments, PrefersTheLongerCommand) {
  const auto draft = Parse({"draft", "show.csv"});
  ASSERT_TRUE(draft.ok()) << draft.status();
  EXPECT_EQ(draft->command->name, "draft");
  EXPECT_THAT(draft->operands, ElementsAre("show.csv"));
}

// After "--" everything is an operand, whatever it looks like.
TEST(Arguments, TwoHyphensEndTheOptions) {
  const auto submit = Parse({"submit", "--", "--lang", "b.csv"});
  ASSERT_TRUE(submit.ok()) << submit.status();
  EXPECT_THAT(submit->operands, ElementsAre("--lang", "b.csv"));
}

// Every mistake is named, and ends with the exit code for wrong usage.
TEST(Arguments, NamesWhatIsWrong) {
  ExpectUsage({"submit", "--colour", "red"}, "--colour");
  ExpectUsage({"submit", "a.csv", "--base", "1"}, "submit has no option --base");
  ExpectUsage({"draft", "show"}, "--kind");
  ExpectUsage({"draft", "show", "--kind"}, "--kind needs a value");
  ExpectUsage({"draft", "show", "--kind", "a", "--kind", "b"}, "given twice");
  ExpectUsage({"draft", "show", "--kind", "a", "--blocs=1"}, "takes no value");
  ExpectUsage({"draft", "a", "b"}, "does not take: b");
  ExpectUsage({"submit"}, "needs FILE");
  ExpectUsage({"publish"}, "no command \"publish\"");
  ExpectUsage({}, "no command given");
}

// Operands in brackets may be left out.
TEST(Arguments, OptionalOperands) {
  EXPECT_TRUE(Parse({"verify"}).ok());
  EXPECT_TRUE(Parse({"verify", "a", "b"}).ok());
}

// Help needs no complete command line.
TEST(Arguments, HelpIsTakenWithOrWithoutACommand) {
  const auto all = Parse({"help"});
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->command, nullptr);
  const auto one = Parse({"help", "draft", "show"});
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(one->command->name, "draft show");
}

// A number is a whole number from 0; a missing one is not 0.
TEST(Arguments, Numbers) {
  EXPECT_EQ(*Parse({"draft", "a", "--base", "12"})->Number("base"), 12);
  EXPECT_EQ(*Parse({"draft", "a"})->Number("base"), std::nullopt);
  EXPECT_FALSE(Parse({"draft", "a", "--base", "-1"})->Number("base").ok());
  EXPECT_FALSE(Parse({"draft", "a", "--base", "1x"})->Number("base").ok());
}

}  // namespace
}  // namespace giaoban::cli
