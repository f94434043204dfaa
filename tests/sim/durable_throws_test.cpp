// SPDX-License-Identifier: MPL-2.0

// What is thrown around durable events, by what was given to them or by a machine without memory,
// costs that one piece of work, and never the next.

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

#include <kith/introspection.hpp>

#include "durable_rig.hpp"
#include "runtime/pool.hpp"

namespace kith::test {
namespace {

/// Refuses as a machine does that has no memory left.
class failing_pool final : public runtime::pool {
 public:
  failing_pool(runtime::loop& home, std::shared_ptr<int> failures)
      : inner_{runtime::make_inline_pool(home)}, failures_{std::move(failures)} {}

  result<void> run(unique_function<void()> work, unique_function<void()> done) override {
    if (*failures_ > 0) {
      --*failures_;
      throw std::bad_alloc{};
    }
    return inner_->run(std::move(work), std::move(done));
  }
  void stop() override { inner_->stop(); }

 private:
  std::unique_ptr<runtime::pool> inner_;
  std::shared_ptr<int> failures_;
};

class DurableThrows : public testing::Test, public durable_rig {
 protected:
  DurableThrows() {
    all_.pools = [this](sim::host& host) {
      return std::make_unique<failing_pool>(host.loop(), counter_of(host.name()));
    };
  }
  /// So many of the next pieces of blocking work fail.
  int& failures_of(const std::string& name) { return *counter_of(name); }
  std::shared_ptr<int>& counter_of(const std::string& name) {
    auto& one = failures_[name];
    if (!one) {
      one = std::make_shared<int>(0);
    }
    return one;
  }
  void begin() {
    add_source("source-1");
    add_sink("sink-1");
    ASSERT_TRUE(all_.settle());
    append("source-1", 0, 3);
    ASSERT_TRUE(applied("sink", 3, 5s));
  }
  task<void> write(std::string& ended) {
    auto work = now_["source-1"]->out.transaction([](transaction& tx) {
      tx.append(rig_counted, word{"event", 100}, {.key = "even"});
    });
    try {
      co_await work;
      ended = "committed";
    } catch (const failure& why) {
      ended = name_of(why.what_code());
    }
  }
  task<void> throw_strangely(std::string& ended) {
    auto work = now_["source-1"]->out.transaction([](transaction& tx) {
      tx.append(rig_counted, word{"event", 200}, {.key = "even"});
      throw 42;
    });
    try {
      co_await work;
    } catch (const failure& why) {
      ended = name_of(why.what_code());
    }
  }

  std::map<std::string, std::shared_ptr<int>> failures_;  ///< the nodes' pools have them, too
};

TEST_F(DurableThrows, ALogIsFollowedOnAfterWhatOnAppliedWasGivenHasThrown) {
  begin();
  all_.on("sink-1", [&](node&) {
    now_["sink-1"]->in->on_applied([] { throw std::runtime_error{"planted"}; });
  });
  append("source-1", 3, 6);
  ASSERT_TRUE(applied("sink", 6, 5s));
  append("source-1", 6, 9);
  EXPECT_TRUE(applied("sink", 9, 5s)) << all_.log_tail();
  EXPECT_EQ(lag_of("sink-1").trouble, log_trouble::none) << "it is none of the log's";
  EXPECT_GE(all_.log.count(log_level::error), 2U);
}

TEST_F(DurableThrows, ALogIsFollowedOnAfterTheMachineHadNoMemoryForIt) {
  begin();
  failures_of("sink-1") = 3;
  append("source-1", 3, 6);
  EXPECT_TRUE(applied("sink", 6, 10s)) << all_.log_tail();
  EXPECT_EQ(failures_of("sink-1"), 0);
  append("source-1", 6, 9);
  EXPECT_TRUE(applied("sink", 9, 1s)) << all_.log_tail();
  EXPECT_EQ(lag_of("sink-1").trouble, log_trouble::none);
}

TEST_F(DurableThrows, WhateverAHandlerThrowsIsAnAttemptAndInTheEndADeadLetter) {
  options_.attempts = 2;
  strange_poison_ = {4};
  begin();
  append("source-1", 3, 6);
  ASSERT_TRUE(applied("sink", 5, 5s)) << all_.log_tail();
  EXPECT_EQ(seen("sink"), (std::vector<std::int64_t>{0, 1, 2, 3, 5}));
  EXPECT_EQ(number("sink.db", "SELECT attempts FROM kith_dead_letter"), 2);
  EXPECT_EQ(lag_of("sink-1").dead, 1U);
  all_.add("desk-1");
  ASSERT_TRUE(all_.settle());
  const auto id = static_cast<std::uint64_t>(number("sink.db", "SELECT id FROM kith_dead_letter"));
  const auto vain = all_.call("desk-1", "sink", retry_dead, dead_letter_request{id});
  ASSERT_TRUE(vain.good());
  EXPECT_FALSE((*vain.value)->applied);
  EXPECT_EQ((*vain.value)->attempts, 3U);
  EXPECT_NE((*vain.value)->error.find("no std::exception"), std::string::npos);
}

TEST_F(DurableThrows, WhateverAFunctionThrowsUndoesThatFunctionOnly) {
  begin();
  std::string ended;
  std::string other;
  all_.on("source-1", [&](node& n) {
    n.spawn(throw_strangely(ended));
    n.spawn(write(other));
  });
  EXPECT_TRUE(applied("sink", 4, 5s));
  EXPECT_EQ(ended, "handler_failed");
  EXPECT_EQ(other, "committed");
}

TEST_F(DurableThrows, WhoAskedForACommitHearsThatItFailedAndTheNextOneIsDone) {
  begin();
  std::string first;
  std::string second;
  failures_of("source-1") = 1;
  all_.on("source-1", [&](node& n) { n.spawn(write(first)); });
  all_.world.run_for(100ms);
  EXPECT_EQ(first, "handler_failed");
  EXPECT_EQ(now_["source-1"]->out.counts().depth, 0U);
  all_.on("source-1", [&](node& n) { n.spawn(write(second)); });
  all_.world.run_for(100ms);
  EXPECT_EQ(second, "committed");
  EXPECT_TRUE(applied("sink", 4, 5s));
}

TEST_F(DurableThrows, ASourceThatCannotReadIsAskedLessAndLessOften) {
  begin();
  const auto asked = [this] {
    std::uint64_t count = 0;
    for (const auto& one : all_.at("sink-1").books()) {
      count += one.key == "kith.log_read" && one.direction == "outbound" ? one.sent : 0;
    }
    return count;
  };
  failures_of("source-1") = 1'000'000;
  const auto before = asked();
  all_.world.run_for(10s);
  EXPECT_GE(asked() - before, 8U) << "at least as often as it polls";
  EXPECT_LE(asked() - before, 16U);
  failures_of("source-1") = 0;
  append("source-1", 3, 4);
  EXPECT_TRUE(applied("sink", 4, 500ms)) << "the announcement cuts the pause short";
}

}  // namespace
}  // namespace kith::test
