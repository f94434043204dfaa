// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// The contract of the service "order". Times are microseconds since 1970, UTC.
///
/// Errors: `invalid_argument` (`where` names the field, "lines[3].quantity"), `overflow` (same),
/// `not_found`, `already_exists` (a key was used for something else), `failed_precondition`.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <kith/contract.hpp>

#include "money/money.hpp"

namespace order {

/// \name What can be asked for
/// \{
inline constexpr std::size_t max_name_octets = 200;  ///< of a key, a customer, an id
inline constexpr std::size_t max_lines = 10'000;
inline constexpr std::size_t max_stock_code_octets = 100;
inline constexpr std::size_t max_description_octets = 1'000;
inline constexpr std::size_t max_lines_octets = 3'000'000;  ///< all lines of one order, encoded
inline constexpr std::int32_t max_page = 500;
/// \}

/// So many of one article. An article may stand on several lines, and may be free.
struct line {
  std::string stock_code;
  std::string description;
  std::int64_t quantity = 0;  ///< at least 1
  money::amount unit_price;   ///< not negative; one currency in all lines

  friend bool operator==(const line&, const line&) = default;
};
KITH_DESCRIBE(line, stock_code, description, quantity, unit_price)
KITH_DEFAULTED(line, description)

/// placed → paid | declined; placed, paid → cancelling → cancelled. Settled is what payment has
/// answered: paid, declined and cancelled.
enum class order_state : std::uint8_t { placed, paid, declined, cancelling, cancelled };
KITH_DESCRIBE_ENUM(order_state, placed, paid, declined, cancelling, cancelled)

struct order_view {
  std::string id;
  std::string key;
  std::string customer;
  order_state state{};
  money::amount total;
  money::amount captured;    ///< taken for this order, ever
  money::amount refunded;    ///< given back because it was cancelled
  std::string decline_code;  ///< empty unless it was declined
  std::int64_t placed_at_us = 0;
  std::int64_t settled_at_us = 0;  ///< 0: not settled
  std::int32_t line_count = 0;
  std::optional<std::vector<line>> lines;  ///< not in lists
};
KITH_DESCRIBE(order_view, id, key, customer, state, total, captured, refunded, decline_code,
              placed_at_us, settled_at_us, line_count, lines)

enum class return_state : std::uint8_t { placed, settled };
KITH_DESCRIBE_ENUM(return_state, placed, settled)

/// Goods that came back. Once settled, total = refunded + unmatched.
struct return_view {
  std::string id;
  std::string key;
  std::string customer;
  return_state state{};
  money::amount total;
  money::amount refunded;
  money::amount unmatched;  ///< beyond what the customer has paid and not got back
  std::int64_t placed_at_us = 0;
  std::int64_t settled_at_us = 0;  ///< 0: not settled
  std::int32_t line_count = 0;
  std::optional<std::vector<line>> lines;  ///< not in lists
};
KITH_DESCRIBE(return_view, id, key, customer, state, total, refunded, unmatched, placed_at_us,
              settled_at_us, line_count, lines)

struct place_order {
  std::string key;  ///< the client's own name of it: the same key is the same order
  std::string customer;
  std::vector<line> lines;
};
KITH_DESCRIBE(place_order, key, customer, lines)

struct get_order {
  std::string id;
};
KITH_DESCRIBE(get_order, id)

/// In the order of placing.
struct list_orders {
  std::string cursor;        ///< empty: from the beginning; else `next` of the page before
  std::int32_t limit = 100;  ///< 1 to max_page
  bool unsettled = false;    ///< only those that are not settled
  std::optional<order_state> state;
  std::int64_t min_age_ms = 0;  ///< only those placed at least so long ago
};
KITH_DESCRIBE(list_orders, cursor, limit, unsettled, state, min_age_ms)
KITH_DEFAULTED(list_orders, cursor, limit, unsettled, min_age_ms)

struct order_page {
  std::vector<order_view> orders;
  std::optional<std::string> next;  ///< nothing: this was the last page
};
KITH_DESCRIBE(order_page, orders, next)

struct cancel_order {
  std::string id;
};
KITH_DESCRIBE(cancel_order, id)

struct return_goods {
  std::string key;  ///< as for orders, in a key space of its own
  std::string customer;
  std::vector<line> lines;  ///< quantities positive
};
KITH_DESCRIBE(return_goods, key, customer, lines)

struct get_return {
  std::string id;
};
KITH_DESCRIBE(get_return, id)

struct list_returns {
  std::string cursor;
  std::int32_t limit = 100;
  bool unsettled = false;
  std::int64_t min_age_ms = 0;
};
KITH_DESCRIBE(list_returns, cursor, limit, unsettled, min_age_ms)
KITH_DEFAULTED(list_returns, cursor, limit, unsettled, min_age_ms)

struct return_page {
  std::vector<return_view> returns;
  std::optional<std::string> next;
};
KITH_DESCRIBE(return_page, returns, next)

/// The same key with the same content again gives the same order back.
inline constexpr kith::method<place_order, order_view> place{"order.place", kith::idempotent};
inline constexpr kith::method<get_order, order_view> get{"order.get", kith::idempotent};
inline constexpr kith::method<list_orders, order_page> list{"order.list", kith::idempotent};
/// What was paid is given back. A declined order cannot be cancelled; a cancelled one is again.
inline constexpr kith::method<cancel_order, order_view> cancel{"order.cancel", kith::idempotent};
inline constexpr kith::method<return_goods, return_view> give_back{"order.return",
                                                                   kith::idempotent};
inline constexpr kith::method<get_return, return_view> get_returned{"order.get_return",
                                                                    kith::idempotent};
inline constexpr kith::method<list_returns, return_page> list_returned{"order.list_returns",
                                                                       kith::idempotent};

struct order_placed {
  std::string id;
  std::string key;
  std::string customer;
  money::amount total;
};
KITH_DESCRIBE(order_placed, id, key, customer, total)

struct order_settled {
  std::string id;
  std::string key;
  std::string customer;
  order_state state{};  ///< paid, declined or cancelled
  money::amount total;
  money::amount captured;
  money::amount refunded;
  std::string decline_code;
};
KITH_DESCRIBE(order_settled, id, key, customer, state, total, captured, refunded, decline_code)

struct order_cancelled {
  std::string id;
  std::string key;
  std::string customer;
  money::amount total;
};
KITH_DESCRIBE(order_cancelled, id, key, customer, total)

struct goods_returned {
  std::string id;
  std::string key;
  std::string customer;
  money::amount total;
};
KITH_DESCRIBE(goods_returned, id, key, customer, total)

struct return_settled {
  std::string id;
  std::string key;
  std::string customer;
  money::amount total;
  money::amount refunded;
  money::amount unmatched;
};
KITH_DESCRIBE(return_settled, id, key, customer, total, refunded, unmatched)

inline constexpr kith::topic<order_placed> placed{"order.placed"};
inline constexpr kith::topic<order_settled> settled{"order.settled"};
/// Somebody wants it cancelled; `order.settled` tells when that is done.
inline constexpr kith::topic<order_cancelled> cancelled{"order.cancelled"};
inline constexpr kith::topic<goods_returned> returned{"order.returned"};
inline constexpr kith::topic<return_settled> returned_settled{"order.return_settled"};

/// \name What happens, as it happens, at whatever instance
/// \{
struct watch_orders {
  /// Go on behind that change; nothing: from now on. After a bad end: where one got to.
  std::optional<std::uint64_t> after;
  std::string id;        ///< only of this order or return; empty: of all
  std::string customer;  ///< only of this customer; empty: of all
};
KITH_DESCRIBE(watch_orders, after, id, customer)
KITH_DEFAULTED(watch_orders, id, customer)

/// Each stream begins with one that names no topic: nothing has happened, and what is committed
/// from then on comes here.
struct order_change {
  std::uint64_t sequence = 0;  ///< to go on behind it
  std::string topic;           ///< of the event that told it to others: "order.placed"
  std::string id;
  std::string key;
  std::string customer;
  std::optional<order_state> state;  ///< of an order that was settled
  std::optional<money::amount> total;
};
KITH_DESCRIBE(order_change, sequence, topic, id, key, customer, state, total)

/// Each change once, in the order of the commits, however slow the reader. Errors: `log_regressed`
/// when `after` is of another database, `gap_unrecoverable` when it is too long ago.
inline constexpr kith::stream_method<watch_orders, order_change> watch{"order.watch",
                                                                       kith::idempotent};
/// \}

}  // namespace order
