// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// What payment accepts, and from which charges it gives money back. Pure.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "order/order_api.hpp"
#include "payment/payment_api.hpp"

namespace payment {

/// Whether what order says can be charged, or given back.
kith::result<void> check_subject(std::string_view id, std::string_view customer,
                                 const money::amount& total);
kith::result<void> check(const get_payment& request);

/// What is left of a charge.
struct open_charge {
  std::string order_id;
  std::string authorization;
  std::int64_t left = 0;
};

struct refund_part {
  std::string order_id;
  std::string authorization;
  std::int64_t amount = 0;
  friend bool operator==(const refund_part&, const refund_part&) = default;
};

/// Takes `wanted` from the charges in their order, as far as they go.
std::vector<refund_part> draw(std::int64_t wanted, std::span<const open_charge> charges);

std::int64_t sum_of(std::span<const refund_part> parts) noexcept;

}  // namespace payment
