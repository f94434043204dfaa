// SPDX-License-Identifier: MPL-2.0
#pragma once

// What calls a client takes: so many without an outcome, so many octets in their bodies, and names
// that fit into an envelope. Pure.

#include <algorithm>
#include <cstddef>
#include <optional>

#include <kith/call.hpp>
#include <kith/errors.hpp>

#include "rpc/call_table.hpp"

namespace kith::rpc {

class call_limits {
 public:
  call_limits(std::size_t calls, std::size_t octets) noexcept
      : calls_{std::min(calls, call_table::most)}, octets_{octets} {}

  [[nodiscard]] std::size_t calls() const noexcept { return calls_; }
  /// Why it is not taken, when `pending` have no outcome yet and a name may have `name_bytes`. One
  /// body is taken, whatever its size.
  [[nodiscard]] std::optional<error> objection_to(const detail::raw_call& call, std::size_t pending,
                                                  std::size_t name_bytes) const;
  /// That body is kept from now on.
  void hold(const std::string& body) noexcept { held_ += body.size(); }
  /// It is not any more: it is empty then.
  void release(std::string& body) noexcept {
    held_ -= body.size();
    body = {};
  }

 private:
  std::size_t calls_;
  std::size_t octets_;
  std::size_t held_ = 0;
};

}  // namespace kith::rpc
