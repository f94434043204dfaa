// SPDX-License-Identifier: MPL-2.0
#include "order/order_store.hpp"

#include <gtest/gtest.h>

#include "order/order_schema.hpp"
#include "order/return_store.hpp"

namespace {

using order::order_state;
using order::verdict;

constexpr std::int64_t second = 1'000'000;

class OrderStore : public testing::Test {
 protected:
  OrderStore() { data_.migrate("order", order::migrations); }

  template <class F>
  auto run(F work) {
    return data_.transaction(work);
  }
  order::stored_order place(const order::place_order& request, std::int64_t now = second) {
    const auto total = order::check(request).value();
    return run([&](kith::transaction& tx) { return store_.place(tx, request, total, now); });
  }
  static order::place_order request(const std::string& key) {
    return {key, "17850", {{"85123A", "HOLDER", 6, {25'500, "GBP"}}}};
  }
  std::optional<order::stored_order> settle(const std::string& id, verdict heard) {
    const money::amount total{153'000, "GBP"};
    const money::amount none{0, "GBP"};
    const bool pays = heard != verdict::declined;
    const order::payment_answer answer{heard, id, pays ? total : none,
                                       heard == verdict::refunded ? total : none,
                                       pays ? "" : "lost_card"};
    return run([&](kith::transaction& tx) { return store_.settle(tx, answer, 2 * second); });
  }
  order::order_page list(const order::list_orders& wanted, std::int64_t now = 10 * second) {
    return run([&](kith::transaction& tx) { return store_.list(tx, wanted, now); });
  }

  static order::list_orders page(std::int32_t limit, const std::string& cursor = {}) {
    order::list_orders wanted;
    wanted.limit = limit;
    wanted.cursor = cursor;
    return wanted;
  }
  static order::list_orders only(bool unsettled, std::optional<order_state> state = {},
                                 std::int64_t min_age_ms = 0) {
    auto wanted = page(100);
    wanted.unsettled = unsettled;
    wanted.state = state;
    wanted.min_age_ms = min_age_ms;
    return wanted;
  }

  kith::database data_ = kith::database::open(":memory:");
  order::order_store store_{data_.identity()};
};

TEST_F(OrderStore, KeepsWhatWasPlaced) {
  const auto placed = place(request("a"));
  EXPECT_TRUE(placed.changed);
  const auto found =
      run([&](kith::transaction& tx) { return store_.find(tx, placed.order.id, true); });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->key, "a");
  EXPECT_EQ(found->customer, "17850");
  EXPECT_EQ(found->state, order_state::placed);
  EXPECT_EQ(found->total, (money::amount{153'000, "GBP"}));
  EXPECT_EQ(found->placed_at_us, second);
  EXPECT_EQ(found->lines, request("a").lines);
}

TEST_F(OrderStore, TheSameKeyIsTheSameOrder) {
  const auto first = place(request("a"));
  const auto again = place(request("a"), 5 * second);
  EXPECT_FALSE(again.changed);
  EXPECT_EQ(again.order.id, first.order.id);
  EXPECT_EQ(again.order.placed_at_us, second);

  auto other = request("a");
  other.customer = "17851";
  EXPECT_THROW(place(other), kith::failure);
  other = request("a");
  other.lines[0].description = "OTHER";
  EXPECT_THROW(place(other), kith::failure);
}

TEST_F(OrderStore, KnowsItsOwnIdsOnly) {
  const auto id = place(request("a")).order.id;
  const auto finds = [&](const std::string& asked) {
    return run([&](kith::transaction& tx) { return store_.find(tx, asked, false); }).has_value();
  };
  EXPECT_TRUE(finds(id));
  EXPECT_FALSE(finds(id + "0"));
  EXPECT_FALSE(finds(id + " "));
  EXPECT_FALSE(finds("1"));
  EXPECT_FALSE(finds("00000000-1"));
  EXPECT_FALSE(finds(id.substr(0, 9)));
  EXPECT_FALSE(finds(id.substr(0, 9) + "01"));
  EXPECT_FALSE(finds(id.substr(0, 9) + "-1"));
  EXPECT_FALSE(finds(id.substr(0, 9) + "99999999999999999999"));
}

TEST_F(OrderStore, SettlesOnce) {
  const auto id = place(request("a")).order.id;
  const auto first = settle(id, verdict::captured);
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->changed);
  EXPECT_EQ(first->order.state, order_state::paid);
  EXPECT_EQ(first->order.captured, first->order.total);
  EXPECT_EQ(first->order.settled_at_us, 2 * second);
  const auto again = settle(id, verdict::captured);
  EXPECT_FALSE(again->changed);
  EXPECT_FALSE(settle(id, verdict::declined)->changed);
  EXPECT_FALSE(settle("none", verdict::captured).has_value());
}

TEST_F(OrderStore, RefusesAmountsThatCannotBe) {
  const auto id = place(request("a")).order.id;
  const order::payment_answer wrong{verdict::captured, id, {1, "GBP"}, {0, "GBP"}, ""};
  EXPECT_THROW(run([&](kith::transaction& tx) { return store_.settle(tx, wrong, 0); }),
               kith::failure);
}

TEST_F(OrderStore, CancelsAndWaitsForTheRefund) {
  const auto id = place(request("a")).order.id;
  settle(id, verdict::captured);
  const auto cancel = [&] {
    return run([&](kith::transaction& tx) { return store_.cancel(tx, id); });
  };
  EXPECT_TRUE(cancel().changed);
  EXPECT_FALSE(cancel().changed);
  EXPECT_EQ(list(only(true)).orders.size(), 1U);
  EXPECT_FALSE(settle(id, verdict::captured)->changed);
  const auto done = settle(id, verdict::refunded);
  EXPECT_TRUE(done->changed);
  EXPECT_EQ(done->order.state, order_state::cancelled);
  EXPECT_EQ(done->order.refunded, done->order.total);
  EXPECT_EQ(list(only(true)).orders.size(), 0U);
  EXPECT_FALSE(cancel().changed);

  const auto declined = place(request("b")).order.id;
  settle(declined, verdict::declined);
  EXPECT_THROW(run([&](kith::transaction& tx) { return store_.cancel(tx, declined); }),
               kith::failure);
  EXPECT_THROW(run([&](kith::transaction& tx) { return store_.cancel(tx, "none"); }),
               kith::not_found);
}

TEST_F(OrderStore, ListsByPageStateAndAge) {
  for (int i = 0; i < 7; ++i) {
    const auto id = place(request("k" + std::to_string(i)), (i + 1) * second).order.id;
    if (i < 2) {
      settle(id, i == 0 ? verdict::captured : verdict::declined);
    }
  }
  const auto first = list(page(3));
  ASSERT_EQ(first.orders.size(), 3U);
  EXPECT_EQ(first.orders[0].key, "k0");
  EXPECT_FALSE(first.orders[0].lines.has_value());
  ASSERT_TRUE(first.next);
  const auto rest = list(page(4, *first.next));
  ASSERT_EQ(rest.orders.size(), 4U);
  EXPECT_EQ(rest.orders[0].key, "k3");
  EXPECT_FALSE(rest.next);

  EXPECT_EQ(list(only(true)).orders.size(), 5U);
  EXPECT_EQ(list(only(false, order_state::declined)).orders.size(), 1U);
  EXPECT_EQ(list(only(true, order_state::declined)).orders.size(), 0U);
  EXPECT_EQ(list(only(true, order_state::placed)).orders.size(), 5U);
  // At ten seconds, what was placed in the first five is five seconds old.
  EXPECT_EQ(list(only(false, {}, 5'000)).orders.size(), 5U);
  EXPECT_EQ(list(only(false, {}, 20'000)).orders.size(), 0U);
}

TEST_F(OrderStore, FindsWhatIsUnsettledWithoutReadingAll) {
  const auto plan = run([](kith::transaction& tx) {
    std::string text;
    for (const auto& one : tx.query("EXPLAIN QUERY PLAN SELECT key FROM orders WHERE settled = 0 "
                                    "AND number > ? AND placed_at_us <= ? ORDER BY number LIMIT ?",
                                    0, 0, 10)) {
      text += one.get<std::string>(3) + "\n";
    }
    return text;
  });
  EXPECT_NE(plan.find("orders_unsettled"), std::string::npos) << plan;
  EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << plan;
}

TEST_F(OrderStore, ReturnsAreSettledWithWhatIsUnmatched) {
  const order::return_store returns{data_.identity()};
  const order::return_goods goods{"r", "17850", request("a").lines};
  const auto total = order::check(goods).value();
  const auto placed =
      run([&](kith::transaction& tx) { return returns.place(tx, goods, total, second); });
  EXPECT_TRUE(placed.changed);
  EXPECT_FALSE(
      run([&](kith::transaction& tx) { return returns.place(tx, goods, total, second); }).changed);
  EXPECT_EQ(run([&](kith::transaction& tx) {
              order::list_returns open;
              open.unsettled = true;
              return returns.list(tx, open, second);
            }).returns.size(),
            1U);
  const auto settle = [&](std::int64_t refunded) {
    return run([&](kith::transaction& tx) {
      return returns.settle(tx, placed.entry.id, {refunded, "GBP"}, 2 * second);
    });
  };
  EXPECT_THROW(settle(153'001), kith::failure);
  const auto settled = settle(100'000);
  ASSERT_TRUE(settled);
  EXPECT_TRUE(settled->changed);
  EXPECT_EQ(settled->entry.unmatched.ten_thousandths, 53'000);
  EXPECT_FALSE(settle(1)->changed);
  EXPECT_EQ(run([&](kith::transaction& tx) {
              return returns.find(tx, placed.entry.id, true);
            })->refunded.ten_thousandths,
            100'000);
  // An order's id is no return's.
  const auto order = place(request("a")).order.id;
  EXPECT_FALSE(
      run([&](kith::transaction& tx) { return returns.find(tx, order, false); }).has_value());
}

}  // namespace
