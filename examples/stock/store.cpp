// SPDX-License-Identifier: MPL-2.0
#include "store.hpp"

namespace stock {

store::store(const std::string& url, std::int64_t opening_count)
    : data_{kith::database::open(url)}, opening_count_{opening_count} {
  data_.migrate("stock", {"CREATE TABLE level (sku TEXT PRIMARY KEY, count INTEGER NOT NULL)"});
}

level store::find(kith::transaction& tx, const std::string& sku) const {
  const auto row = tx.find("SELECT count FROM level WHERE sku = ?", sku);
  return {sku, row ? row->get<std::int64_t>(0) : opening_count_};
}

level store::get(const std::string& sku) {
  return data_.read([&](kith::transaction& tx) { return find(tx, sku); });
}

level store::take(const withdrawal& wish) {
  if (wish.count < 1) {
    throw kith::invalid_argument{"count", "take at least one"};
  }
  return data_.transaction([&](kith::transaction& tx) {
    auto now = find(tx, wish.sku);
    if (now.count < wish.count) {
      throw kith::failed_precondition{"only " + std::to_string(now.count) + " of " + wish.sku +
                                      " are left"};
    }
    now.count -= wish.count;
    tx.execute(
        "INSERT INTO level (sku, count) VALUES (?, ?) "
        "ON CONFLICT (sku) DO UPDATE SET count = excluded.count",
        now.sku, now.count);
    return now;
  });
}

}  // namespace stock
