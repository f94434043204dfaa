// SPDX-License-Identifier: MPL-2.0
// Two order and two payment instances at work.

#include <set>

#include <gtest/gtest.h>

#include "payment/customer_card.hpp"
#include "services_shop.hpp"

namespace kith::test {
namespace {

using order::order_state;

std::string customer_who(bool pays, int which = 0) {
  for (int i = 0;; ++i) {
    const auto name = "customer-" + std::to_string(i);
    if (payment::card_of_customer(name).pays() == pays && which-- == 0) {
      return name;
    }
  }
}

TEST(Services, OrdersAreSettledOnceAndTheMoneyIsRight) {
  shop s{1};
  constexpr int count = 200;
  std::int64_t expected_paid = 0;
  std::int64_t expected_declined = 0;
  for (int i = 0; i < count; ++i) {
    const auto customer = "c" + std::to_string(i % 60);
    s.begin_placing(shop::request("k" + std::to_string(i), customer, 10'000 + i));
    (payment::card_of_customer(customer).pays() ? expected_paid : expected_declined) +=
        3 * (10'000 + i);
    s.all.world.run_for(2ms);
  }
  ASSERT_TRUE(s.settles(2s)) << s.all.log_tail();

  std::int64_t paid = 0;
  std::int64_t declined = 0;
  const auto orders = s.list();
  for (const auto& one : orders) {
    (one.state == order_state::paid ? paid : declined) += one.total.ten_thousandths;
    EXPECT_EQ(one.captured.ten_thousandths,
              one.state == order_state::paid ? one.total.ten_thousandths : 0);
    EXPECT_EQ(one.decline_code.empty(), one.state == order_state::paid);
    EXPECT_EQ(s.settled[one.key].size(), 1U) << one.key;
    const auto at_payment = s.all.call("client-1", "payment", payment::get, {one.id});
    ASSERT_TRUE(at_payment.good());
    EXPECT_EQ((**at_payment.value).amount, one.total);
    EXPECT_EQ((**at_payment.value).decline_code, one.decline_code);
  }
  EXPECT_EQ(orders.size(), std::size_t{count});
  EXPECT_EQ(paid, expected_paid);
  EXPECT_EQ(declined, expected_declined);
  EXPECT_GT(declined, 0);
  EXPECT_EQ(s.bank.totals().charges + s.bank.totals().declines, std::uint64_t{count});
}

TEST(Services, AnOrderIsSettledWellWithinASecond) {
  shop s{2};
  for (int i = 0; i < 20; ++i) {
    const auto key = "k" + std::to_string(i);
    s.place(shop::request(key, customer_who(true), 100));
    EXPECT_TRUE(s.all.world.run_until([&] { return !s.settled[key].empty(); }, 300ms)) << key;
  }
}

TEST(Services, TheSameKeyTwiceIsOneOrder) {
  shop s{3};
  const auto request = shop::request("same", customer_who(true), 500);
  std::vector<std::shared_ptr<outcome_of<order::order_view>>> answers;
  for (int i = 0; i < 10; ++i) {
    answers.push_back(s.begin_placing(request));
  }
  ASSERT_TRUE(s.settles(2s));
  std::set<std::string> ids;
  for (const auto& one : answers) {
    ASSERT_TRUE(one->good()) << one->why().to_string();
    ids.insert((**one->value).id);
    EXPECT_EQ((**one->value).lines, request.lines);
  }
  EXPECT_EQ(ids.size(), 1U);
  EXPECT_EQ(s.list().size(), 1U);
  EXPECT_EQ(s.settled["same"].size(), 1U);
  EXPECT_EQ(s.bank.totals().charges, 1U);

  auto other = request;
  other.lines[1].quantity = 3;
  const auto refused = s.all.call("client-1", "order", order::place, other);
  ASSERT_FALSE(refused.good());
  EXPECT_EQ(refused.why().what(), errc::already_exists);
  EXPECT_EQ(refused.why().outcome, outcome::answered);
  EXPECT_EQ(refused.why().where, "key");
}

TEST(Services, BadInputNamesTheField) {
  shop s{4, 1};
  auto request = shop::request("k", "c", 500);
  request.lines[1].quantity = 0;
  auto got = s.all.call("client-1", "order", order::place, request);
  ASSERT_FALSE(got.good());
  EXPECT_EQ(got.why().what(), errc::invalid_argument);
  EXPECT_EQ(got.why().where, "lines[1].quantity");

  const auto missing = s.all.call("client-1", "order", order::get, {"nothing-1"});
  ASSERT_FALSE(missing.good());
  EXPECT_EQ(missing.why().what(), errc::not_found);
  order::list_orders nowhere;
  nowhere.cursor = "x";
  const auto no_cursor = s.all.call("client-1", "order", order::list, nowhere);
  ASSERT_FALSE(no_cursor.good());
  EXPECT_EQ(no_cursor.why().where, "cursor");
  const auto unpaid = s.all.call("client-1", "payment", payment::get, {""});
  ASSERT_FALSE(unpaid.good());
  EXPECT_EQ(unpaid.why().where, "order_id");
}

TEST(Services, ACancelledOrderIsRefunded) {
  shop s{5};
  const auto order = s.place(shop::request("k", customer_who(true), 1000));
  ASSERT_TRUE(s.settles(2s));
  ASSERT_EQ(s.get(order.id).state, order_state::paid);

  EXPECT_EQ(s.cancel(order.id).state, order_state::cancelling);
  ASSERT_TRUE(s.settles(2s));
  const auto done = s.get(order.id);
  EXPECT_EQ(done.state, order_state::cancelled);
  EXPECT_EQ(done.captured.ten_thousandths, 3000);
  EXPECT_EQ(done.refunded.ten_thousandths, 3000);
  EXPECT_EQ(s.bank.given_back(), 3000);
  EXPECT_EQ(s.settled["k"].size(), 2U);  // paid, cancelled
  EXPECT_EQ(s.cancel(order.id).state, order_state::cancelled);
}

TEST(Services, AnOrderCancelledAtOnceCostsNothing) {
  shop s{6};
  for (int i = 0; i < 20; ++i) {
    const auto order = s.place(shop::request("k" + std::to_string(i), customer_who(true, i), 1000));
    s.all.world.run_for(i * 200us);
    s.cancel(order.id);
  }
  ASSERT_TRUE(s.settles(5s)) << s.all.log_tail();
  std::int64_t captured = 0;
  for (const auto& one : s.list()) {
    EXPECT_EQ(one.state, order_state::cancelled);
    EXPECT_EQ(one.captured, one.refunded);
    captured += one.captured.ten_thousandths;
  }
  EXPECT_EQ(s.bank.given_back(), captured);
  EXPECT_EQ(static_cast<std::int64_t>(s.bank.totals().charges) * 3000, captured);
}

TEST(Services, ADeclinedOrderCannotBeCancelled) {
  shop s{7};
  const auto order = s.place(shop::request("k", customer_who(false), 1000));
  ASSERT_TRUE(s.settles(2s));
  const auto got = s.all.call("client-1", "order", order::cancel, {order.id});
  ASSERT_FALSE(got.good());
  EXPECT_EQ(got.why().what(), errc::failed_precondition);
}

TEST(Services, AReturnGivesBackNoMoreThanWasPaid) {
  shop s{8};
  const auto customer = customer_who(true);
  s.place(shop::request("a", customer, 1000));  // 3000
  s.place(shop::request("b", customer, 500));   // 1500
  s.place(shop::request("other", customer_who(true, 1), 9000));
  ASSERT_TRUE(s.settles(2s));

  // Both at once, for 3500 each: 4500 can be given back.
  const auto first = s.give_back("r1", customer, 3500);
  const auto second = s.give_back("r2", customer, 3500);
  ASSERT_TRUE(s.settles(2s)) << s.all.log_tail();
  const auto one = s.get_return(first.id);
  const auto two = s.get_return(second.id);
  EXPECT_EQ(one.refunded.ten_thousandths + two.refunded.ten_thousandths, 4500);
  EXPECT_EQ(one.unmatched.ten_thousandths + two.unmatched.ten_thousandths, 2500);
  EXPECT_EQ(s.bank.given_back(), 4500);
  EXPECT_EQ(s.returned["r1"].size(), 1U);
  EXPECT_EQ(s.returned["r2"].size(), 1U);

  // Nothing is left of that customer's orders, so a cancellation gives nothing back any more.
  const auto order = s.place(shop::request("a", customer, 1000));
  s.cancel(order.id);
  ASSERT_TRUE(s.settles(2s));
  EXPECT_EQ(s.get(order.id).refunded.ten_thousandths, 0);
  EXPECT_EQ(s.bank.given_back(), 4500);
}

TEST(Services, ListsArePagedAndFiltered) {
  shop s{9, 1};
  for (int i = 0; i < 25; ++i) {
    s.place(shop::request("k" + std::to_string(i), customer_who(i % 5 != 0), 100));
  }
  ASSERT_TRUE(s.settles(2s));
  order::list_orders wanted;
  wanted.limit = 10;
  std::vector<std::size_t> sizes;
  for (bool more = true; more;) {
    const auto got = s.all.call("client-1", "order", order::list, wanted);
    ASSERT_TRUE(got.good());
    sizes.push_back((**got.value).orders.size());
    more = (**got.value).next.has_value();
    wanted.cursor = (**got.value).next.value_or("");
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{10, 10, 5}));
  order::list_orders declined;
  declined.state = order_state::declined;
  EXPECT_EQ(s.list(declined).size(), 5U);
  order::list_orders old;
  old.min_age_ms = 60'000;
  EXPECT_EQ(s.list(old).size(), 0U);
}

}  // namespace
}  // namespace kith::test
