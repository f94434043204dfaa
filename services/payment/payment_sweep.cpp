// SPDX-License-Identifier: MPL-2.0
// How payment finds what it did not hear, or what the chosen instance did not do.
#include <algorithm>
#include <utility>

#include "payment/payment_service.hpp"

namespace payment {
namespace {

using namespace std::chrono_literals;

constexpr auto look_interval = 50ms;
constexpr auto page_deadline = 2s;

}  // namespace

bool payment_service::has_begun(kith::transaction& tx, const heard& what) {
  if (const auto* const order = std::get_if<heard_order>(&what)) {
    return order->cancelled
               ? refund_store::find(tx, refund_store::id_for_cancellation(order->id)).has_value()
               : charge_store::find(tx, order->id).has_value();
  }
  return refund_store::find(tx, refund_store::id_for_return(std::get<heard_return>(what).id))
      .has_value();
}

kith::task<void> payment_service::look_again() {
  for (;;) {
    co_await node_->sleep(look_interval);
    auto due = later_.take_due(node_->now());
    if (due.empty()) {
      continue;
    }
    try {
      auto read = writer_.read([&due](kith::transaction& tx) {
        std::erase_if(due, [&](const heard& one) { return has_begun(tx, one); });
        return due.size();
      });
      co_await read;
    } catch (const kith::failure& why) {
      warn("cannot look whether orders are being paid: " + why.reason().message);
    }
    for (auto& one : due) {
      std::visit([this](auto& left) { accept(std::move(left)); }, one);
    }
  }
}

kith::task<void> payment_service::sweep() {
  for (;;) {
    try {
      co_await sweep_orders();
      co_await sweep_returns();
    } catch (const kith::failure& why) {
      if (why.what_code() != kith::errc::cancelled) {
        warn("cannot ask order for what is not settled: " + why.reason().message);
      }
    }
    co_await node_->sleep(options_.sweep_interval);
  }
}

kith::task<void> payment_service::sweep_orders() {
  order::list_orders wanted;
  wanted.limit = order::max_page;
  wanted.unsettled = true;
  wanted.min_age_ms = options_.sweep_min_age.count();
  for (;;) {
    auto asked = orders_->call(order::list, wanted, {.deadline = page_deadline});
    auto page = co_await asked;
    for (auto& order : page.orders) {
      if (share_.is_mine(order.id) && !accept(std::move(order))) {
        co_return;  // enough for now: the next sweep begins with the oldest again
      }
    }
    if (!page.next) {
      co_return;
    }
    wanted.cursor = *page.next;
  }
}

kith::task<void> payment_service::sweep_returns() {
  order::list_returns wanted;
  wanted.limit = order::max_page;
  wanted.unsettled = true;
  wanted.min_age_ms = options_.sweep_min_age.count();
  for (;;) {
    auto asked = orders_->call(order::list_returned, wanted, {.deadline = page_deadline});
    auto page = co_await asked;
    for (auto& goods : page.returns) {
      if (share_.is_mine(goods.id) && !accept(std::move(goods))) {
        co_return;
      }
    }
    if (!page.next) {
      co_return;
    }
    wanted.cursor = *page.next;
  }
}

}  // namespace payment
