// SPDX-License-Identifier: MPL-2.0
#pragma once

// Which names a certificate gives. A right is one of
//
//   order    the name "order" and every name below it: "order.get", not "orders.get"
//   order.   every name below it
//   *        every name but those below "kith", which are given by naming them
//
// and nothing else stands for more than itself.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/reserved_names.hpp"
#include "security/flaw.hpp"

namespace kith::security {

inline constexpr std::size_t most_rights = 64;

/// "*", or a name (base/name.hpp) that does not begin with a dot.
[[nodiscard]] bool is_right(std::string_view text) noexcept;

class rights {
 public:
  rights() = default;
  /// In any order. malformed or too_large, at "field[2]" or "field".
  static judged<rights> of(std::vector<std::string> list, const std::string& field);

  /// Sorted by octets, each once.
  [[nodiscard]] const std::vector<std::string>& list() const noexcept { return list_; }

  /// Whether a method or topic is given.
  [[nodiscard]] bool cover(std::string_view name) const noexcept;
  /// Whether every name that begins so is given. The empty prefix takes "*" and "kith.".
  [[nodiscard]] bool cover_all(std::string_view prefix) const noexcept;

  friend bool operator==(const rights&, const rights&) = default;

 private:
  std::vector<std::string> list_;
};

}  // namespace kith::security
