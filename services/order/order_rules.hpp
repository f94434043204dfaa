// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// What order accepts and how orders go from state to state. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "order/order_api.hpp"

namespace order {

/// Whether it can be taken; gives its total.
kith::result<money::amount> check(const place_order& request);
kith::result<money::amount> check(const return_goods& request);

/// `cursor` and `limit` of a list, and its age in microseconds.
kith::result<void> check_page(std::string_view cursor, std::int32_t limit, std::int64_t min_age_ms);
kith::result<void> check_id(std::string_view id);
kith::result<void> check(const watch_orders& request);

/// Payment has answered for it.
[[nodiscard]] constexpr bool is_settled(order_state state) noexcept {
  return state == order_state::paid || state == order_state::declined ||
         state == order_state::cancelled;
}

/// What payment may say of an order.
enum class verdict : std::uint8_t { captured, declined, refunded };

/// The state after that verdict; nothing when it changes nothing: it was heard before, or the order
/// is being cancelled meanwhile and waits for its refund.
std::optional<order_state> after(order_state now, verdict heard) noexcept;

/// What payment said of an order.
struct payment_answer {
  verdict heard{};
  std::string order_id;
  money::amount captured;
  money::amount refunded;
  std::string decline_code;
};

/// Whether the amounts can be right for an order with that total: all of it captured or nothing,
/// and no more refunded than captured.
kith::result<void> check_amounts(const money::amount& total, const payment_answer& answer);
/// The same for a return: at most its total is refunded.
kith::result<void> check_refund(const money::amount& total, const money::amount& refunded);

enum class cancellation : std::uint8_t { begins, known, refused };
/// What asking for a cancellation does in that state.
cancellation on_cancel(order_state now) noexcept;

}  // namespace order
