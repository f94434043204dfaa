// SPDX-License-Identifier: MPL-2.0
#include "serve.hpp"

namespace stock {

void serve(kith::node& node, store& data) {
  node.works_on_database(data.identity());
  node.serve(get, [&](item what) -> kith::task<level> {
    auto lookup = node.blocking([&] { return data.get(what.sku); });
    co_return co_await lookup;
  });
  auto announce = node.publishes(changed);
  node.serve(take, [&, announce](withdrawal wish) -> kith::task<level> {
    auto booking = node.blocking([&] { return data.take(wish); });
    level now = co_await booking;
    if (auto told = announce.publish(now); !told) {
      node.warn(told.error().to_string());
    }
    co_return now;
  });
}

}  // namespace stock
