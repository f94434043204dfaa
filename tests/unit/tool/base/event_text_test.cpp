// SPDX-License-Identifier: MPL-2.0
#include "kith/base/event_text.hpp"

#include <gtest/gtest.h>

namespace kith::tool {
namespace {

using namespace std::chrono_literals;

const wall_time noon{std::chrono::sys_days{std::chrono::year{2026} / 1 / 31} + 12h + 34min + 5s +
                     7us};
constexpr auto id_text = "000102030405060708090a0b0c0d0e0f";

event_line line() {
  return {noon, "order-1", {"order.placed", *node_id::from_string(id_text), 12, {}}};
}

TEST(EventText, IsALineForPeople) {
  EXPECT_EQ(plain_text(line(),
                       "\x81\xa2id\xa2"
                       "42"),
            "12:34:05.000007 order-1 order.placed #12 {\"id\":\"42\"}");
}

TEST(EventText, IsAnObjectForPrograms) {
  EXPECT_EQ(json_text(line(), "\x01"),
            "{\"time\":\"2026-01-31T12:34:05.000007Z\",\"publisher\":\"order-1\",\"id\":\"" +
                std::string{id_text} + "\",\"topic\":\"order.placed\",\"sequence\":12,\"body\":1}");
}

TEST(EventText, SaysWhenABodyIsUnreadable) {
  EXPECT_NE(plain_text(line(), "\xc1").find("#12 (unreadable: found"), std::string::npos);
  EXPECT_NE(json_text(line(), "\xc1").find("\"unreadable\":\"found"), std::string::npos);
}

TEST(EventText, TellsGaps) {
  const event_gap gap{"order.placed", *node_id::from_string(id_text), 13, 4};
  EXPECT_EQ(plain_text(noon, "order-1", gap),
            "12:34:05.000007 order-1 order.placed GAP: 4 events are missing, from #13 on");
  EXPECT_NE(json_text(noon, "order-1", gap).find("\"gap\":{\"first\":13,\"count\":4}}"),
            std::string::npos);
}

}  // namespace
}  // namespace kith::tool
