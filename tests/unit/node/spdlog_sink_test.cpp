// SPDX-License-Identifier: MPL-2.0
#include "node/spdlog_sink.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <kith/identity.hpp>

namespace kith {
namespace {

TEST(SpdlogSink, WhatAPeerSaysForgesNoLine) {
  for (const bool json : {false, true}) {
    testing::internal::CaptureStderr();
    make_spdlog_sink("order-1", "info", json)
        ->write(log_level::info, "peers", "refused: \x1b[2Jbye\n2026-01-01 error order-1 gone");
    const auto text = testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
    EXPECT_NE(text.find("refused: "), std::string::npos) << text;
  }
}

TEST(SpdlogSink, NamesTheTraceThatItsThreadIsAtWorkFor) {
  const auto work =
      trace_context::from_string("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  for (const bool json : {false, true}) {
    const auto log = make_spdlog_sink("order-1", "info", json);
    testing::internal::CaptureStderr();
    {
      const trace_scope around{*work};
      log->write(log_level::info, "order", "placed");
    }
    log->write(log_level::info, "order", "idle");
    const auto text = testing::internal::GetCapturedStderr();
    EXPECT_NE(text.find(json ? "\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\""
                             : "placed [trace 0af7651916cd43dd8448eb211c80319c]"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("0af7", text.find("idle")), std::string::npos) << text;
  }
}

TEST(SpdlogSink, WritesFromItsLevelOnAndTheLevelCanBeChanged) {
  const auto log = make_spdlog_sink("order-1", "warning", false);
  EXPECT_EQ(log->level(), log_level::warning);
  testing::internal::CaptureStderr();
  log->write(log_level::info, "node", "first");
  log->set_level(log_level::debug);
  log->write(log_level::debug, "node", "second");
  log->set_level(log_level::error);
  log->write(log_level::warning, "node", "third");
  const auto text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.find("first"), std::string::npos) << text;
  EXPECT_NE(text.find("second"), std::string::npos) << text;
  EXPECT_EQ(text.find("third"), std::string::npos) << text;
  EXPECT_EQ(log->level(), log_level::error);
}

}  // namespace
}  // namespace kith
