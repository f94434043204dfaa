// SPDX-License-Identifier: MPL-2.0
#include "gateway/sandbox_answers.hpp"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <string_view>

#include "base/field_checks.hpp"
#include "base/stable_hash.hpp"
#include "gateway/luhn.hpp"
#include "gateway/sandbox_cards.hpp"

namespace gateway {
namespace {

constexpr std::string_view charge_prefix = "sandbox-charge-";
constexpr std::string_view refund_prefix = "sandbox-refund-";

std::string numbered(std::string_view prefix, std::string_view key) {
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016" PRIx64, services::stable_hash(key));
  return std::string{prefix} + digits.data();
}

std::string_view message_of(std::string_view code) noexcept {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> messages{{
      {"card_declined", "the bank refuses the card"},
      {"insufficient_funds", "the account does not hold enough"},
      {"lost_card", "the card was reported lost"},
      {"stolen_card", "the card was reported stolen"},
      {"expired_card", "the card has expired"},
      {"incorrect_cvc", "the security code is wrong"},
      {"processing_error", "the bank could not process it; try again"},
      {"incorrect_number", "the card number is wrong"},
      {"card_not_supported", "the sandbox knows test cards only"},
  }};
  const auto* found = std::find_if(messages.begin(), messages.end(),
                                   [code](const auto& one) { return one.first == code; });
  return found == messages.end() ? std::string_view{} : found->second;
}

answer decline(std::string_view code, bool retryable = false) {
  return {false, {}, std::string{code}, std::string{message_of(code)}, retryable};
}

void check_key(std::string_view key) {
  services::or_throw(services::check_name("key", key, max_key_octets));
}

void check_amount(const money::amount& amount) {
  if (amount.ten_thousandths <= 0) {
    throw kith::invalid_argument{
        "amount", money::to_string(amount) + " is not an amount to move: more than zero is"};
  }
}

}  // namespace

void check(const charge_card& request) {
  check_key(request.key);
  services::or_throw(services::check_name("subject", request.subject, max_key_octets));
  check_amount(request.amount);
}

void check(const give_back& request) {
  check_key(request.key);
  check_amount(request.amount);
}

void check(const find_answer& request) {
  check_key(request.key);
}

void check(const list_charges& request) {
  if (request.limit < 1 || request.limit > max_page) {
    throw kith::invalid_argument{
        "limit", std::to_string(request.limit) + ", it is 1 to " + std::to_string(max_page)};
  }
}

answer decide(const charge_card& request) {
  const auto* card = find_sandbox_card(request.card_number);
  if (card == nullptr) {
    return decline(passes_luhn(request.card_number) ? "card_not_supported" : "incorrect_number");
  }
  if (!card->pays()) {
    return decline(card->code, card->retryable);
  }
  return {true, numbered(charge_prefix, request.key), {}, {}, false};
}

answer decide(const give_back& request, const std::optional<money::amount>& left) {
  if (!request.authorization.starts_with(charge_prefix)) {
    return {false, {}, "unknown_authorization", "no such charge: " + request.authorization, false};
  }
  if (left) {
    const auto rest = money::subtract(*left, request.amount);
    if (!rest || rest->ten_thousandths < 0) {
      return {false,
              {},
              "refund_exceeds_charge",
              money::to_string(*left) + " are left of the charge",
              false};
    }
  }
  return {true, numbered(refund_prefix, request.key), {}, {}, false};
}

std::string fingerprint(const charge_card& request) {
  return "charge " + request.card_number + " " + money::to_string(request.amount);
}

std::string fingerprint(const give_back& request) {
  return "refund " + request.authorization + " " + money::to_string(request.amount);
}

void refuse_key(const std::string& key) {
  // Without the requests: they hold card numbers, and this goes to a log.
  throw kith::failure{kith::errc::already_exists,
                      "the key " + key + " was used for another charge or refund", "key"};
}

}  // namespace gateway
