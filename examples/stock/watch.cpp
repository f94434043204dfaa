// SPDX-License-Identifier: MPL-2.0

// Another node: hears every change, takes two units, and stops when it has heard of that.

#include <iostream>

#include <kith/node.hpp>

#include "stock.hpp"

using namespace std::chrono_literals;

kith::task<void> order_tea(kith::node& node, kith::subscription changes) {
  co_await changes.subscribed();  // a publisher was found, and it will tell us everything
  const auto shop = node.service("stock");
  const stock::withdrawal wanted{.sku = "tea", .count = 2, .note = {}};
  const kith::result<stock::level> left =
      co_await shop.try_call(stock::take, wanted, {.deadline = 500ms});
  if (left) {
    std::cout << "taken; " << left->count << " left" << std::endl;
  } else if (left.error().outcome == kith::outcome::outcome_unknown) {
    std::cout << "perhaps taken: " << left.error().to_string() << std::endl;
  } else {
    std::cout << "not taken: " << left.error().to_string() << std::endl;
  }
  co_await node.sleep(100ms);
  node.stop();
}

int main(int argc, char** argv) {
  kith::node node{kith::config::from("", argc, argv)};
  auto changes = node.subscribe(
      stock::changed,
      [](const stock::level& now, const kith::event_info& about) {
        std::cout << "#" << about.sequence << ": " << now.count << " of " << now.sku << std::endl;
      },
      {.on_gap = [](const kith::event_gap& gap) {
        std::cout << "missed " << gap.count << " from #" << gap.first << std::endl;
      }});
  node.on_start([&] { node.spawn(order_tea(node, changes)); });
  return node.run();
}
