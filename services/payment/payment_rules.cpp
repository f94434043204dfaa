// SPDX-License-Identifier: MPL-2.0
#include "payment/payment_rules.hpp"

#include <algorithm>

#include "base/field_checks.hpp"
#include "money/currency.hpp"

namespace payment {

kith::result<void> check_subject(std::string_view id, std::string_view customer,
                                 const money::amount& total) {
  if (auto good = services::check_name("id", id, order::max_name_octets); !good) {
    return good;
  }
  if (auto good = services::check_name("customer", customer, order::max_name_octets); !good) {
    return good;
  }
  if (auto known = money::check_currency(total.currency); !known) {
    return services::wrong("total.currency", known.error().message);
  }
  if (total.ten_thousandths <= 0) {
    return services::wrong("total", money::to_string(total) + " cannot be moved");
  }
  return {};
}

kith::result<void> check(const get_payment& request) {
  return services::check_name("order_id", request.order_id, order::max_name_octets);
}

std::vector<refund_part> draw(std::int64_t wanted, std::span<const open_charge> charges) {
  std::vector<refund_part> parts;
  for (const auto& charge : charges) {
    const auto amount = std::min(wanted, charge.left);
    if (amount > 0) {
      parts.push_back({charge.order_id, charge.authorization, amount});
      wanted -= amount;
    }
  }
  return parts;
}

std::int64_t sum_of(std::span<const refund_part> parts) noexcept {
  std::int64_t sum = 0;  // of parts of one refund: it cannot exceed what was requested
  for (const auto& part : parts) {
    sum += part.amount;
  }
  return sum;
}

}  // namespace payment
