// SPDX-License-Identifier: MPL-2.0
#include "node/spdlog_sink.hpp"

#include <gtest/gtest.h>

#include <algorithm>

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

}  // namespace
}  // namespace kith
