// SPDX-License-Identifier: MPL-2.0
#include "kith/base/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace kith::tool {
namespace {

std::string said_of(const CLI::Validator& must, std::string text) {
  return must(text);
}

TEST(Arguments, AreWholeNumbersInTheirRange) {
  const auto port = whole_number(1, 65'535);
  for (const auto* const good : {"1", "65535", "0080"}) {
    EXPECT_EQ(said_of(port, good), "") << good;
  }
  for (const std::string bad :
       {"", "0", "-5", "65536", "1.5", "0x10", "many", "8 0", "99999999999999999999"}) {
    EXPECT_EQ(said_of(port, bad), "it must be a whole number from 1 to 65535, not \"" + bad + "\"");
  }
  EXPECT_EQ(said_of(whole_number(1), "-1"), "it must be a whole number from 1 on, not \"-1\"");
  EXPECT_EQ(said_of(whole_number(0), "18446744073709551615"), "");
}

TEST(Arguments, AreNumbersInTheirRange) {
  const auto seconds = number_between(0.2, 3600);
  for (const auto* const good : {"0.2", "1e3", "3600"}) {
    EXPECT_EQ(said_of(seconds, good), "") << good;
  }
  for (const std::string bad : {"", "0.1", "-1", "3600.1", "nan", "inf", "1s"}) {
    EXPECT_EQ(said_of(seconds, bad), "it must be a number from 0.2 to 3600, not \"" + bad + "\"");
  }
  EXPECT_EQ(said_of(number_between(0, 1'000'000), "x"),
            "it must be a number from 0 to 1000000, not \"x\"");
}

TEST(Arguments, OfferTheNearestName) {
  const auto kinds = one_of({"request", "reply", "event"});
  EXPECT_EQ(said_of(kinds, "reply"), "");
  EXPECT_EQ(said_of(kinds, "requst"), "there is no \"requst\"; did you mean request?");
  EXPECT_EQ(said_of(kinds, "x\x1b"), "there is no \"x\\x1b\"; there is request, reply, event");
}

/// What is said of a command line of "kith do [THING] [--port PORT] [--seed HOST ...] --file FILE".
std::string said_of_line(const std::vector<std::string>& words) {
  CLI::App app{"", "kith"};
  app.require_subcommand(1);
  auto* const sub = app.add_subcommand("do", "");
  std::string thing;
  std::string file;
  int port = 0;
  bool flag = false;
  sub->add_option("thing", thing, "");
  sub->add_option("--port", port, "")->type_name("PORT");
  sub->add_option("--file", file, "")->required();
  sub->add_flag("--flag", flag, "");
  try {
    app.parse(std::vector<std::string>{words.rbegin(), words.rend()});
  } catch (const CLI::ParseError& why) {
    return usage_text(app, why);
  }
  return {};
}

TEST(Arguments, OfEveryKindAreRefusedInPlainWords) {
  EXPECT_EQ(said_of_line({}), "a command is required; kith --help tells more");
  EXPECT_EQ(said_of_line({"do"}), "--file is required; kith do --help tells more");
  EXPECT_EQ(said_of_line({"do", "--file"}), "--file takes a value; kith do --help tells more");
  EXPECT_EQ(said_of_line({"do", "--file", "x", "--port", "many"}),
            "--port: it cannot be \"many\"; kith do --help tells more");
  EXPECT_EQ(said_of_line({"do", "--file", "x", "a", "b"}),
            "the following argument was not expected: b; kith do --help tells more");
}

}  // namespace
}  // namespace kith::tool
