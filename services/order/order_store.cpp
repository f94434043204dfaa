// SPDX-License-Identifier: MPL-2.0
#include "order/order_store.hpp"

#include "base/field_checks.hpp"
#include "order/stored_entries.hpp"

namespace order {
namespace {

#define ORDER_COLUMNS                                                                 \
  "number, key, customer, state, currency, total, captured, refunded, decline_code, " \
  "placed_at_us, settled_at_us, line_count"

constexpr std::string_view by_key = "SELECT " ORDER_COLUMNS " FROM orders WHERE key = ?";
constexpr std::string_view by_number = "SELECT " ORDER_COLUMNS " FROM orders WHERE number = ?";
constexpr std::string_view page =
    "SELECT " ORDER_COLUMNS
    " FROM orders WHERE number > ? AND placed_at_us <= ? ORDER BY number LIMIT ?";
constexpr std::string_view page_unsettled =
    "SELECT " ORDER_COLUMNS
    " FROM orders WHERE settled = 0 AND number > ? AND placed_at_us <= ? ORDER BY number LIMIT ?";
constexpr std::string_view page_of_state =
    "SELECT " ORDER_COLUMNS
    " FROM orders WHERE state = ? AND number > ? AND placed_at_us <= ? ORDER BY number LIMIT ?";

#undef ORDER_COLUMNS

order_state state_of(const std::string& name) {
  if (const auto known = kith::enumerator_of<order_state>(name)) {
    return *known;
  }
  throw kith::failure{kith::errc::database_failed, "an order has the unknown state " + name};
}

kith::not_found no_such(std::string_view id) {
  return kith::not_found{"order " + std::string{id} + " does not exist"};
}

}  // namespace

order_view order_store::view_of(const kith::row& found) const {
  const auto currency = found.get<std::string>(4);
  const auto amount = [&](std::size_t column) {
    return money::amount{found.get<std::int64_t>(column), currency};
  };
  order_view view;
  view.id = ids_.id_of(found.get<std::int64_t>(0));
  view.key = found.get<std::string>(1);
  view.customer = found.get<std::string>(2);
  view.state = state_of(found.get<std::string>(3));
  view.total = amount(5);
  view.captured = amount(6);
  view.refunded = amount(7);
  view.decline_code = found.get<std::string>(8);
  view.placed_at_us = found.get<std::int64_t>(9);
  view.settled_at_us = found.get<std::int64_t>(10);
  view.line_count = found.get<std::int32_t>(11);
  return view;
}

stored_order order_store::place(kith::transaction& tx, const place_order& request,
                                const money::amount& total, std::int64_t now_us) const {
  if (const auto found = tx.find(by_key, request.key)) {
    auto view = view_of(*found);
    view.lines = lines_of(tx, lines_of_order, found->get<std::int64_t>(0));
    check_same(view, request, "order");
    return {std::move(view), false};
  }
  const auto line_count = static_cast<std::int32_t>(request.lines.size());
  tx.execute(
      "INSERT INTO orders (key, customer, state, settled, currency, total, captured, refunded, "
      "decline_code, placed_at_us, settled_at_us, line_count) "
      "VALUES (?, ?, 'placed', 0, ?, ?, 0, 0, '', ?, 0, ?)",
      request.key, request.customer, total.currency, total.ten_thousandths, now_us, line_count);
  const auto number = tx.last_id();
  tx.execute("INSERT INTO order_lines (number, lines) VALUES (?, ?)", number,
             kith::blob{kith::encode(request.lines)});
  const auto none = money::zero(total.currency);
  return {{ids_.id_of(number), request.key, request.customer, order_state::placed, total, none,
           none, "", now_us, 0, line_count, request.lines},
          true};
}

std::optional<order_view> order_store::find(kith::transaction& tx, std::string_view id,
                                            bool with_lines) const {
  const auto number = ids_.number_of(id);
  const auto found = number ? tx.find(by_number, *number) : std::nullopt;
  if (!found) {
    return std::nullopt;
  }
  auto view = view_of(*found);
  if (with_lines) {
    view.lines = lines_of(tx, lines_of_order, *number);
  }
  return view;
}

order_page order_store::list(kith::transaction& tx, const list_orders& wanted,
                             std::int64_t now_us) const {
  const auto bounds = bounds_of(wanted, now_us);
  // A state says whether it is settled; asked for both, what does not fit is an empty page.
  if (wanted.unsettled && wanted.state && is_settled(*wanted.state)) {
    return {};
  }
  const auto& [after, before, count] = bounds;
  const auto rows = wanted.state ? tx.query(page_of_state, kith::enumerator_name(*wanted.state),
                                            after, before, count)
                    : wanted.unsettled ? tx.query(page_unsettled, after, before, count)
                                       : tx.query(page, after, before, count);
  order_page answer;
  answer.next = take_page(rows, wanted.limit, answer.orders,
                          [this](const kith::row& found) { return view_of(found); });
  return answer;
}

stored_order order_store::cancel(kith::transaction& tx, std::string_view id) const {
  auto order = find(tx, id, false);
  if (!order) {
    throw no_such(id);
  }
  switch (on_cancel(order->state)) {
    case cancellation::known: return {std::move(*order), false};
    case cancellation::refused:
      throw kith::failed_precondition{"order " + order->id +
                                      " was declined: there is nothing to cancel"};
    case cancellation::begins: break;
  }
  order->state = order_state::cancelling;
  order->settled_at_us = 0;
  tx.execute(
      "UPDATE orders SET state = 'cancelling', settled = 0, settled_at_us = 0 "
      "WHERE number = ?",
      *ids_.number_of(id));
  return {std::move(*order), true};
}

std::optional<stored_order> order_store::settle(kith::transaction& tx, const payment_answer& answer,
                                                std::int64_t now_us) const {
  auto order = find(tx, answer.order_id, false);
  if (!order) {
    return std::nullopt;
  }
  const auto next = after(order->state, answer.heard);
  if (!next) {
    return stored_order{std::move(*order), false};
  }
  services::or_throw(check_amounts(order->total, answer));
  order->state = *next;
  order->captured = answer.captured;
  order->refunded = answer.refunded;
  order->decline_code = answer.decline_code;
  order->settled_at_us = now_us;
  tx.execute(
      "UPDATE orders SET state = ?, settled = 1, captured = ?, refunded = ?, "
      "decline_code = ?, settled_at_us = ? WHERE number = ?",
      kith::enumerator_name(*next), order->captured.ten_thousandths,
      order->refunded.ten_thousandths, order->decline_code, now_us,
      *ids_.number_of(answer.order_id));
  return stored_order{std::move(*order), true};
}

}  // namespace order
