// SPDX-License-Identifier: MPL-2.0
#pragma once

// What the service does, without a network: it blocks, so it runs on the pool.

#include <string>

#include <kith/database.hpp>

#include "stock.hpp"

namespace stock {

class store {
 public:
  store(const std::string& url, std::int64_t opening_count);

  level get(const std::string& sku);
  level take(const withdrawal& wish);
  [[nodiscard]] const std::string& identity() const { return data_.identity(); }

 private:
  level find(kith::transaction& tx, const std::string& sku) const;

  kith::database data_;
  std::int64_t opening_count_;
};

}  // namespace stock
