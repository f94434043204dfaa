// SPDX-License-Identifier: MPL-2.0
#pragma once

// The contract of the stock service, shared by both sides.

#include <cstdint>
#include <optional>
#include <string>

#include <kith/contract.hpp>

namespace stock {

struct item {
  std::string sku;
};
KITH_DESCRIBE(item, sku)

struct level {
  std::string sku;
  std::int64_t count = 0;
};
KITH_DESCRIBE(level, sku, count)

struct withdrawal {
  std::string sku;
  std::int64_t count = 1;
  std::optional<std::string> note;
};
KITH_DESCRIBE(withdrawal, sku, count, note)
KITH_DEFAULTED(withdrawal, count)  // may be missing, and is 1 then

inline constexpr kith::method<item, level> get{"stock.get", kith::idempotent};
inline constexpr kith::method<withdrawal, level> take{"stock.take"};
inline constexpr kith::topic<level> changed{"stock.changed"};

}  // namespace stock
