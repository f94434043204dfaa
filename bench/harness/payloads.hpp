// SPDX-License-Identifier: MPL-2.0
#pragma once

// What travels, the same for every contender: as MessagePack a map by field name, the same octets
// from msgpack-cxx's own macro and from kith's (tests/unit/bench/payloads_test.cpp holds them to
// it).

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <msgpack.hpp>

#include <kith/contract.hpp>

namespace bench {

/// Numbered octets. The numbers begin where their encoding no longer changes its length.
struct tick {
  std::uint64_t sequence = 0;
  std::vector<std::byte> data;

  friend bool operator==(const tick&, const tick&) = default;
  MSGPACK_DEFINE_MAP(sequence, data)
};
KITH_DESCRIBE(tick, sequence, data)

inline constexpr std::uint64_t first_sequence = std::uint64_t{1} << 32;

/// What a service passes around: 89 octets with the values of `sample_order`.
struct order {
  std::string id;
  std::string customer;
  std::string stock_code;
  std::int64_t quantity = 0;
  std::int64_t unit_price = 0;
  std::string currency;

  friend bool operator==(const order&, const order&) = default;
  MSGPACK_DEFINE_MAP(id, customer, stock_code, quantity, unit_price, currency)
};
KITH_DESCRIBE(order, id, customer, stock_code, quantity, unit_price, currency)

/// A tick whose encoding has so many octets: at least 26, and not 282, which none has.
tick tick_of(std::size_t octets);
order sample_order();

/// How a program names what it sends: "order", or the octets of a tick.
struct payload {
  bool is_order = false;
  std::size_t octets = 64;
};
payload payload_named(const std::string& name);

}  // namespace bench
