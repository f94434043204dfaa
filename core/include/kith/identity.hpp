// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Who a node is: ids, incarnations, and what it says of itself in its hello.

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kith {

/// 128 random bits, drawn anew at every start of a process: one id is one life of one node.
struct node_id {
  std::array<std::uint8_t, 16> octets{};

  friend auto operator<=>(const node_id&, const node_id&) = default;
  [[nodiscard]] bool is_nil() const noexcept { return *this == node_id{}; }
  /// 32 hexadecimal digits.
  [[nodiscard]] std::string to_string() const;
  /// The first 8 of them, for people.
  [[nodiscard]] std::string to_short_string() const;
  /// The sixteen octets as they travel.
  [[nodiscard]] std::string_view bytes() const noexcept {
    return {reinterpret_cast<const char*>(octets.data()), octets.size()};
  }
  /// From 16 octets, or from 32 hexadecimal digits; nothing else is an id.
  static std::optional<node_id> from_bytes(std::string_view octets) noexcept;
  static std::optional<node_id> from_string(std::string_view hex) noexcept;
};

/// Orders the lives of one instance name: microseconds of calendar time at the start. Only ever
/// compared within one name; a clock that was set back makes the older life win, and that is said.
using incarnation = std::uint64_t;

/// What a node offers, by name and by the fingerprint of its required fields.
struct offered {
  std::string name;
  std::uint64_t fingerprint = 0;
  friend bool operator==(const offered&, const offered&) = default;
};

/// What a node says of itself in hello and welcome.
struct node_description {
  node_id id;
  kith::incarnation incarnation = 0;
  std::string domain;          ///< nodes of different domains do not talk
  std::string service;         ///< "order"; empty for a tool that offers nothing
  std::string instance;        ///< "order-1", unique among the living of a domain by convention
  std::string zone;            ///< where it runs; empty when unknown
  std::uint32_t weight = 100;  ///< share of the load, relative to its siblings; 0 takes none
  std::string inbox;           ///< endpoint of its ROUTER, "tcp://127.0.0.1:40001"
  std::string outlet;          ///< endpoint of its XPUB
  std::vector<offered> methods;
  std::vector<offered> topics;
  std::string database;  ///< which database it works on (an opaque fingerprint), or empty
  std::string host;      ///< boot id and user of the machine, for people; nothing is decided by it
  friend bool operator==(const node_description&, const node_description&) = default;
};

}  // namespace kith

template <>
struct std::hash<kith::node_id> {
  std::size_t operator()(const kith::node_id& id) const noexcept {
    return std::hash<std::string_view>{}(id.bytes());
  }
};
