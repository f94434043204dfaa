// SPDX-License-Identifier: MPL-2.0
#include "storefront/invoice.hpp"

#include <utility>

namespace storefront {

std::string guest_of(std::string_view invoice_number) {
  return "guest-" + std::string{invoice_number};
}

kith::result<money::amount> asked_back(const invoice& from) {
  if (from.kind == invoice_kind::order || from.total.ten_thousandths >= 0) {
    return money::zero(from.total.currency);
  }
  return money::negate(from.total);
}

kith::result<void> append_line(invoice& to, invoice_line line) {
  const auto total =
      money::multiply(line.unit_price, line.quantity).and_then([&](const money::amount& value) {
        return add(to.total, value);
      });
  if (!total) {
    return tl::make_unexpected(total.error());
  }
  to.total = *total;
  to.lines.push_back(std::move(line));
  ++to.rows;
  return {};
}

}  // namespace storefront
