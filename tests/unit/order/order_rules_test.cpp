// SPDX-License-Identifier: MPL-2.0
#include "order/order_rules.hpp"

#include <functional>
#include <limits>

#include <gtest/gtest.h>

namespace {

using order::order_state;
using order::verdict;

order::line some_line() {
  return {"85123A", "HOLDER", 6, {25'500, "GBP"}};
}
order::place_order good_order() {
  return {"536365", "17850", {some_line(), some_line()}};
}

TEST(OrderRules, TheTotalIsTheSumOfTheLines) {
  auto request = good_order();
  request.lines[1].quantity = 1;
  request.lines[1].unit_price.ten_thousandths = 10;
  const auto total = order::check(request);
  ASSERT_TRUE(total) << total.error().message;
  EXPECT_EQ(*total, (money::amount{6 * 25'500 + 10, "GBP"}));
}

struct refusal {
  const char* name;
  std::function<void(order::place_order&)> spoil;
  kith::errc code;
  const char* where;
};

class OrderRulesRefuse : public testing::TestWithParam<refusal> {};

TEST_P(OrderRulesRefuse, AndNameTheField) {
  auto request = good_order();
  GetParam().spoil(request);
  const auto checked = order::check(request);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().what(), GetParam().code);
  EXPECT_EQ(checked.error().where, GetParam().where);
  EXPECT_LT(checked.error().message.size(), 500U);
  EXPECT_NE(checked.error().message.find(checked.error().where), std::string::npos);
  // A return is held to the same rules.
  const auto goods =
      order::check(order::return_goods{request.key, request.customer, request.lines});
  ASSERT_FALSE(goods);
  EXPECT_EQ(goods.error().where, GetParam().where);
}

constexpr auto invalid = kith::errc::invalid_argument;
constexpr auto most = std::numeric_limits<std::int64_t>::max();

const refusal refusals[] = {
    {"EmptyKey", [](auto& r) { r.key.clear(); }, invalid, "key"},
    {"LongKey", [](auto& r) { r.key.assign(201, 'k'); }, invalid, "key"},
    {"EmptyCustomer", [](auto& r) { r.customer.clear(); }, invalid, "customer"},
    {"LongCustomer", [](auto& r) { r.customer.assign(201, 'k'); }, invalid, "customer"},
    {"NoLines", [](auto& r) { r.lines.clear(); }, invalid, "lines"},
    {"TooManyLines", [](auto& r) { r.lines.resize(10'001, some_line()); }, invalid, "lines"},
    {"TooMuchText",
     [](auto& r) {
       r.lines.resize(4000, some_line());
       for (auto& one : r.lines) {
         one.description.assign(1000, 'x');
       }
     },
     invalid, "lines"},
    {"EmptyStockCode", [](auto& r) { r.lines[1].stock_code.clear(); }, invalid,
     "lines[1].stock_code"},
    {"LongStockCode", [](auto& r) { r.lines[1].stock_code.assign(101, 's'); }, invalid,
     "lines[1].stock_code"},
    {"LongDescription", [](auto& r) { r.lines[0].description.assign(1001, 's'); }, invalid,
     "lines[0].description"},
    {"ZeroQuantity", [](auto& r) { r.lines[1].quantity = 0; }, invalid, "lines[1].quantity"},
    {"NegativeQuantity", [](auto& r) { r.lines[0].quantity = -6; }, invalid, "lines[0].quantity"},
    {"NegativePrice", [](auto& r) { r.lines[0].unit_price.ten_thousandths = -1; }, invalid,
     "lines[0].unit_price"},
    {"UnknownCurrency", [](auto& r) { r.lines[0].unit_price.currency = "GPB"; }, invalid,
     "lines[0].unit_price.currency"},
    {"EndlessCurrency", [](auto& r) { r.lines[0].unit_price.currency.assign(100'000, 'G'); },
     invalid, "lines[0].unit_price.currency"},
    {"MixedCurrencies", [](auto& r) { r.lines[1].unit_price.currency = "EUR"; }, invalid,
     "lines[1].unit_price.currency"},
    {"NothingToPay",
     [](auto& r) {
       for (auto& one : r.lines) {
         one.unit_price.ten_thousandths = 0;
       }
     },
     invalid, "lines"},
    {"OverflowOfOneLine", [](auto& r) { r.lines[1].quantity = most / 2; }, kith::errc::overflow,
     "lines[1].quantity"},
    {"OverflowOfTheSum",
     [](auto& r) {
       for (auto& one : r.lines) {
         one.quantity = 1;
         one.unit_price.ten_thousandths = most - 1;
       }
     },
     kith::errc::overflow, "lines[1]"},
};

INSTANTIATE_TEST_SUITE_P(All, OrderRulesRefuse, testing::ValuesIn(refusals),
                         [](const auto& one) { return std::string{one.param.name}; });

TEST(OrderRules, TheLargestOrderIsTaken) {
  auto request = good_order();
  request.key.assign(200, 'k');
  request.lines.resize(10'000, some_line());
  EXPECT_TRUE(order::check(request));
}

TEST(OrderRules, AFreeArticleBesideOthersIsTaken) {
  auto request = good_order();
  request.lines[0].unit_price.ten_thousandths = 0;
  EXPECT_TRUE(order::check(request));
}

TEST(OrderRules, PagesAreBounded) {
  EXPECT_TRUE(order::check_page("", 1, 0));
  EXPECT_TRUE(order::check_page("17", 500, 1000));
  EXPECT_EQ(order::check_page("-1", 1, 0).error().where, "cursor");
  EXPECT_EQ(order::check_page("123456789012345678901", 1, 0).error().where, "cursor");
  EXPECT_EQ(order::check_page("", 0, 0).error().where, "limit");
  EXPECT_EQ(order::check_page("", 501, 0).error().where, "limit");
  EXPECT_EQ(order::check_page("", 1, -1).error().where, "min_age_ms");
  EXPECT_EQ(order::check_page("", 1, most).error().where, "min_age_ms");
}

TEST(OrderRules, PaymentsVerdictMovesAnOrderOnlyFromWhereItFits) {
  constexpr order_state all[] = {order_state::placed, order_state::paid, order_state::declined,
                                 order_state::cancelling, order_state::cancelled};
  for (const auto now : all) {
    const bool placed = now == order_state::placed;
    const bool cancelling = now == order_state::cancelling;
    EXPECT_EQ(order::after(now, verdict::captured),
              placed ? std::optional{order_state::paid} : std::nullopt);
    EXPECT_EQ(order::after(now, verdict::declined),
              placed ? std::optional{order_state::declined} : std::nullopt);
    EXPECT_EQ(order::after(now, verdict::refunded),
              cancelling ? std::optional{order_state::cancelled} : std::nullopt);
  }
}

TEST(OrderRules, CancellingDependsOnTheState) {
  using order::cancellation;
  EXPECT_EQ(order::on_cancel(order_state::placed), cancellation::begins);
  EXPECT_EQ(order::on_cancel(order_state::paid), cancellation::begins);
  EXPECT_EQ(order::on_cancel(order_state::cancelling), cancellation::known);
  EXPECT_EQ(order::on_cancel(order_state::cancelled), cancellation::known);
  EXPECT_EQ(order::on_cancel(order_state::declined), cancellation::refused);
}

TEST(OrderRules, AmountsThatCannotBeAreRefused) {
  const money::amount total{100, "GBP"};
  const money::amount none{0, "GBP"};
  const auto refused = [&](verdict heard, const money::amount& captured,
                           const money::amount& refunded) {
    return !order::check_amounts(total, {heard, "1", captured, refunded, ""});
  };
  EXPECT_FALSE(refused(verdict::captured, total, none));
  EXPECT_TRUE(refused(verdict::captured, {99, "GBP"}, none));
  EXPECT_TRUE(refused(verdict::captured, {100, "EUR"}, {0, "EUR"}));
  EXPECT_FALSE(refused(verdict::declined, none, none));
  EXPECT_TRUE(refused(verdict::declined, total, none));
  EXPECT_FALSE(refused(verdict::refunded, total, {40, "GBP"}));
  EXPECT_FALSE(refused(verdict::refunded, none, none));
  EXPECT_TRUE(refused(verdict::refunded, total, {101, "GBP"}));
  EXPECT_TRUE(refused(verdict::refunded, none, {1, "GBP"}));
  EXPECT_TRUE(refused(verdict::refunded, total, {-1, "GBP"}));
}

}  // namespace
