// SPDX-License-Identifier: MPL-2.0
#include "peers/link_machine.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace kith::peers {
namespace {

using namespace std::chrono_literals;

constexpr time_point t0{1h};

/// What a step says, in the order in which it is to be done: "hang_up lost timer".
std::string text_of(const link_step& step) {
  std::string text;
  const auto add = [&text](bool said, const char* word) {
    if (said) {
      text += text.empty() ? word : std::string{" "} + word;
    }
  };
  add(step.hang_up, "hang_up");
  add(step.lost, "lost");
  add(step.failed, "failed");
  add(step.diverted, "diverted");
  add(step.dial, "dial");
  add(step.hello, "hello");
  add(step.opened, "opened");
  add(step.timer.has_value(), "timer");
  return text;
}

class LinkMachine : public testing::Test {
 protected:
  link_machine fresh() const { return {link_timing{}, resilience::backoff{}}; }

  link_machine in(link_phase phase) {
    auto machine = fresh();
    if (phase == link_phase::idle) {
      return machine;
    }
    machine.start(t0, false);
    if (phase == link_phase::waiting) {
      machine.ended(t0, random);
    } else if (phase == link_phase::greeting || phase == link_phase::open) {
      machine.connected(t0);
    }
    if (phase == link_phase::open) {
      machine.welcomed(t0);
    } else if (phase == link_phase::closed) {
      machine.close();
    }
    EXPECT_EQ(machine.phase(), phase);
    return machine;
  }

  random_source random{1};
};

struct row {
  link_phase from;
  const char* event;
  link_phase to;
  const char* step;
};

using phase = link_phase;
constexpr row table[] = {
    {phase::idle, "start", phase::dialling, "dial timer"},
    {phase::idle, "connected", phase::idle, ""},
    {phase::idle, "welcomed", phase::idle, ""},
    {phase::idle, "ended", phase::idle, ""},
    {phase::idle, "timeout", phase::idle, ""},
    {phase::idle, "close", phase::closed, "hang_up"},
    {phase::dialling, "start", phase::dialling, ""},
    {phase::dialling, "connected", phase::greeting, "hello timer"},
    {phase::dialling, "welcomed", phase::open, "opened"},
    {phase::dialling, "ended", phase::waiting, "hang_up failed timer"},
    {phase::dialling, "timeout", phase::waiting, "hang_up failed timer"},
    {phase::dialling, "close", phase::closed, "hang_up"},
    {phase::greeting, "start", phase::greeting, ""},
    {phase::greeting, "connected", phase::greeting, ""},
    {phase::greeting, "welcomed", phase::open, "opened"},
    {phase::greeting, "ended", phase::waiting, "hang_up failed timer"},
    {phase::greeting, "timeout", phase::waiting, "hang_up failed timer"},
    {phase::greeting, "close", phase::closed, "hang_up"},
    {phase::open, "start", phase::open, ""},
    {phase::open, "connected", phase::open, ""},
    {phase::open, "welcomed", phase::open, ""},
    {phase::open, "ended", phase::waiting, "hang_up lost timer"},
    {phase::open, "timeout", phase::open, ""},
    {phase::open, "close", phase::closed, "hang_up lost"},
    {phase::waiting, "start", phase::waiting, ""},
    {phase::waiting, "connected", phase::waiting, ""},
    {phase::waiting, "welcomed", phase::waiting, ""},
    {phase::waiting, "ended", phase::waiting, ""},
    {phase::waiting, "timeout", phase::dialling, "dial timer"},
    {phase::waiting, "close", phase::closed, "hang_up"},
    {phase::closed, "start", phase::closed, ""},
    {phase::closed, "connected", phase::closed, ""},
    {phase::closed, "welcomed", phase::closed, ""},
    {phase::closed, "ended", phase::closed, ""},
    {phase::closed, "timeout", phase::closed, ""},
    {phase::closed, "close", phase::closed, "hang_up"},
};

TEST_F(LinkMachine, DoesWhatTheTableSays) {
  for (const auto& [from, event, to, step] : table) {
    SCOPED_TRACE("phase " + std::to_string(static_cast<int>(from)) + ", " + event);
    auto machine = in(from);
    const std::string what{event};
    const auto got = what == "start"       ? machine.start(t0, false)
                     : what == "connected" ? machine.connected(t0)
                     : what == "welcomed"  ? machine.welcomed(t0)
                     : what == "ended"     ? machine.ended(t0, random)
                     : what == "timeout"   ? machine.timeout(t0, random, false)
                                           : machine.close();
    EXPECT_EQ(text_of(got), step);
    EXPECT_EQ(machine.phase(), to);
  }
}

TEST_F(LinkMachine, GivesEachStageItsOwnTime) {
  auto machine = link_machine{{.connect_timeout = 3s, .hello_timeout = 5s}, resilience::backoff{}};
  EXPECT_EQ(machine.start(t0, false).timer, t0 + 3s);
  EXPECT_EQ(machine.connected(t0 + 1s).timer, t0 + 6s);
}

TEST_F(LinkMachine, WaitsLongerAfterEachFailureButNeverBeyondTheCap) {
  const resilience::backoff_options pause{.base = 100ms, .cap = 2s, .healthy_after = 5s};
  duration most{};
  for (int round = 0; round < 200; ++round) {
    auto machine = link_machine{{}, resilience::backoff{pause}};
    machine.start(t0, false);
    auto limit = duration{100ms};
    for (int attempt = 0; attempt < 10; ++attempt) {
      const auto step = machine.ended(t0, random);
      ASSERT_LT(*step.timer - t0, limit);
      most = std::max(most, *step.timer - t0);
      limit = std::min<duration>(2 * limit, 2s);
      machine.timeout(t0, random, false);
    }
  }
  EXPECT_GT(most, 1900ms);
}

TEST_F(LinkMachine, IsPatientAgainOnlyAfterALinkThatLasted) {
  const resilience::backoff_options pause{.base = 1ms, .cap = 1h, .healthy_after = 5s};
  const auto after_up_for = [&](duration up) {
    auto machine = link_machine{{}, resilience::backoff{pause}};
    machine.start(t0, false);
    for (int attempt = 0; attempt < 20; ++attempt) {
      machine.ended(t0, random);
      machine.timeout(t0, random, false);
    }
    machine.connected(t0);
    machine.welcomed(t0);
    return *machine.ended(t0 + up, random).timer - (t0 + up);
  };
  EXPECT_LT(after_up_for(6s), 1ms);
  duration longest{};
  for (int i = 0; i < 20; ++i) {
    longest = std::max(longest, after_up_for(1s));
  }
  EXPECT_GT(longest, 1s);
}

// The two ways

TEST_F(LinkMachine, DialsTheNetworkAtOnceWhenTheLocalWayFails) {
  struct trial {
    const char* how;
    bool connected;
    bool timed_out;
  };
  for (const auto& [how, connected, timed_out] :
       {trial{"refused", false, false}, trial{"never connected", false, true},
        trial{"hung up or refused us", true, false}, trial{"no welcome", true, true}}) {
    SCOPED_TRACE(how);
    auto machine = fresh();
    const auto begun = machine.start(t0, true);
    EXPECT_EQ(text_of(begun), "dial timer");
    EXPECT_EQ(machine.way(), link_way::local);
    EXPECT_EQ(begun.timer, t0 + 150ms);
    if (connected) {
      EXPECT_EQ(machine.connected(t0 + 50ms).timer, t0 + 150ms) << "one time for both stages";
    }
    const auto failed =
        timed_out ? machine.timeout(t0 + 150ms, random, true) : machine.ended(t0 + 60ms, random);
    EXPECT_EQ(text_of(failed), "hang_up diverted dial timer") << "no failed attempt, no pause";
    EXPECT_EQ(machine.way(), link_way::network);
    EXPECT_EQ(machine.phase(), link_phase::dialling);
    EXPECT_EQ(text_of(machine.ended(t0 + 200ms, random)), "hang_up failed timer");
  }
}

TEST_F(LinkMachine, LeavesABrokenLocalWayAloneForAWhile) {
  auto machine = fresh();
  machine.start(t0, true);
  machine.ended(t0, random);
  machine.ended(t0, random);
  machine.timeout(t0 + 59s, random, true);
  EXPECT_EQ(machine.way(), link_way::network);
  machine.ended(t0 + 59s, random);
  machine.timeout(t0 + 60s, random, true);
  EXPECT_EQ(machine.way(), link_way::local);
}

TEST_F(LinkMachine, GoesByTheNetworkWhenThePeerIsNotHere) {
  auto machine = fresh();
  machine.start(t0, true);
  machine.connected(t0);
  machine.welcomed(t0);
  EXPECT_EQ(machine.way(), link_way::local);
  machine.ended(t0 + 1h, random);
  EXPECT_EQ(machine.timeout(t0 + 1h, random, false).timer, t0 + 1h + 1s);
  EXPECT_EQ(machine.way(), link_way::network);
}

TEST_F(LinkMachine, TriesTheLocalWayAgainAfterALongLifeAndNotAfterAShortOne) {
  for (const auto& [life, way] :
       {std::pair{duration{5s}, link_way::local}, std::pair{duration{4999ms}, link_way::network}}) {
    auto machine = fresh();
    machine.start(t0, true);
    machine.connected(t0);
    machine.welcomed(t0);
    EXPECT_EQ(text_of(machine.ended(t0 + life, random)), "hang_up lost timer");
    machine.timeout(t0 + life, random, true);
    EXPECT_EQ(machine.way(), way);
  }
}

}  // namespace
}  // namespace kith::peers
