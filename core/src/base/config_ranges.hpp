// SPDX-License-Identifier: MPL-2.0
#pragma once

// What each setting that is a number may be, from the least to the most.

#include <cstdint>
#include <string>
#include <string_view>

namespace kith {

struct number_range {
  std::string_view key;
  std::uint64_t least;
  std::uint64_t most;
};

/// Null for what is no number, or no setting of a node.
const number_range* range_of(std::string_view key) noexcept;

/// "10 to 60000".
std::string to_string(const number_range& range);

}  // namespace kith
