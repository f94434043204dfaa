// SPDX-License-Identifier: MPL-2.0
#include "kith/tap/tap_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace kith::tool {
namespace {

recorded sample() {
  recorded one{"0011223344556677", "order", "order-1", {}};
  auto& row = one.envelope;
  row.time_us = 43'200'000'123;
  row.direction = "out";
  row.instance = "payment-1";
  row.kind = "reply";
  row.name = "order.get";
  row.id = 7;
  row.octets = 120;
  row.latency_us = 850;
  row.outcome = "reply";
  const auto octets = json_to_msgpack("{\"card\":\"4111\",\"id\":\"42\"}").value();
  const auto* const first = reinterpret_cast<const std::byte*>(octets.data());
  row.body = {first, first + octets.size()};
  row.body_octets = octets.size();
  row.body_state = "whole";
  return one;
}

TEST(TapText, IsALineThatFitsATerminal) {
  const auto line = plain_text(sample(), {});
  EXPECT_EQ(line, "12:00:00.000123 order-1    > payment-1  reply   order.get        120  850 us");
  EXPECT_LE(line.size(), 80U);
}

TEST(TapText, SaysWhatWentWrong) {
  auto one = sample();
  one.envelope.kind = "error";
  one.envelope.outcome = "not_found";
  one.envelope.message = "no order 42\x1b[31m";
  const auto line = plain_text(one, {});
  EXPECT_NE(line.find("850 us  not_found: no order 42"), std::string::npos) << line;
  EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
}

TEST(TapText, ShowsABodyAsJsonAndAsOctets) {
  tap_style style;
  style.body = style.hex = true;
  const auto text = plain_text(sample(), style);
  EXPECT_NE(text.find("\n    {\"card\":\"4111\",\"id\":\"42\"}\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\n    00000000  82 a4 63 61 72 64"), std::string::npos) << text;
  EXPECT_NE(text.find("|..card.4111.id.4|"), std::string::npos) << text;
}

TEST(TapText, HidesFieldsInJsonAndInOctets) {
  tap_style style;
  style.body = style.hex = true;
  style.redact = {"card"};
  const auto text = plain_text(sample(), style);
  EXPECT_NE(text.find("\n    {\"card\":\"(redacted)\",\"id\":\"42\"}\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("|..card.(redacted|"), std::string::npos) << text;
  EXPECT_EQ(text.find("4111"), std::string::npos) << text;
  EXPECT_EQ(text.find("34 31 31 31"), std::string::npos) << text;
}

TEST(TapText, WithholdsOctetsInWhichFieldsCannotBeFound) {
  auto one = sample();
  one.envelope.body_state = "cut";
  one.envelope.body.pop_back();
  tap_style style;
  style.body = style.hex = true;
  style.redact = {"card"};
  const auto text = plain_text(one, style);
  EXPECT_NE(text.find("\n    (withheld: what is to be hidden cannot be found in it)"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("00000000 "), std::string::npos) << text;
  EXPECT_EQ(nlohmann::json::parse(json_text(one, style)).count("body"), 0U);
  style.redact.clear();
  EXPECT_NE(plain_text(one, style).find("\n    00000000  82 a4 63"), std::string::npos);
}

TEST(TapText, SaysThatABodyIsNotWhole) {
  auto one = sample();
  one.envelope.body_state = "cut";
  one.envelope.body.resize(5);
  tap_style style;
  style.body = true;
  EXPECT_NE(plain_text(one, style).find("(only 5 of 17 octets are here)"), std::string::npos)
      << plain_text(one, style);
  one.envelope.body.clear();
  one.envelope.body_state = "withheld";
  EXPECT_NE(plain_text(one, style).find("does not show it"), std::string::npos);
}

TEST(TapText, IsAnObjectForPrograms) {
  tap_style style;
  style.redact = {"card"};
  const auto object = nlohmann::json::parse(json_text(sample(), style));
  EXPECT_EQ(object["at"], "order-1");
  EXPECT_EQ(object["name"], "order.get");
  EXPECT_EQ(object["latency_us"], 850);
  EXPECT_EQ(object["body"]["card"], "(redacted)");
  EXPECT_EQ(object["time"], "1970-01-01T12:00:00.000123Z");
}

TEST(TapText, HexHasSixteenOctetsALine) {
  EXPECT_EQ(hex_text(std::string(17, 'a')),
            "    00000000  61 61 61 61 61 61 61 61 61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa|\n"
            "    00000010  61" +
                std::string(47, ' ') + "|a|\n");
  EXPECT_EQ(hex_text({}), "");
}

}  // namespace
}  // namespace kith::tool
