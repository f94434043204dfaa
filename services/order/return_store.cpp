// SPDX-License-Identifier: MPL-2.0
#include "order/return_store.hpp"

#include "base/field_checks.hpp"
#include "order/order_rules.hpp"
#include "order/stored_entries.hpp"

namespace order {
namespace {

#define RETURN_COLUMNS                                                     \
  "number, key, customer, settled, currency, total, refunded, unmatched, " \
  "placed_at_us, settled_at_us, line_count"

constexpr std::string_view return_by_key = "SELECT " RETURN_COLUMNS " FROM returns WHERE key = ?";
constexpr std::string_view return_by_number =
    "SELECT " RETURN_COLUMNS " FROM returns WHERE number = ?";
constexpr std::string_view returns_page =
    "SELECT " RETURN_COLUMNS
    " FROM returns WHERE number > ? AND placed_at_us <= ? ORDER BY number LIMIT ?";
constexpr std::string_view unsettled_returns_page =
    "SELECT " RETURN_COLUMNS
    " FROM returns WHERE settled = 0 AND number > ? AND placed_at_us <= ? ORDER BY number LIMIT ?";

#undef RETURN_COLUMNS

}  // namespace

return_view return_store::view_of(const kith::row& found) const {
  const auto currency = found.get<std::string>(4);
  const auto amount = [&](std::size_t column) {
    return money::amount{found.get<std::int64_t>(column), currency};
  };
  return_view view;
  view.id = ids_.id_of(found.get<std::int64_t>(0));
  view.key = found.get<std::string>(1);
  view.customer = found.get<std::string>(2);
  view.state = found.get<bool>(3) ? return_state::settled : return_state::placed;
  view.total = amount(5);
  view.refunded = amount(6);
  view.unmatched = amount(7);
  view.placed_at_us = found.get<std::int64_t>(8);
  view.settled_at_us = found.get<std::int64_t>(9);
  view.line_count = found.get<std::int32_t>(10);
  return view;
}

stored_return return_store::place(kith::transaction& tx, const return_goods& request,
                                  const money::amount& total, std::int64_t now_us) const {
  if (const auto found = tx.find(return_by_key, request.key)) {
    auto view = view_of(*found);
    view.lines = lines_of(tx, lines_of_return, found->get<std::int64_t>(0));
    check_same(view, request, "return");
    return {std::move(view), false};
  }
  const auto line_count = static_cast<std::int32_t>(request.lines.size());
  tx.execute(
      "INSERT INTO returns (key, customer, settled, currency, total, refunded, unmatched, "
      "placed_at_us, settled_at_us, line_count) VALUES (?, ?, 0, ?, ?, 0, 0, ?, 0, ?)",
      request.key, request.customer, total.currency, total.ten_thousandths, now_us, line_count);
  const auto number = tx.last_id();
  tx.execute("INSERT INTO return_lines (number, lines) VALUES (?, ?)", number,
             kith::blob{kith::encode(request.lines)});
  const auto none = money::zero(total.currency);
  return {{ids_.id_of(number), request.key, request.customer, return_state::placed, total, none,
           none, now_us, 0, line_count, request.lines},
          true};
}

std::optional<return_view> return_store::find(kith::transaction& tx, std::string_view id,
                                              bool with_lines) const {
  const auto number = ids_.number_of(id);
  const auto found = number ? tx.find(return_by_number, *number) : std::nullopt;
  if (!found) {
    return std::nullopt;
  }
  auto view = view_of(*found);
  if (with_lines) {
    view.lines = lines_of(tx, lines_of_return, *number);
  }
  return view;
}

return_page return_store::list(kith::transaction& tx, const list_returns& wanted,
                               std::int64_t now_us) const {
  const auto bounds = bounds_of(wanted, now_us);
  const auto rows = tx.query(wanted.unsettled ? unsettled_returns_page : returns_page, bounds.after,
                             bounds.placed_before, bounds.rows);
  return_page answer;
  answer.next = take_page(rows, wanted.limit, answer.returns,
                          [this](const kith::row& found) { return view_of(found); });
  return answer;
}

std::optional<stored_return> return_store::settle(kith::transaction& tx, std::string_view id,
                                                  const money::amount& refunded,
                                                  std::int64_t now_us) const {
  auto entry = find(tx, id, false);
  if (!entry || entry->state == return_state::settled) {
    return entry ? std::optional{stored_return{std::move(*entry), false}} : std::nullopt;
  }
  services::or_throw(check_refund(entry->total, refunded));
  entry->state = return_state::settled;
  entry->refunded = refunded;
  entry->unmatched = services::or_throw(money::subtract(entry->total, refunded));
  entry->settled_at_us = now_us;
  tx.execute(
      "UPDATE returns SET settled = 1, refunded = ?, unmatched = ?, settled_at_us = ? "
      "WHERE number = ?",
      refunded.ten_thousandths, entry->unmatched.ten_thousandths, now_us, *ids_.number_of(id));
  return stored_return{std::move(*entry), true};
}

}  // namespace order
