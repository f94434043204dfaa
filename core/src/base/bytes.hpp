// SPDX-License-Identifier: MPL-2.0
#pragma once

// Octets. An owned run of octets is a std::string and a borrowed one a std::string_view, as
// MessagePack's and ZeroMQ's own wrappers have it: no zero-filled growth, literals in tests.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kith {

using bytes = std::string;
using byte_view = std::string_view;

/// As contracts carry octets that are no text.
inline std::vector<std::byte> octets_of(byte_view of) {
  const auto* const first = reinterpret_cast<const std::byte*>(of.data());
  return {first, first + of.size()};
}
/// And back: a view.
inline byte_view bytes_of(const std::vector<std::byte>& of) noexcept {
  return {reinterpret_cast<const char*>(of.data()), of.size()};
}

}  // namespace kith
