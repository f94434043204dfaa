// SPDX-License-Identifier: MPL-2.0
#include "gateway/sandbox_cards.hpp"

#include <algorithm>
#include <array>

namespace gateway {
namespace {

constexpr std::array<sandbox_card, 23> cards{{
    {"4242424242424242", "visa", ""},
    {"4012888888881881", "visa", ""},
    {"4000056655665556", "visa debit", ""},
    {"5555555555554444", "mastercard", ""},
    {"5200828282828210", "mastercard debit", ""},
    {"5105105105105100", "mastercard prepaid", ""},
    {"378282246310005", "amex", ""},
    {"371449635398431", "amex", ""},
    {"6011111111111117", "discover", ""},
    {"6011000990139424", "discover", ""},
    {"30569309025904", "diners 14", ""},
    {"38520000023237", "diners 14", ""},
    {"3530111333300000", "jcb", ""},
    {"3566002020360505", "jcb", ""},
    {"4111111111111111", "visa", ""},
    {"4000000000000002", "visa", "card_declined"},
    {"4000000000009995", "visa", "insufficient_funds"},
    {"4000000000009987", "visa", "lost_card"},
    {"4000000000009979", "visa", "stolen_card"},
    {"4000000000000069", "visa", "expired_card"},
    {"4000000000000127", "visa", "incorrect_cvc"},
    {"4000000000000119", "visa", "processing_error", true},
    {"4242424242424241", "visa", "incorrect_number"},
}};
constexpr std::size_t paying = 15;
static_assert(cards[paying - 1].code.empty() && !cards[paying].code.empty());

}  // namespace

std::span<const sandbox_card> sandbox_cards() noexcept {
  return cards;
}
std::span<const sandbox_card> paying_cards() noexcept {
  return sandbox_cards().first(paying);
}
std::span<const sandbox_card> declining_cards() noexcept {
  return sandbox_cards().subspan(paying);
}

const sandbox_card* find_sandbox_card(std::string_view number) noexcept {
  const auto* found = std::find_if(cards.begin(), cards.end(), [number](const sandbox_card& card) {
    return card.number == number;
  });
  return found == cards.end() ? nullptr : found;
}

}  // namespace gateway
