// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// What `order.watch` tells: the events of order's own log, as changes. Pure.

#include <string>
#include <vector>

#include <kith/durable.hpp>

#include "order/order_api.hpp"

namespace order {

/// The topics that are told.
std::vector<std::string> told_changes();

/// `event` is of one of them. \throws failure (bad_payload) when it does not fit its topic
order_change change_of(const kith::logged_event& event);

[[nodiscard]] inline bool is_wanted(const watch_orders& by, const order_change& what) {
  return by.customer.empty() || by.customer == what.customer;
}

}  // namespace order
