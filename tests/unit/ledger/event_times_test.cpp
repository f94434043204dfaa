// SPDX-License-Identifier: MPL-2.0
#include "ledger/event_times.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "ledger/books.hpp"

namespace kith::ledger {
namespace {

using namespace std::chrono_literals;

TEST(EventTimes, BeyondSoManyTopicsFurtherOnesShare) {
  event_times times;
  for (int i = 0; i < 300; ++i) {
    times.open("t" + std::to_string(i), {}).add(1ms);
    times.open("t" + std::to_string(i), {}).add(1ms);
  }
  EXPECT_EQ(times.all().size(), event_times::most + 1);
  EXPECT_EQ(times.all().at({std::string{books::others}, ""}).count(), 2 * (300 - 256));
  EXPECT_EQ(times.all().at({"t7", ""}).count(), 2U);
}

TEST(EventTimes, CalendarsMayBeWrong) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(calendar_span(1'000, 3'000), 2ms);
  EXPECT_EQ(calendar_span(3'000, 1'000), 0ms);
  EXPECT_EQ(calendar_span(most, least), 0ms);
  EXPECT_EQ(calendar_span(least, most), 24h);
}

}  // namespace
}  // namespace kith::ledger
