// SPDX-License-Identifier: MPL-2.0
// What belongs together has one trace: it goes with calls and events, by itself, through
// coroutines, callbacks and blocking work, and the recorders of all nodes have its spans.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <set>

#include "sim/audit.hpp"
#include "sim/tap_rig.hpp"

namespace kith::test {
namespace {

inline constexpr method<word, word> place{"order.place"};
inline constexpr method<word, word> charge{"payment.charge"};
inline constexpr topic<word> placed{"order.placed"};

class Trace : public testing::Test {
 protected:
  using step = std::function<task<void>(node&, word)>;

  /// "order-1" serves `place` by `how`, and "payment-1" `charge`.
  void begin(step how, config settings = {}) {
    how_ = std::move(how);
    all.add(
        "order-1",
        [this](node& n) {
          news_ = n.publishes(placed);
          n.serve(place, [this, &n](word what, call_context& call) {
            worked_ = call.trace();
            return run(n, std::move(what));
          });
        },
        settings);
    all.add("payment-1", [this](node& n) {
      n.serve(charge, [this](const word& what, call_context& call) {
        charged_.push_back(call.trace());
        states_.emplace_back(call.tracestate());
        EXPECT_EQ(current_trace(), call.trace());
        return what;
      });
      heard_.emplace(n.subscribe(placed, [this](const word&, const event_info& about) {
        told_.push_back(*trace_context::from_string(about.traceparent));
        states_.emplace_back(about.tracestate);
        EXPECT_EQ(current_trace().trace, told_.back().trace);
      }));
    });
    all.add("shop-1", {}, settings);
    ASSERT_TRUE(all.settle());
    all.world.run_for(2s);
  }
  task<word> run(node& n, word what) {
    auto work = how_(n, what);
    co_await std::move(work);
    co_return what;
  }
  void order(const call_options& how = {}) {
    ASSERT_TRUE(all.call("shop-1", "order", place, {"book", 1}, how).good());
    all.world.run_for(200ms);
  }
  /// What the recorder of that service has of the trace.
  std::vector<tapped> recorded(const std::string& service) {
    auto& into = views_.emplace_back();
    const auto trace = worked_.trace_text();
    all.on("shop-1", [&into, service, trace](node& n) {
      n.spawn_background(
          watch(n, service, into, {.trace = trace, .all = true, .past = true, .follow = false}));
    });
    all.world.run_until([&] { return into.done(); }, 5s);
    EXPECT_TRUE(into.ended);
    return into.rows;
  }
  /// The spans that began in both services, with those above them.
  std::map<std::string, std::string> parents() {
    std::map<std::string, std::string> all_of_them;
    for (const auto* service : {"order", "payment"}) {
      for (const auto& row : recorded(service)) {
        if (row.kind == "span") {
          all_of_them[trace_context::from_string(row.traceparent)->span_text()] = row.parent;
        }
      }
    }
    return all_of_them;
  }
  void expect_charged_within_the_order() {
    ASSERT_EQ(charged_.size(), 1U);
    EXPECT_FALSE(worked_.is_nil());
    EXPECT_EQ(charged_[0].trace, worked_.trace);
    auto above = parents();
    // charged: the work; its parent: the call; that one's parent: the work on the order.
    EXPECT_EQ(above[above[charged_[0].span_text()]], worked_.span_text());
  }
  void TearDown() override { expect_balance(all); }

  trace_context worked_;
  std::vector<trace_context> charged_;
  std::vector<trace_context> told_;
  std::vector<std::string> states_;  ///< of what was charged and heard
  std::optional<publisher<word>> news_;

 private:
  step how_;
  std::optional<subscription> heard_;
  std::deque<view> views_;

 protected:
  cluster all{4};
};

task<void> charge_it(node& n, word what) {
  co_await n.sleep(10ms);
  auto asked = n.service("payment").call(charge, what);
  co_await asked;
}

TEST_F(Trace, GoesOnAfterAHandlerHasWaited) {
  begin(charge_it);
  order();
  expect_charged_within_the_order();
  EXPECT_TRUE(current_trace().is_nil());
}

task<void> charge_by_callback(node& n, word what) {
  n.service("nobody").call(echo, what, {.deadline = 50ms}, [&n, what](const result<word>&) {
    n.service("payment").call(charge, what, {}, [](const result<word>&) {});
  });
  co_await n.sleep(100ms);
}

TEST_F(Trace, GoesOnInTheCallbackOfACall) {
  begin(charge_by_callback);
  order();
  expect_charged_within_the_order();
}

TEST_F(Trace, GoesOnInWhatAHandlerSpawns) {
  begin([](node& n, word what) -> task<void> {
    n.spawn(charge_it(n, std::move(what)));
    co_return;
  });
  order();
  expect_charged_within_the_order();
}

TEST_F(Trace, IsThereInBlockingWork) {
  trace_context seen;
  begin([&seen](node& n, word) -> task<void> {
    auto work = n.blocking([&seen] { seen = current_trace(); });
    co_await work;
  });
  order();
  EXPECT_EQ(seen, worked_);
}

TEST_F(Trace, GoesWithEvents) {
  begin([this](node&, word what) -> task<void> {
    static_cast<void>(news_->publish(what));
    co_return;
  });
  order();
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_EQ(told_[0].trace, worked_.trace);
  EXPECT_EQ(parents()[told_[0].span_text()], worked_.span_text());
}

TEST_F(Trace, OfOneCallIsNotThatOfTheNext) {
  begin(charge_it);
  order();
  const auto first = worked_.trace;
  order();
  EXPECT_NE(worked_.trace, first);
  ASSERT_EQ(charged_.size(), 2U);
  EXPECT_EQ(charged_[1].trace, worked_.trace);
}

TEST_F(Trace, OfCallsAtOnceAreKeptApart) {
  std::map<std::string, std::string> of;
  begin([&of](node& n, word what) -> task<void> {
    const auto mine = current_trace();
    for (int i = 0; i < 5; ++i) {
      co_await n.sleep(std::chrono::milliseconds{1 + what.number % 3});
      EXPECT_EQ(current_trace(), mine);
    }
    of[what.text] = mine.trace_text();
  });
  for (int i = 0; i < 20; ++i) {
    all.begin("shop-1", "order", place, {std::to_string(i), i});
  }
  all.world.run_for(1s);
  ASSERT_EQ(of.size(), 20U);
  std::set<std::string> distinct;
  for (const auto& [text, trace] : of) {
    distinct.insert(trace);
  }
  EXPECT_EQ(distinct.size(), 20U);
}

TEST_F(Trace, HasItsTracestateWithIt) {
  begin([this](node& n, word what) -> task<void> {
    static_cast<void>(news_->publish(what));
    auto charging = charge_it(n, std::move(what));
    co_await std::move(charging);
  });
  constexpr auto sampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  constexpr auto unsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b8-00";
  order({.traceparent = sampled, .tracestate = "rojo=1,congo=2"});
  order({.traceparent = unsampled, .tracestate = " b=2 ,a=1"});
  order({.traceparent = sampled, .tracestate = "no state at all"});
  order({.tracestate = "alone=1"});
  EXPECT_THAT(states_, testing::ElementsAre("rojo=1,congo=2", "rojo=1,congo=2", "b=2,a=1",
                                            "b=2,a=1", "", "", "", ""));
}

TEST_F(Trace, IsSampledByItsShareAndByNobodyElseAnew) {
  config settings;
  settings.trace_ratio = 0;
  begin(charge_it, settings);
  order();
  ASSERT_EQ(charged_.size(), 1U);
  EXPECT_FALSE(worked_.is_nil());
  EXPECT_FALSE(worked_.sampled);
  EXPECT_EQ(charged_[0], worked_) << "who follows begins none of its own";
}

TEST_F(Trace, DoesNotBeginWhereNoneMay) {
  config settings;
  settings.trace_per_second = 0;
  begin(charge_it, settings);
  order();
  EXPECT_TRUE(worked_.is_nil());
  ASSERT_EQ(charged_.size(), 1U);
  EXPECT_TRUE(charged_[0].is_nil());
}

}  // namespace
}  // namespace kith::test
