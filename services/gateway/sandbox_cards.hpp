// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// The test cards that payment processors publish, and what each of them answers.

#include <span>
#include <string_view>

namespace gateway {

struct sandbox_card {
  std::string_view number;
  std::string_view brand;
  std::string_view code;  ///< "card_declined"...; empty for a card that pays
  bool retryable = false;

  [[nodiscard]] bool pays() const noexcept { return code.empty(); }
};

/// The 15 cards that pay, then the 8 that do not.
std::span<const sandbox_card> sandbox_cards() noexcept;
std::span<const sandbox_card> paying_cards() noexcept;
std::span<const sandbox_card> declining_cards() noexcept;

/// nullptr when the number is none of them.
const sandbox_card* find_sandbox_card(std::string_view number) noexcept;

}  // namespace gateway
