// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// The active currencies of ISO 4217 (SIX list one, 2025) and their minor units.

#include <optional>
#include <string_view>
#include <vector>

#include <kith/errors.hpp>

namespace money {

struct currency {
  std::string_view code;           ///< "GBP"
  std::optional<int> minor_units;  ///< decimals people use; nullopt for gold, test codes and such

  friend bool operator==(const currency&, const currency&) = default;
};

/// nullopt when the code is not active: unknown, withdrawn, or not three upper-case letters.
std::optional<currency> find_currency(std::string_view code) noexcept;

/// Like `find_currency`, with an error that says what is wrong (`where` is "currency").
kith::result<void> check_currency(std::string_view code);

/// All of them, in order of their codes.
std::vector<currency> active_currencies();

}  // namespace money
