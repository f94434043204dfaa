// SPDX-License-Identifier: MPL-2.0
#include "rpc/call_schedule.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace kith::rpc {
namespace {

using namespace std::chrono_literals;
using due = call_schedule::due;

constexpr time_point schedule_start{1h};

struct scheduled {
  const char* name;
  call_schedule set;
  time_point next;
  time_point now;
  std::vector<due> taken;  ///< one after the other
};

TEST(CallSchedule, OneThingAtATimeAndEachOnce) {
  const std::optional<time_point> none;
  const std::vector<scheduled> rows{
      {"deadline only",
       {schedule_start + 9s, none, none},
       schedule_start + 9s,
       schedule_start + 8s,
       {due::nothing}},
      {"at the deadline",
       {schedule_start + 9s, none, none},
       schedule_start + 9s,
       schedule_start + 9s,
       {due::deadline}},
      {"the deadline comes first",
       {schedule_start + 9s, schedule_start + 3s, schedule_start + 2s},
       schedule_start + 2s,
       schedule_start + 9s,
       {due::deadline, due::deadline}},
      {"a repetition",
       {schedule_start + 9s, schedule_start + 3s, none},
       schedule_start + 3s,
       schedule_start + 3s,
       {due::repeat, due::nothing}},
      {"too early",
       {schedule_start + 9s, schedule_start + 3s, schedule_start + 4s},
       schedule_start + 3s,
       schedule_start + 2s,
       {due::nothing}},
      {"a hedge",
       {schedule_start + 9s, none, schedule_start + 2s},
       schedule_start + 2s,
       schedule_start + 2s,
       {due::hedge, due::nothing}},
      {"both are due",
       {schedule_start + 9s, schedule_start + 3s, schedule_start + 2s},
       schedule_start + 2s,
       schedule_start + 4s,
       {due::repeat, due::hedge, due::nothing}},
      {"what is later than the deadline",
       {schedule_start + 9s, schedule_start + 12s, schedule_start + 11s},
       schedule_start + 9s,
       schedule_start + 8s,
       {due::nothing}},
  };
  for (const auto& r : rows) {
    auto schedule = r.set;
    EXPECT_EQ(schedule.next(), r.next) << r.name;
    for (const auto expected : r.taken) {
      EXPECT_EQ(schedule.take_due(r.now), expected) << r.name;
    }
  }
}

}  // namespace
}  // namespace kith::rpc
