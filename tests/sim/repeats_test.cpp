// SPDX-License-Identifier: MPL-2.0
// Calls that name their work by a key: at one server it is done once, as long as that is known.

#include <gtest/gtest.h>

#include <set>

#include "sim/audit.hpp"
#include "support/cluster.hpp"

namespace kith::test {
namespace {

constexpr method<word, word> charge{"test.charge"};

task<word> charge_slowly(node& n, duration takes, word what) {
  co_await n.sleep(takes);
  co_return what;
}

class Repeats : public testing::Test {
 protected:
  /// One payment, which counts what its handler is called for; `plain`: it answers at once.
  void start(bool plain = false, config settings = {}) {
    const auto prepare = [this, plain](node& n) {
      if (plain) {
        n.serve(charge, [this](const word& what) { return answer(what); });
      } else {
        n.serve(charge, [this, &n](word what, call_context&) {
          return charge_slowly(n, takes_, answer(what));
        });
      }
    };
    all_.add("payment-1", prepare, std::move(settings));
    for (const auto* const name : {"order-1", "order-2", "stock-1"}) {
      all_.add(name);
    }
    ASSERT_TRUE(all_.settle());
  }
  word answer(const word& what) {
    ++charged_;
    if (fails_) {
      throw failure{errc::failed_precondition, "no money"};
    }
    return {what.text, charged_};
  }
  std::shared_ptr<outcome_of<word>> begin(std::string_view from, std::string_view key,
                                          duration deadline = 1s, const word& what = {"a", 1}) {
    return all_.begin(from, "payment", charge, what,
                      {.deadline = deadline, .idempotency_key = key});
  }
  std::shared_ptr<outcome_of<word>> call(std::string_view from, std::string_view key,
                                         const word& what = {"a", 1}) {
    auto made = begin(from, key, 1s, what);
    all_.world.run_until([&] { return made->done(); }, 5s);
    return made;
  }
  void expect_one_charge_for_one_key() {
    const auto first = call("order-1", "k");
    const auto again = call("order-1", "k");
    const auto other = call("order-1", "l");
    ASSERT_TRUE(first->good() && again->good() && other->good());
    EXPECT_EQ(**first->value, **again->value);
    EXPECT_EQ((*other->value)->number, 2);
    EXPECT_EQ(charged_, 2);
  }
  std::uint64_t kept_replies() {
    for (const auto& one : all_.at("payment-1").status().queues) {
      if (one.name == "kept_replies") {
        return one.depth;
      }
    }
    return ~std::uint64_t{};
  }
  void TearDown() override { expect_balance(all_); }

  cluster all_{7};
  int charged_ = 0;
  bool fails_ = false;
  duration takes_ = 100ms;
};

TEST_F(Repeats, WhatIsDoneIsAnsweredAgainAndNotDoneAgain) {
  start();
  expect_one_charge_for_one_key();
}

TEST_F(Repeats, ThatHoldsForHandlersThatAnswerAtOnce) {
  start(true);
  expect_one_charge_for_one_key();
}

TEST_F(Repeats, WhatIsAtWorkIsWaitedFor) {
  start();
  const auto first = begin("order-1", "k");
  all_.world.run_for(20ms);
  const auto second = begin("order-2", "k");
  const auto third = begin("order-1", "k");
  all_.world.run_for(500ms);
  ASSERT_TRUE(first->good() && second->good() && third->good());
  EXPECT_EQ(**first->value, **second->value);
  EXPECT_EQ(**first->value, **third->value);
  EXPECT_EQ(charged_, 1);
}

TEST_F(Repeats, WhatWaitsForItsTurnIsNotDoneTwice) {
  config settings;
  settings.max_calls = 1;
  start(false, settings);
  const auto other = begin("stock-1", "other");
  all_.world.run_for(10ms);
  const auto first = begin("order-1", "k");
  const auto second = begin("order-2", "k");
  all_.world.run_for(900ms);
  ASSERT_TRUE(other->good() && first->good() && second->good());
  EXPECT_EQ(**first->value, **second->value);
  EXPECT_EQ(charged_, 2);
}

TEST_F(Repeats, WhenTheFirstIsInterruptedTheNextOneBegins) {
  start();
  const auto first = begin("order-1", "k", 50ms);
  const auto second = begin("order-2", "k");
  const auto third = begin("order-2", "k");
  all_.world.run_for(80ms);
  ASSERT_TRUE(first->done());
  EXPECT_EQ(first->why().outcome, outcome::outcome_unknown);
  all_.world.run_for(500ms);
  ASSERT_TRUE(second->good() && third->good());
  EXPECT_EQ((*second->value)->number, 2);
  EXPECT_EQ((*third->value)->number, 2);
}

TEST_F(Repeats, WhoGivesUpWaitingLeavesTheOthersAlone) {
  start();
  const auto first = begin("order-1", "k");
  const auto second = begin("order-2", "k", 50ms);
  all_.crash("stock-1");
  all_.world.run_for(500ms);
  EXPECT_TRUE(first->good());
  ASSERT_TRUE(second->done());
  EXPECT_EQ(second->why().what(), errc::deadline_exceeded);
  EXPECT_EQ(charged_, 1);
}

TEST_F(Repeats, ACallerThatDiesWaitingIsForgotten) {
  start();
  const auto first = begin("order-1", "k");
  static_cast<void>(begin("order-2", "k"));
  all_.world.run_for(20ms);
  all_.crash("order-2");
  all_.world.run_for(2s);
  EXPECT_TRUE(first->good());
  EXPECT_EQ(charged_, 1);
}

TEST_F(Repeats, AReplyGoesAfterAMinuteThoughNobodyCallsAnyMore) {
  start();
  EXPECT_EQ(kept_replies(), 0U);
  ASSERT_TRUE(call("order-1", "k")->good());
  all_.world.run_for(59s);
  EXPECT_EQ(kept_replies(), 1U);
  all_.world.run_for(3s);
  EXPECT_EQ(kept_replies(), 0U);
}

TEST_F(Repeats, OfAReservedMethodNothingIsKept) {
  start();
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(
        all_.call("order-1", "payment", describe_node, {}, {.idempotency_key = "k"}).good());
    EXPECT_EQ(kept_replies(), 0U);
  }
  all_.world.run_for(62s);
}

TEST_F(Repeats, AnErrorIsNotKept) {
  start();
  fails_ = true;
  EXPECT_EQ(call("order-1", "k")->why().what(), errc::failed_precondition);
  fails_ = false;
  EXPECT_TRUE(call("order-1", "k")->good());
  EXPECT_EQ(charged_, 2);
}

TEST_F(Repeats, AKeyBelongsToOneRequest) {
  start();
  ASSERT_TRUE(call("order-1", "k")->good());
  const auto other = call("order-1", "k", {"b", 1});
  ASSERT_FALSE(other->good());
  EXPECT_EQ(other->why().what(), errc::invalid_argument);
  EXPECT_EQ(other->why().where, "idempotency_key");
  EXPECT_EQ(charged_, 1);
}

TEST_F(Repeats, AServiceHasItsOwnKeys) {
  start();
  ASSERT_TRUE(call("order-1", "k")->good());
  ASSERT_TRUE(call("stock-1", "k")->good());
  ASSERT_TRUE(call("order-2", "k")->good());
  EXPECT_EQ(charged_, 2);
}

TEST_F(Repeats, WhoLeavesHandsBackWhatFollows) {
  start();
  takes_ = 10s;
  const auto first = begin("order-1", "k", 300ms);
  const auto second = begin("order-2", "k", 5s);
  all_.world.run_for(100ms);
  all_.on("payment-1", [](node& n) { n.stop(); });
  all_.world.run_for(6s);
  all_.stop("payment-1");
  ASSERT_TRUE(first->done() && second->done());
  EXPECT_EQ(second->why().outcome, outcome::not_sent);
  EXPECT_EQ(charged_, 1);
}

TEST(RepeatedCall, NamesItselfByAKeyAtItsSecondInstance) {
  constexpr method<word, word> look_up{"test.look_up", idempotent};
  std::vector<std::string> began;
  std::vector<std::string> keys;
  cluster all{7};
  for (const std::string name : {"shelf-1", "shelf-2"}) {
    all.add(name, [&, name](node& n) {
      n.serve(look_up, [&, name](word what, call_context& call) {
        began.push_back(name);
        keys.emplace_back(call.idempotency_key());
        return charge_slowly(n, began.size() == 1 ? 10s : 1ms, std::move(what));
      });
    });
  }
  all.add("order-1");
  ASSERT_TRUE(all.settle());
  const auto got = all.begin("order-1", "shelf", look_up, {"a", 1}, {.deadline = 5s});
  ASSERT_TRUE(all.world.run_until([&] { return began.size() == 1; }, 1s));
  all.crash(began.front());
  ASSERT_TRUE(all.world.run_until([&] { return got->done(); }, 5s));
  ASSERT_TRUE(got->good()) << got->why().to_string();
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_NE(began[0], began[1]);
  EXPECT_EQ(keys[0], "") << "nobody has repeated it yet";
  EXPECT_EQ(keys[1].find(all.at("order-1").description().id.to_string() + "-"), 0U) << keys[1];
  expect_balance(all);
}

/// Shelves, and a customer who knows how long they take.
class HedgedCall : public testing::Test {
 protected:
  static constexpr method<word, word> look_up{"test.look_up", idempotent};

  void start(int shelves, const config& caller = {}) {
    for (int i = 1; i <= shelves; ++i) {
      const auto name = "shelf-" + std::to_string(i);
      all_.add(name, [this, name](node& n) {
        n.serve(look_up, [this, &n, name](word what, call_context& call) {
          began_.push_back(name);
          keys_.emplace_back(call.idempotency_key());
          return charge_slowly(n, began_.size() <= hang_ ? 10s : 10ms, std::move(what));
        });
      });
    }
    all_.add("order-1", {}, caller);
    ASSERT_TRUE(all_.settle());
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(all_.call("order-1", "shelf", look_up, {"a", 1}).good());
    }
    began_.clear();
    keys_.clear();
  }
  std::shared_ptr<outcome_of<word>> look(std::string_view key) {
    return all_.begin("order-1", "shelf", look_up, {"a", 1},
                      {.deadline = 5s, .idempotency_key = key});
  }
  void expect_good(const outcome_of<word>& got) {
    ASSERT_TRUE(all_.world.run_until([&] { return got.done(); }, 6s));
    EXPECT_TRUE(got.good()) << got.why().to_string();
  }
  std::string own_prefix() { return all_.at("order-1").description().id.to_string() + "-"; }
  void TearDown() override { expect_balance(all_); }

  cluster all_{7};
  std::size_t hang_ = 0;  ///< so many of the first to begin
  std::vector<std::string> began_;
  std::vector<std::string> keys_;
};

TEST_F(HedgedCall, HasTheKeyOfItsCallerAtBothInstances) {
  start(2);
  hang_ = 1;
  expect_good(*look("k"));
  ASSERT_EQ(began_.size(), 2U);
  EXPECT_NE(began_[0], began_[1]);
  EXPECT_EQ(keys_, (std::vector<std::string>{"k", "k"}));
}

TEST_F(HedgedCall, HasThreeAttemptsAtMostItsHedgeIncluded) {
  start(4);
  hang_ = 3;
  const auto got = look("");
  for (std::size_t began = 2; began <= 3; ++began) {
    ASSERT_TRUE(all_.world.run_until([&] { return began_.size() == began; }, 1s));
    if (began == 2) {
      all_.crash(began_[1]);
      all_.crash(began_[0]);
    }
  }
  all_.crash(began_[2]);
  ASSERT_TRUE(all_.world.run_until([&] { return got->done(); }, 6s));
  ASSERT_FALSE(got->good()) << "by a fourth attempt";
  EXPECT_EQ(got->why().what(), errc::peer_lost) << got->why().to_string();
  EXPECT_EQ(began_.size(), 3U) << "though there is a fourth shelf";
}

TEST_F(HedgedCall, IsNotHedgedWhereOneAttemptIsAllThereIs) {
  config once;
  once.attempts = 1;
  start(2, once);
  hang_ = 1;
  const auto got = look("");
  ASSERT_TRUE(all_.world.run_until([&] { return got->done(); }, 6s));
  EXPECT_FALSE(got->good());
  EXPECT_EQ(began_.size(), 1U) << "it was sent to another one, too";
}

TEST_F(HedgedCall, NamesItselfByOneKeyFromItsSecondAttemptOn) {
  start(3);
  hang_ = 2;
  const auto got = look("");
  ASSERT_TRUE(all_.world.run_until([&] { return began_.size() == 2; }, 1s));
  all_.crash(began_[1]);
  all_.crash(began_[0]);
  expect_good(*got);
  ASSERT_EQ(began_.size(), 3U);
  EXPECT_EQ(std::set<std::string>(began_.begin(), began_.end()).size(), 3U);
  EXPECT_EQ(keys_[0], "") << "nobody has repeated it yet";
  EXPECT_EQ(keys_[1].find(own_prefix()), 0U) << keys_[1];
  EXPECT_EQ(keys_[2], keys_[1]);
}

}  // namespace
}  // namespace kith::test
