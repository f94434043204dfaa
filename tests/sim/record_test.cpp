// SPDX-License-Identifier: MPL-2.0
// The record of a call: where it went and why, what each attempt came to, and where the time went.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <kith/introspection.hpp>

#include "sim/audit.hpp"
#include "support/cluster.hpp"

namespace kith::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::SizeIs;

constexpr method<word, word> errand{"test.errand", idempotent};

task<word> run_slowly(node& n, duration takes, word what) {
  co_await n.sleep(takes);
  co_return what;
}

class Record : public testing::Test {
 protected:
  cluster::setup serving(duration takes) {
    return [this, takes](node& n) {
      n.serve(errand, [this, takes, &n](word what, call_context&) {
        if (fails_ == "all" || fails_ == n.settings().instance) {
          throw std::runtime_error{"out of paper"};
        }
        return run_slowly(n, takes, std::move(what));
      });
    };
  }
  void start(int instances, duration takes = 20ms, config settings = {}) {
    for (int i = 1; i <= instances; ++i) {
      all_.add("order-" + std::to_string(i), serving(takes), settings);
    }
    all_.add("payment-1");
    ASSERT_TRUE(all_.settle());
  }
  outcome_of<word> call(call_record* record, duration deadline = 1s,
                        const std::string& service = "order") {
    return all_.call("payment-1", service, errand, {"a", 1},
                     {.deadline = deadline, .record = record});
  }
  [[nodiscard]] std::vector<std::string> lines() const { return all_.log.lines(); }

  void TearDown() override { expect_balance(all_); }

  cluster all_{11};
  std::string fails_;
};

const candidate_info* chosen_of(const attempt_info& one) {
  for (const auto& candidate : one.candidates) {
    if (candidate.standing == "chosen") {
      return &candidate;
    }
  }
  return nullptr;
}

TEST_F(Record, SaysWhoWasChosenAmongWhomAndWhereTheTimeWent) {
  start(3);
  call_record record;
  ASSERT_TRUE(call(&record).good());
  EXPECT_EQ(record.service, "order");
  EXPECT_EQ(record.method, "test.errand");
  EXPECT_EQ(record.end, "reply");
  EXPECT_TRUE(record.candidates.empty());
  ASSERT_THAT(record.attempts, SizeIs(1));
  const auto& only = record.attempts.front();
  EXPECT_EQ(only.reason, "first");
  EXPECT_EQ(only.end, "reply");
  ASSERT_THAT(only.candidates, SizeIs(3));
  const auto* const chosen = chosen_of(only);
  ASSERT_NE(chosen, nullptr);
  EXPECT_EQ(chosen->id, only.id);
  EXPECT_EQ(chosen->instance, only.instance);
  EXPECT_EQ(chosen->breaker, "closed");
  EXPECT_EQ(only.queue_us, 0);
  EXPECT_EQ(only.handler_us, 20'000);
  ASSERT_TRUE(only.wire_us);
  EXPECT_GT(*only.wire_us, 0);
  EXPECT_EQ(*only.wire_us + 20'000, only.took_us);
  EXPECT_EQ(record.took_us, only.started_us + only.took_us);
}

TEST_F(Record, KnowsWhatCallsCostFromTheNextOneOn) {
  start(1);
  call_record record;
  ASSERT_TRUE(call(&record).good());
  EXPECT_EQ(chosen_of(record.attempts.at(0))->cost_us, 0);
  ASSERT_TRUE(call(&record).good());
  EXPECT_GT(chosen_of(record.attempts.at(0))->cost_us, 15'000);
}

TEST_F(Record, TellsTheTimeInTheQueue) {
  config settings;
  settings.max_calls = 1;
  start(1, 100ms, settings);
  const auto before = all_.begin("payment-1", "order", errand, {"b", 2});
  all_.world.run_for(10ms);
  call_record record;
  ASSERT_TRUE(call(&record).good());
  EXPECT_NEAR(static_cast<double>(record.attempts.at(0).queue_us.value()), 90'000, 5'000);
  EXPECT_EQ(record.attempts.at(0).handler_us, 100'000);
}

TEST_F(Record, HasEveryAttempt) {
  start(2);
  for (int i = 0; i < 20; ++i) {
    fails_ = "order-1";
    call_record record;
    ASSERT_TRUE(call(&record).good());
    if (record.attempts.front().instance != "order-1") {
      continue;
    }
    ASSERT_THAT(record.attempts, SizeIs(2));
    EXPECT_EQ(record.attempts[0].end, "handler_failed");
    EXPECT_EQ(record.attempts[0].message, "out of paper");
    EXPECT_EQ(record.attempts[1].reason, "repeat");
    EXPECT_EQ(record.attempts[1].end, "reply");
    EXPECT_GE(record.attempts[1].started_us, record.attempts[0].took_us);
    const auto* const chosen = chosen_of(record.attempts[1]);
    ASSERT_NE(chosen, nullptr);
    EXPECT_EQ(chosen->instance, "order-2");
    const auto& all = record.attempts[1].candidates;
    const auto& spare = chosen == all.data() ? all.at(1) : all.at(0);
    EXPECT_EQ(spare.standing, "tried");
    return;
  }
  FAIL() << "order-1 was never chosen first";
}

TEST_F(Record, HasTheHedgeAndWhoWasGivenUp) {
  start(2);
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(call(nullptr).good());
  }
  all_.crash("order-1", true);
  for (int i = 0; i < 20; ++i) {
    call_record record;
    if (!call(&record).good() || record.attempts.size() < 2) {
      continue;
    }
    EXPECT_EQ(record.attempts[0].instance, "order-1");
    EXPECT_EQ(record.attempts[0].end, "given_up");
    EXPECT_EQ(record.attempts[1].reason, "hedge");
    EXPECT_EQ(record.attempts[1].end, "reply");
    return;
  }
  FAIL() << "no call was hedged";
}

TEST_F(Record, AFailedCallSaysHowEverybodyWas) {
  start(1);
  all_.crash("order-1", true);
  call_record record;
  ASSERT_FALSE(call(&record, 200ms).good());
  EXPECT_EQ(record.end, "deadline_exceeded");
  EXPECT_EQ(record.outcome, "outcome_unknown");
  ASSERT_THAT(record.attempts, SizeIs(1));
  EXPECT_EQ(record.attempts[0].end, "given_up");
  EXPECT_EQ(record.attempts[0].took_us, 200'000);
  EXPECT_FALSE(record.attempts[0].queue_us);
  ASSERT_THAT(record.candidates, SizeIs(1));
  EXPECT_EQ(record.candidates[0].instance, "order-1");
}

TEST_F(Record, WhenNobodyIsThereThereIsNoAttempt) {
  start(1);
  call_record record;
  ASSERT_FALSE(call(&record, 200ms, "stock").good());
  EXPECT_EQ(record.end, "no_instance");
  EXPECT_EQ(record.outcome, "not_sent");
  EXPECT_TRUE(record.attempts.empty());
  EXPECT_EQ(record.took_us, 200'000);
}

TEST_F(Record, FailuresAreLoggedWithItOnceASecond) {
  start(1);
  all_.crash("order-1", true);
  for (int i = 0; i < 3; ++i) {
    ASSERT_FALSE(call(nullptr, 200ms).good());
  }
  const auto said = [this](std::string_view text) {
    return testing::Value(lines(), Contains(HasSubstr(std::string{text})));
  };
  EXPECT_TRUE(
      said("order: test.errand failed after 200.0 ms: deadline_exceeded (outcome_unknown)"));
  EXPECT_TRUE(said("order-1 (first) given_up"));
  EXPECT_FALSE(said("failed calls before it"));
  all_.world.run_for(1s);
  ASSERT_FALSE(call(nullptr, 200ms).good());
  EXPECT_TRUE(said("; 2 failed calls before it"));
}

TEST_F(Record, AFailuresLineHasScoresBreakersAndWhereTheTimeWent) {
  start(2);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(call(nullptr).good());
  }
  fails_ = "all";
  ASSERT_FALSE(call(nullptr).good());
  const auto next_line = all_.world.now() + 1s;
  const auto line_with = [this](std::string_view text) {
    for (const auto& line : lines()) {
      if (line.find(text) != std::string::npos) {
        return line;
      }
    }
    return std::string{};
  };
  const auto line = line_with("test.errand failed after");
  EXPECT_THAT(line, HasSubstr(" (first) handler_failed after "));
  EXPECT_THAT(line, testing::ContainsRegex("\\(repeat\\) handler_failed after [0-9.]+ ms "
                                           "\\(queue 0.0 ms, handler 0.0 ms, wire [0-9.]+ ms\\)"));
  EXPECT_THAT(line, testing::ContainsRegex("candidates: order-[12] tried, score [0-9.]+ ms, "
                                           "a call costs [0-9.]+ ms, 0 outstanding, "
                                           "breaker closed; order-[12] tried, score "));
  for (int i = 0; i < 20; ++i) {
    call(nullptr);
  }
  all_.world.run_for(next_line - all_.world.now());
  call_record record;
  ASSERT_FALSE(call(&record).good());
  EXPECT_EQ(record.end, "breaker_open");
  ASSERT_THAT(record.candidates, SizeIs(2));
  for (const auto& one : record.candidates) {
    EXPECT_EQ(one.standing, "breaker_open");
    EXPECT_EQ(one.breaker, "open");
    EXPECT_GT(one.score_us, 0);
  }
  EXPECT_THAT(line_with("breaker_open (not_sent)"), HasSubstr("breaker open"));
}

TEST_F(Record, WhatTheServiceAnswersIsNoFailureToLog) {
  constexpr method<word, word> find{"test.find", idempotent};
  all_.add("order-1", [&](node& n) {
    n.serve(find, [](const word&) -> word { throw failure{errc::not_found, "no such word"}; });
  });
  all_.add("payment-1");
  ASSERT_TRUE(all_.settle());
  call_record record;
  const auto made = all_.call("payment-1", "order", find, {"a", 1}, {.record = &record});
  EXPECT_EQ(made.why().what(), errc::not_found);
  EXPECT_EQ(record.end, "not_found");
  EXPECT_EQ(record.outcome, "answered");
  EXPECT_EQ(record.attempts.at(0).end, "not_found");
  EXPECT_TRUE(record.attempts.at(0).handler_us);
  EXPECT_FALSE(testing::Value(lines(), Contains(HasSubstr("test.find failed"))));
}

}  // namespace
}  // namespace kith::test
