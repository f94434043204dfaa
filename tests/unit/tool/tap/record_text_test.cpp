// SPDX-License-Identifier: MPL-2.0
#include "kith/tap/record_text.hpp"

#include <gtest/gtest.h>

namespace kith::tool {
namespace {

candidate_info candidate(std::string instance, std::string standing, double cost_us) {
  candidate_info one;
  one.instance = std::move(instance);
  one.standing = std::move(standing);
  one.score_us = 2 * cost_us;
  one.cost_us = cost_us;
  one.outstanding = 1;
  one.weight = 100;
  one.warmth_percent = 100;
  one.breaker = "closed";
  return one;
}

TEST(RecordText, ShowsAttemptsAndAmongWhomTheyWereChosen) {
  call_record record;
  record.service = "order";
  record.method = "order.get";
  record.end = "reply";
  record.took_us = 12'340;
  auto& first = record.attempts.emplace_back();
  first.instance = "order-1";
  first.reason = "first";
  first.took_us = 1'000;
  first.end = "peer_lost";
  first.message = "the link broke";
  first.candidates = {candidate("order-1", "chosen", 800), candidate("order-2", "usable", 1'500)};
  auto& second = record.attempts.emplace_back();
  second.instance = "order-2";
  second.reason = "repeat";
  second.started_us = 5'000;
  second.took_us = 7'340;
  second.end = "reply";
  second.queue_us = 40;
  second.handler_us = 6'000;
  second.wire_us = 1'300;
  second.candidates = {candidate("order-1", "tried", 8'000), candidate("order-2", "chosen", 0)};
  EXPECT_EQ(record_text(record, false),
            R"(order: order.get: reply after 12.3 ms

#      AT  INSTANCE  WHY       TOOK   QUEUE  HANDLER    WIRE  END
1  0.0 ms  order-1   first   1.0 ms       -        -       -  peer_lost: the link broke
2  5.0 ms  order-2   repeat  7.3 ms  0.0 ms   6.0 ms  1.3 ms  reply

CHOICE  INSTANCE  STANDING    SCORE    COST  OUTSTANDING  WEIGHT   WARM  BREAKER
     1  order-1   chosen     1.6 ms  0.8 ms            1     100  100 %  closed
     1  order-2   usable     3.0 ms  1.5 ms            1     100  100 %  closed
     2  order-1   tried     16.0 ms  8.0 ms            1     100  100 %  closed
     2  order-2   chosen          -       -            1     100  100 %  closed
)");
}

TEST(RecordText, OfACallThatFoundNobodySaysHowEverybodyWas) {
  call_record record;
  record.service = "order";
  record.method = "order.get";
  record.end = "breaker_open";
  record.outcome = "not_sent";
  record.candidates = {candidate("order-1\x1b[2J", "breaker_open", 1e12)};
  record.candidates[0].breaker = "open";
  const auto text = record_text(record, false);
  EXPECT_TRUE(text.starts_with(
      "order: order.get: breaker_open (not_sent) after 0.0 ms, without an attempt\n"));
  EXPECT_NE(text.find("at end  order-1"), std::string::npos) << text;
  EXPECT_NE(text.find("most"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace kith::tool
