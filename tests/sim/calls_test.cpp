// SPDX-License-Identifier: MPL-2.0
// Every call ends by its deadline with exactly one outcome, which says whether the work may have
// happened.

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "sim/audit.hpp"
#include "support/cluster.hpp"
#include "support/seeds.hpp"

namespace kith::test {
namespace {

constexpr duration turn = 1ms;

/// A server of everything that can go well or wrong.
struct variety {
  int began = 0;
  int ended = 0;
  std::vector<errc> interrupted;
  bool saw_cancelled = false;

  cluster::setup on(const method<word, word>& extra = echo) {
    return [this, extra](node& n) {
      n.serve(extra, [this](const word& what) {
        ++began;
        ++ended;
        return what;
      });
      n.serve(slow, [this, &n](word what, call_context& call) { return wait(n, what, call); });
      n.serve(fails, [](const word& what) -> word { return fail_with(what.number); });
    };
  }

  static constexpr method<word, word> slow{"test.slow"};
  static constexpr method<word, word> fails{"test.fails"};

 private:
  task<word> wait(node& n, word what, call_context& call) {
    ++began;
    try {
      co_await n.sleep(std::chrono::milliseconds{what.number});
    } catch (const failure& why) {
      interrupted.push_back(why.what_code());
      saw_cancelled = call.cancelled();
      throw;
    }
    ++ended;
    co_return what;
  }
  static word fail_with(std::int64_t how) {
    switch (how) {
      case 1: throw not_found{"order 42 does not exist"};
      case 2: throw invalid_argument{"lines[3].quantity", "at least 1"};
      case 3: throw std::runtime_error{"disk on fire"};
      case 4: throw 7;
      case 5: throw std::runtime_error{"\xff\xfe\x80 no text"};
      case 6: throw failure{errc::failed_precondition, "caf\xc3", "\xc3"};
      case 7: throw std::runtime_error{std::string(100'000, 'x') + "\xc3\xa9"};
      case 8: throw later();
      default: return {};
    }
  }
  static failure later() {
    error why{errc::database_busy, "locked"};
    why.retry_after = 1500us;
    return failure{std::move(why)};
  }
};

TEST(Calls, EndAtTheirDeadlineWhileTheHandlerIsAtWork) {
  variety there;
  cluster all{1};
  all.add("order-1", there.on());
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  const auto got = all.call("payment-1", "order", variety::slow, {"", 60'000}, {.deadline = 300ms});
  ASSERT_FALSE(got.good());
  EXPECT_EQ(got.why().what(), errc::deadline_exceeded);
  EXPECT_EQ(got.why().outcome, outcome::outcome_unknown);
  EXPECT_LE(got.took(), 300ms + turn);
  EXPECT_GE(got.took(), 300ms - turn);
  all.world.run_for(100ms);
  EXPECT_EQ(got.times, 1);
  EXPECT_EQ(there.interrupted, std::vector{errc::cancelled});
  EXPECT_TRUE(there.saw_cancelled);
  EXPECT_EQ(there.ended, 0);
  expect_balance(all);
}

TEST(Calls, UseTheDefaultDeadlineOfTheNode) {
  variety there;
  cluster all{1};
  all.add("order-1", there.on());
  config patient;
  patient.default_deadline = 2500ms;
  all.add("payment-1", {}, patient);
  all.add("payment-2");
  ASSERT_TRUE(all.settle());
  EXPECT_EQ(all.call("payment-1", "order", variety::slow, {"", 60'000}).took(), 2500ms);
  EXPECT_EQ(all.call("payment-2", "order", variety::slow, {"", 60'000}).took(), 1s);
  expect_balance(all);
}

TEST(Calls, ThatAreGivenUpCancelTheHandler) {
  variety there;
  cluster all{1};
  all.add("order-1", there.on());
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  std::vector<errc> ended;
  struct caller {
    static task<void> run(node& n, std::vector<errc>& into) {
      try {
        auto orders = n.service("order");
        co_await orders.call(variety::slow, {"", 60'000}, {.deadline = 10s});
      } catch (const failure& why) {
        into.push_back(why.what_code());
        EXPECT_EQ(why.outcome(), outcome::outcome_unknown);
      }
    }
  };
  all.on("payment-1", [&](node& n) { n.spawn_background(caller::run(n, ended)); });
  all.world.run_for(50ms);
  EXPECT_EQ(there.began, 1);
  all.on("payment-1", [](node& n) { n.stop(); });  // ends background work
  all.world.run_for(50ms);
  EXPECT_EQ(ended, std::vector{errc::cancelled});
  EXPECT_EQ(there.interrupted, std::vector{errc::cancelled});
  expect_balance(all);
}

TEST(Calls, OfACallerThatIsGoneCancelTheHandler) {
  for (const bool silent : {false, true}) {
    variety there;
    cluster all{1};
    all.add("order-1", there.on());
    all.add("payment-1");
    ASSERT_TRUE(all.settle());
    all.begin("payment-1", "order", variety::slow, {"", 60'000}, {.deadline = 60s});
    all.world.run_for(50ms);
    EXPECT_EQ(there.began, 1);
    all.crash("payment-1", silent);
    all.world.run_for(7s);  // a session is forgotten after twenty heartbeats of silence
    EXPECT_EQ(there.interrupted, std::vector{errc::cancelled});
    expect_balance(all);
  }
}

TEST(Calls, WaitForAnInstanceToAppear) {
  variety there;
  cluster all{1};
  all.add("payment-1");
  all.world.run_for(3s);
  auto got = all.begin("payment-1", "order", echo, {"early", 1}, {.deadline = 2s});
  all.world.run_for(500ms);
  EXPECT_FALSE(got->done());
  all.add("order-1", there.on());
  all.world.run_for(1s);
  ASSERT_TRUE(got->done());
  EXPECT_TRUE(got->good()) << got->why().to_string();
  expect_balance(all);
}

TEST(Calls, WithoutAnInstanceSayNoInstanceAtTheDeadline) {
  cluster all{1};
  all.add("payment-1");
  const auto got = all.call("payment-1", "order", echo, {"", 1}, {.deadline = 200ms});
  EXPECT_EQ(got.took(), 200ms);
  EXPECT_EQ(got.why().what(), errc::no_instance);
  EXPECT_EQ(got.why().outcome, outcome::not_sent);
  EXPECT_TRUE(got.why().code == condition::disconnected);
  expect_balance(all);
}

TEST(Calls, OfAnUnknownMethodSaySo) {
  variety there;
  cluster all{1};
  all.add("order-1", there.on());
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  constexpr method<word, word> nowhere{"test.nowhere"};
  const auto got = all.call("payment-1", "order", nowhere, {"", 1});
  EXPECT_EQ(got.why().what(), errc::unknown_method);
  EXPECT_EQ(got.why().outcome, outcome::not_sent);
  EXPECT_LT(got.took(), 10ms);
  EXPECT_NE(got.why().message.find("test.nowhere"), std::string::npos);
  expect_balance(all);
}

struct coloured_word {
  std::string text;
  std::int64_t number = 0;
  std::int64_t colour = 0;
};
KITH_DESCRIBE(coloured_word, text, number, colour)

TEST(Calls, WithAnotherContractAreRefusedAndTheLinkStays) {
  variety there;
  cluster all{1};
  all.add("order-1", there.on());
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  constexpr method<coloured_word, word> changed{"test.echo"};
  const auto got = all.call("payment-1", "order", changed, {"", 1, 2});
  EXPECT_EQ(got.why().what(), errc::contract_mismatch);
  EXPECT_EQ(got.why().outcome, outcome::not_sent);
  EXPECT_EQ(there.began, 0);
  EXPECT_TRUE(all.call("payment-1", "order", echo, {"", 1}).good());
  expect_balance(all);
}

TEST(Calls, WithABadPayloadNameTheField) {
  variety there;
  cluster all{1};
  all.add("order-1", there.on());
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  std::vector<error> wrong;
  struct caller {
    static task<void> run(node& n, std::string method, std::string body, std::vector<error>& into) {
      auto orders = n.service("order");
      try {
        co_await orders.call_raw(std::move(method), std::move(body));
      } catch (const failure& why) {
        into.push_back(why.reason());
      }
    }
  };
  for (const char* const method : {"test.echo", "test.slow"}) {
    const auto body = json_to_msgpack(R"({"text":"x","number":"seven"})").value();
    all.on("payment-1", [&](node& n) { n.spawn(caller::run(n, method, body, wrong)); });
    all.on("payment-1", [&](node& n) { n.spawn(caller::run(n, method, "\xc1", wrong)); });
  }
  all.world.run_for(50ms);
  ASSERT_EQ(wrong.size(), 4U);
  for (const auto& why : wrong) {
    EXPECT_EQ(why.what(), errc::bad_payload);
    EXPECT_EQ(why.outcome, outcome::answered);
  }
  EXPECT_EQ(wrong[0].where, "number");
  EXPECT_EQ(there.began, 0);
  EXPECT_TRUE(all.complete());
  expect_balance(all);
}

TEST(Calls, ByNamesThatNobodyServesLeaveNothingBehind) {
  variety there;
  cluster all{1};
  all.add("order-1", there.on());
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  int refused = 0;
  struct caller {
    static task<void> run(node& n, std::string method, int& refused) {
      try {
        auto asking = n.service("order").call_raw(std::move(method), {});
        co_await asking;
      } catch (const failure& why) {
        refused += why.what_code() == errc::unknown_method ? 1 : 0;
      }
    }
  };
  all.on("payment-1", [&](node& n) {
    for (int i = 0; i < 50; ++i) {
      n.spawn(caller::run(n, "test.no-" + std::to_string(i), refused));
    }
  });
  EXPECT_TRUE(all.call("payment-1", "order", echo, {"", 1}).good());
  all.world.run_for(50ms);
  EXPECT_EQ(refused, 50);
  const auto left = all.at("payment-1").status().breakers;
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].method, "test.echo");
  expect_balance(all);
}

TEST(Calls, BringTheHandlersOwnError) {
  variety there;
  cluster all{1};
  all.add("order-1", there.on());
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  const auto ask = [&](std::int64_t how) {
    return all.call("payment-1", "order", variety::fails, {"", how}).why();
  };
  const auto missing = ask(1);
  EXPECT_EQ(missing.what(), errc::not_found);
  EXPECT_EQ(missing.outcome, outcome::answered);
  EXPECT_EQ(missing.message, "order 42 does not exist");
  const auto invalid = ask(2);
  EXPECT_EQ(invalid.what(), errc::invalid_argument);
  EXPECT_EQ(invalid.where, "lines[3].quantity");
  EXPECT_EQ(ask(3).what(), errc::handler_failed);
  EXPECT_EQ(ask(3).message, "disk on fire");
  EXPECT_EQ(ask(4).what(), errc::handler_failed);
  EXPECT_EQ(ask(4).retry_after, 0ms);
  EXPECT_EQ(ask(8).what(), errc::database_busy);
  EXPECT_EQ(ask(8).retry_after, 2ms);
  expect_balance(all);
}

TEST(Calls, WhoseHandlerThrowsWhatIsNoTextCostNoLink) {
  variety there;
  cluster all{1};
  all.add("order-1", there.on());
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  const auto warnings = all.log.count(log_level::warning);
  for (const std::int64_t how : {5, 6, 7}) {
    const auto got = all.call("payment-1", "order", variety::fails, {"", how});
    ASSERT_FALSE(got.good());
    EXPECT_EQ(got.why().outcome, outcome::answered);
    EXPECT_NE(got.why().what(), errc::peer_lost);
    EXPECT_LE(got.why().message.size(), 4096U);
  }
  EXPECT_TRUE(all.complete());
  EXPECT_EQ(all.log.count(log_level::warning), warnings + 1) << all.log_tail();  // of the call
  expect_balance(all);
}

TEST(Calls, CarryLargeBodiesUpToTheLimit) {
  variety there;
  cluster all{1};
  all.add("order-1", there.on());
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  for (const std::size_t size :
       {std::size_t{1000}, std::size_t{32 * 1024 - 30}, std::size_t{32 * 1024 + 30},
        std::size_t{100 * 1024}, std::size_t{4 * 1024 * 1024 - 100}}) {
    const word large{std::string(size, 'x'), 7};
    const auto got = all.call("payment-1", "order", echo, large);
    ASSERT_TRUE(got.good()) << size << ": " << got.why().to_string();
    EXPECT_EQ((*got.value)->text.size(), size);
  }
  const word huge{std::string(std::size_t{4} * 1024 * 1024, 'x'), 7};
  const auto refused = all.call("payment-1", "order", echo, huge);
  EXPECT_EQ(refused.why().what(), errc::too_large);
  EXPECT_EQ(refused.why().outcome, outcome::not_sent);
  EXPECT_TRUE(all.complete());
  expect_balance(all);
}

TEST(Calls, WhoseReplyIsTooLargeAreAnsweredWithThat) {
  cluster all{1};
  all.add("order-1", [](node& n) {
    n.serve(echo, [](const word& what) {
      return word{std::string(static_cast<std::size_t>(what.number), 'x'), 0};
    });
  });
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  const auto got = all.call("payment-1", "order", echo, {"", 5'000'000});
  EXPECT_EQ(got.why().what(), errc::too_large);
  EXPECT_EQ(got.why().outcome, outcome::answered);
  EXPECT_TRUE(all.call("payment-1", "order", echo, {"", 10}).good());
  expect_balance(all);
}

TEST(Calls, ToADrainingNodeAreNotSentAndTheRunningOnesFinish) {
  variety there;
  cluster all{1};
  all.world.net().latency_min = all.world.net().latency_max = 5ms;
  all.add("order-1", there.on());
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  auto running = all.begin("payment-1", "order", variety::slow, {"", 700});
  all.world.run_for(100ms);
  all.on("order-1", [](node& n) { n.stop(); });
  // Before it hears the goodbye; there could be another instance until the deadline.
  auto late = all.begin("payment-1", "order", echo, {"", 1}, {.deadline = 100ms});
  all.world.run_for(101ms);
  ASSERT_TRUE(late->done());
  EXPECT_EQ(late->why().what(), errc::shutting_down) << late->why().to_string();
  EXPECT_EQ(late->why().outcome, outcome::not_sent);
  EXPECT_FALSE(all.at("order-1").stopped());
  all.world.run_for(700ms);
  ASSERT_TRUE(running->done());
  EXPECT_TRUE(running->good()) << running->why().to_string();
  EXPECT_TRUE(all.at("order-1").stopped());
  EXPECT_EQ(there.began, 1);
  expect_balance(all);
}

TEST(Calls, ThatOutliveTheDrainEndWithTheLink) {
  variety there;
  cluster all{1};
  config hasty;
  hasty.drain = 200ms;
  all.add("order-1", there.on(), hasty);
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  auto running = all.begin("payment-1", "order", variety::slow, {"", 5000}, {.deadline = 10s});
  all.world.run_for(50ms);
  all.on("order-1", [](node& n) { n.stop(); });
  all.world.run_for(1s);
  EXPECT_TRUE(all.at("order-1").stopped());
  ASSERT_TRUE(running->done());
  EXPECT_EQ(running->times, 1);
  EXPECT_EQ(running->why().outcome, outcome::outcome_unknown);
  EXPECT_EQ(there.interrupted, std::vector{errc::cancelled});
  expect_balance(all);
}

TEST(Calls, OverAStalledLinkAreRefusedWhenTheBudgetIsSpent) {
  variety there;
  transport::socket_limits limits;
  limits.link_budget_bytes = 256 * 1024;
  cluster all{1, limits};
  all.world.net().stall_timeout = duration{};
  config small;
  small.message_bytes = 128 * 1024;
  small.link_budget_bytes = 256 * 1024;
  small.heartbeat = 60s;  // the stall shall not be noticed
  all.add("order-1", there.on(), small);
  all.add("payment-1", {}, small);
  ASSERT_TRUE(all.settle());
  all.world.partition({"order-1"}, {"payment-1"});
  std::vector<std::shared_ptr<outcome_of<word>>> calls;
  const word load{std::string(10'000, 'x'), 0};
  for (int i = 0; i < 200; ++i) {  // 2 MB
    calls.push_back(all.begin("payment-1", "order", echo, load, {.deadline = 2s}));
    all.world.run_for(1ms);
  }
  int refused = 0;
  for (const auto& call : calls) {
    if (call->done()) {
      ++refused;
      EXPECT_EQ(call->why().what(), errc::queue_full);
      EXPECT_EQ(call->why().outcome, outcome::not_sent);
      EXPECT_TRUE(call->why().code == condition::overloaded);
    }
  }
  EXPECT_EQ(refused, 200 - 32);  // so many fit into the budget and a quarter of it
  all.world.run_for(3s);
  for (const auto& call : calls) {
    EXPECT_EQ(call->times, 1);
  }
  all.world.heal();
  all.world.run_for(1s);
  EXPECT_TRUE(all.call("payment-1", "order", echo, load).good());
  expect_balance(all);
}

TEST(Calls, WithoutAnInstanceTakeABoundedMemory) {
  cluster all{1};
  all.add("payment-1");
  const word large{std::string(3'000'000, 'x'), 0};
  std::vector<std::shared_ptr<outcome_of<word>>> calls;
  for (int i = 0; i < 100; ++i) {
    calls.push_back(all.begin("payment-1", "order", echo, large, {.deadline = 2s}));
  }
  all.world.run_for(1ms);
  const auto refused = std::count_if(calls.begin(), calls.end(), [](const auto& call) {
    return call->done() && call->why().what() == errc::queue_full &&
           call->why().outcome == outcome::not_sent;
  });
  EXPECT_EQ(refused, 100 - 256 * 1024 * 1024 / 3'000'000);
  all.add("order-1", serve_echo);
  all.world.run_for(3s);
  EXPECT_TRUE(all.call("payment-1", "order", echo, large).good()) << "they hold nothing any more";
  expect_balance(all);
}

TEST(Calls, ReachAnInstanceWithoutAShareWhenItIsAskedFor) {
  cluster all{1};
  config without_load;
  without_load.weight = 0;
  all.add("order-1", serve_echo, without_load);
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  const auto id = all.at("order-1").description().id;
  EXPECT_TRUE(all.call("payment-1", "order", echo, {"", 1}, {.instance = id}).good());
  EXPECT_FALSE(all.call("payment-1", "order", echo, {"", 1}).good());
  expect_balance(all);
}

TEST(Calls, AreNotRefusedByTheBreakerOfAnInstanceWithoutAShare) {
  cluster all{1};
  config without_load;
  without_load.weight = 0;
  all.add(
      "order-1",
      [](node& n) { n.serve(echo, [](const word&) -> word { throw std::runtime_error{"no"}; }); },
      without_load);
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  const auto id = all.at("order-1").description().id;
  for (int i = 0; i < 20; ++i) {
    all.call("payment-1", "order", echo, {"", i}, {.instance = id});
  }
  EXPECT_EQ(all.at("payment-1").status().breakers.at(0).state, "open");
  const auto waits = all.begin("payment-1", "order", echo, {"", 1});
  all.world.run_for(200ms);
  EXPECT_FALSE(waits->done());
  all.add("order-2", serve_echo);
  ASSERT_TRUE(all.world.run_until([&] { return waits->done(); }, 5s));
  EXPECT_TRUE(waits->good()) << waits->why().to_string();
  expect_balance(all);
}

TEST(Calls, GoToTheInstanceThatIsAskedFor) {
  cluster all{1};
  std::map<std::string, int> ran;
  for (const char* const name : {"order-1", "order-2", "order-3"}) {
    all.add(name, [&ran, name](node& n) {
      n.serve(echo, [&ran, name](const word& what) {
        ++ran[name];
        return what;
      });
    });
  }
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  const auto second = all.at("order-2").description().id;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(all.call("payment-1", "order", echo, {"", i}, {.instance = second}).good());
  }
  EXPECT_EQ(ran, (std::map<std::string, int>{{"order-2", 10}}));
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(all.call("payment-1", "order", echo, {"", i}).good());
  }
  EXPECT_GT(ran["order-1"], 50);
  EXPECT_GT(ran["order-3"], 50);
  expect_balance(all);
}

TEST(Calls, TellTheHandlerWhoAsksAndByWhen) {
  cluster all{1};
  all.add("order-1", [](node& n) {
    n.serve(echo, [&n](const word&, call_context& call) {
      EXPECT_EQ(call.idempotency_key(), "key-1");
      const auto below = trace_context::from_string(call.traceparent());
      EXPECT_TRUE(below);
      EXPECT_EQ(below->trace_text(), "4bf92f3577b34da6a3ce929d0e0e4736");
      EXPECT_NE(below->span_text(), "00f067aa0ba902b7");
      EXPECT_FALSE(call.cancelled());
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(call.deadline() - n.now());
      return word{call.caller().instance, left.count()};
    });
  });
  all.add("payment-1");
  ASSERT_TRUE(all.settle());
  const auto got =
      all.call("payment-1", "order", echo, {"", 0},
               {.deadline = 400ms,
                .idempotency_key = "key-1",
                .traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"});
  ASSERT_TRUE(got.good()) << got.why().to_string();
  EXPECT_EQ(**got.value, (word{"payment-1", 400}));
  expect_balance(all);
}

TEST(Calls, OfANodeThatStopsEnd) {
  variety there;
  cluster all{1};
  config hasty;
  hasty.drain = 100ms;
  all.add("order-1", there.on());
  all.add("payment-1", {}, hasty);
  ASSERT_TRUE(all.settle());
  auto running = all.begin("payment-1", "order", variety::slow, {"", 5000}, {.deadline = 10s});
  auto waiting = all.begin("payment-1", "nobody", echo, {"", 1}, {.deadline = 10s});
  all.world.run_for(50ms);
  all.on("payment-1", [](node& n) { n.stop(); });
  all.world.run_for(1s);
  ASSERT_TRUE(running->done());
  ASSERT_TRUE(waiting->done());
  EXPECT_EQ(running->why().what(), errc::shutting_down);
  EXPECT_EQ(running->why().outcome, outcome::outcome_unknown);
  EXPECT_EQ(waiting->why().outcome, outcome::not_sent);
  auto after = all.begin("payment-1", "order", echo, {"", 1});
  all.world.run_for(10ms);
  ASSERT_TRUE(after->done());
  EXPECT_EQ(after->why().what(), errc::shutting_down);
  expect_balance(all);
}

}  // namespace
}  // namespace kith::test
