// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Who a node is: ids, incarnations, and what it says of itself in its hello. And of which larger
/// work something is a part.

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kith {

/// Drawn anew at every start of a process: one id is one life of one node. The last 6 octets say of
/// which service, the first 10 are chance.
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
/// compared within one name, where a clock that was set back makes the older life win, and that is
/// said; and to tell which of two databases was there first.
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

/// One span of a trace: the place of a piece of work in a larger one, across nodes (W3C Trace
/// Context). Calls and events carry it as `traceparent`; whoever is at work for one of them has it
/// around, and what it calls and tells goes on with it by itself.
struct trace_context {
  std::array<std::uint8_t, 16> trace{};
  std::array<std::uint8_t, 8> span{};
  bool sampled = false;  ///< somebody keeps it: spans are given ids of their own

  friend bool operator==(const trace_context&, const trace_context&) = default;
  [[nodiscard]] bool is_nil() const noexcept { return trace == decltype(trace){}; }
  /// "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"; empty for nil.
  [[nodiscard]] std::string to_string() const;
  /// 32 hexadecimal digits.
  [[nodiscard]] std::string trace_text() const;
  /// 16 hexadecimal digits.
  [[nodiscard]] std::string span_text() const;
  /// Of a `traceparent`; nothing when it is none.
  static std::optional<trace_context> from_string(std::string_view text) noexcept;
};

namespace detail {
inline constinit thread_local trace_context trace_around{};
}  // namespace detail

/// What this thread is at work for; nil: for nothing that has a trace. A coroutine of ours finds it
/// again after each `co_await`.
inline const trace_context& current_trace() noexcept {
  return detail::trace_around;
}

/// While it lives, this thread is at work for that. Not to be held across a `co_await`.
class trace_scope {
 public:
  explicit trace_scope(const trace_context& work) noexcept : before_{detail::trace_around} {
    detail::trace_around = work;
  }
  trace_scope(const trace_scope&) = delete;
  trace_scope& operator=(const trace_scope&) = delete;
  ~trace_scope() { detail::trace_around = before_; }

 private:
  trace_context before_;
};

}  // namespace kith

template <>
struct std::hash<kith::node_id> {
  std::size_t operator()(const kith::node_id& id) const noexcept {
    return std::hash<std::string_view>{}(id.bytes());
  }
};
