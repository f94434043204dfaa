// SPDX-License-Identifier: MPL-2.0
#include "order/order_rules.hpp"

#include <string>

#include "base/field_checks.hpp"
#include "money/currency.hpp"

namespace order {
namespace {

using services::check_length;
using services::check_name;
using services::wrong;

constexpr std::int64_t max_age_ms = std::int64_t{366} * 24 * 3600 * 1000;
constexpr std::size_t max_cursor_octets = 20;

/// Says where an error of money came from.
tl::unexpected<kith::error> at(std::string field, kith::error why) {
  why.message = field + ": " + why.message;
  why.where = std::move(field);
  return tl::make_unexpected(std::move(why));
}

kith::result<void> check_texts(const line& one, const std::string& where) {
  return check_name(where + ".stock_code", one.stock_code, max_stock_code_octets).and_then([&] {
    return check_length(where + ".description", one.description, max_description_octets);
  });
}

kith::result<void> check_price(const line& one, const line& first, const std::string& where) {
  if (auto known = money::check_currency(one.unit_price.currency); !known) {
    return at(where + ".unit_price.currency", std::move(known.error()));
  }
  if (one.unit_price.currency != first.unit_price.currency) {
    return wrong(where + ".unit_price.currency", one.unit_price.currency + " beside " +
                                                     first.unit_price.currency +
                                                     ": one order has one currency");
  }
  if (one.unit_price.ten_thousandths < 0) {
    return wrong(where + ".unit_price", money::to_string(one.unit_price) + " is negative");
  }
  if (one.quantity < 1) {
    return wrong(where + ".quantity", std::to_string(one.quantity) + ", it is at least 1");
  }
  return {};
}

kith::result<money::amount> total_of(const std::vector<line>& lines) {
  auto total = money::zero(lines.front().unit_price.currency);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto where = "lines[" + std::to_string(i) + "]";
    if (auto good = check_texts(lines[i], where); !good) {
      return tl::make_unexpected(std::move(good.error()));
    }
    if (auto good = check_price(lines[i], lines.front(), where); !good) {
      return tl::make_unexpected(std::move(good.error()));
    }
    auto cost = money::multiply(lines[i].unit_price, lines[i].quantity);
    if (!cost) {
      return at(where + ".quantity", std::move(cost.error()));
    }
    auto sum = money::add(total, *cost);
    if (!sum) {
      return at(where, std::move(sum.error()));
    }
    total = std::move(*sum);
  }
  return total;
}

kith::result<money::amount> check_lines(const std::vector<line>& lines) {
  if (lines.empty()) {
    return wrong("lines", "there are none");
  }
  if (lines.size() > max_lines) {
    return wrong("lines", std::to_string(lines.size()) + " of them, " + std::to_string(max_lines) +
                              " at most");
  }
  auto total = total_of(lines);
  if (total && total->ten_thousandths == 0) {
    return wrong("lines", "they cost nothing, so there is nothing to pay");
  }
  if (const auto octets = kith::encode(lines).size(); total && octets > max_lines_octets) {
    return wrong("lines", std::to_string(octets) + " octets, " + std::to_string(max_lines_octets) +
                              " at most");
  }
  return total;
}

template <class Request>
kith::result<money::amount> check_request(const Request& request) {
  if (auto good = check_name("key", request.key, max_name_octets); !good) {
    return tl::make_unexpected(std::move(good.error()));
  }
  if (auto good = check_name("customer", request.customer, max_name_octets); !good) {
    return tl::make_unexpected(std::move(good.error()));
  }
  return check_lines(request.lines);
}

}  // namespace

kith::result<money::amount> check(const place_order& request) {
  return check_request(request);
}

kith::result<money::amount> check(const return_goods& request) {
  return check_request(request);
}

kith::result<void> check_page(std::string_view cursor, std::int32_t limit,
                              std::int64_t min_age_ms) {
  if (cursor.size() > max_cursor_octets ||
      cursor.find_first_not_of("0123456789") != std::string_view::npos) {
    return wrong("cursor", "it is none that a page ended with");
  }
  if (limit < 1 || limit > max_page) {
    return wrong("limit", std::to_string(limit) + ", it is 1 to " + std::to_string(max_page));
  }
  if (min_age_ms < 0 || min_age_ms > max_age_ms) {
    return wrong("min_age_ms",
                 std::to_string(min_age_ms) + ", it is 0 to " + std::to_string(max_age_ms));
  }
  return {};
}

kith::result<void> check_id(std::string_view id) {
  return check_name("id", id, max_name_octets);
}

kith::result<void> check(const watch_orders& request) {
  return check_length("id", request.id, max_name_octets).and_then([&] {
    return check_length("customer", request.customer, max_name_octets);
  });
}

std::optional<order_state> after(order_state now, verdict heard) noexcept {
  if (now == order_state::placed && heard == verdict::captured) {
    return order_state::paid;
  }
  if (now == order_state::placed && heard == verdict::declined) {
    return order_state::declined;
  }
  if (now == order_state::cancelling && heard == verdict::refunded) {
    return order_state::cancelled;
  }
  return std::nullopt;
}

kith::result<void> check_refund(const money::amount& total, const money::amount& refunded) {
  const auto most = money::compare(refunded, total);
  if (!most) {
    return at("refunded", most.error());
  }
  if (refunded.ten_thousandths < 0 || *most > 0) {
    return wrong("refunded", money::to_string(refunded) + " of " + money::to_string(total));
  }
  return {};
}

kith::result<void> check_amounts(const money::amount& total, const payment_answer& answer) {
  const bool all = answer.captured == total;
  const bool nothing = answer.captured == money::zero(total.currency);
  const bool right = answer.heard == verdict::captured   ? all
                     : answer.heard == verdict::declined ? nothing
                                                         : all || nothing;
  if (!right) {
    return wrong("captured", money::to_string(answer.captured) + " of " + money::to_string(total));
  }
  return check_refund(answer.captured, answer.refunded);
}

cancellation on_cancel(order_state now) noexcept {
  switch (now) {
    case order_state::placed:
    case order_state::paid: return cancellation::begins;
    case order_state::cancelling:
    case order_state::cancelled: return cancellation::known;
    case order_state::declined: break;
  }
  return cancellation::refused;
}

}  // namespace order
