// SPDX-License-Identifier: MPL-2.0
#pragma once

// A contract that has a field of every kind.

#include <kith/contract.hpp>

namespace sample {

enum class state { placed, settled, cancelled };
KITH_DESCRIBE_ENUM(state, placed, settled, cancelled)

struct line {
  std::string stock_code;
  std::int32_t quantity = 1;
  std::int64_t unit_price = 0;
  friend bool operator==(const line&, const line&) = default;
};
KITH_DESCRIBE(line, stock_code, quantity, unit_price)
KITH_DEFAULTED(line, quantity)

struct order_view {
  std::string id;
  state now{};
  std::vector<line> lines;
  std::optional<std::string> note;
  friend bool operator==(const order_view&, const order_view&) = default;
};
KITH_DESCRIBE(order_view, id, now, lines, note)

struct get_order {
  std::string id;
  friend bool operator==(const get_order&, const get_order&) = default;
};
KITH_DESCRIBE(get_order, id)

struct everything {
  bool flag = false;
  std::int8_t i8 = 0;
  std::int16_t i16 = 0;
  std::int32_t i32 = 0;
  std::int64_t i64 = 0;
  std::uint8_t u8 = 0;
  std::uint16_t u16 = 0;
  std::uint32_t u32 = 0;
  std::uint64_t u64 = 0;
  float f32 = 0;
  double f64 = 0;
  std::string text;
  std::vector<std::byte> octets;
  std::vector<bool> flags;
  std::vector<std::vector<std::uint16_t>> table;
  std::map<std::string, line> by_name;
  std::optional<line> maybe;
  std::vector<std::optional<std::int32_t>> holes;
  state now{};
  kith::nothing empty;
  friend bool operator==(const everything&, const everything&) = default;
};
KITH_DESCRIBE(everything, flag, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, text, octets, flags,
              table, by_name, maybe, holes, now, empty)

/// Holds itself: as deep as the limit lets it be.
struct tree {
  std::int32_t label = 0;
  std::vector<tree> branches;
  friend bool operator==(const tree&, const tree&) = default;
};
KITH_DESCRIBE(tree, label, branches)

inline constexpr kith::method<get_order, order_view> get{"order.get", kith::idempotent};
inline constexpr kith::method<order_view, kith::nothing> place{"order.place"};
inline constexpr kith::topic<order_view> placed{"order.placed"};

}  // namespace sample
