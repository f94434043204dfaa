// SPDX-License-Identifier: MPL-2.0
#include "payment/sandbox_gateway.hpp"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <string_view>

#include "base/stable_hash.hpp"
#include "payment/luhn.hpp"
#include "payment/sandbox_cards.hpp"

namespace payment {
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

declined decline(std::string_view code, bool retryable = false) {
  return {std::string{code}, std::string{message_of(code)}, retryable};
}

charge_result decide_charge(const charge_request& request) {
  const auto* card = find_sandbox_card(request.card_number);
  if (card == nullptr) {
    return decline(passes_luhn(request.card_number) ? "card_not_supported" : "incorrect_number");
  }
  if (!card->pays()) {
    return decline(card->code, card->retryable);
  }
  return approved{numbered(charge_prefix, request.idempotency_key)};
}

void check(const std::string& key, const money::amount& amount) {
  if (key.empty()) {
    throw kith::invalid_argument{"idempotency_key", "it is empty"};
  }
  if (amount.ten_thousandths <= 0) {
    throw kith::invalid_argument{"amount", money::to_string(amount) +
                                               " is not an amount to move: more than "
                                               "zero is"};
  }
}

}  // namespace

sandbox_gateway::sandbox_gateway(std::size_t remembered)
    : remembered_{std::max<std::size_t>(remembered, 1)} {}

charge_result sandbox_gateway::charge(const charge_request& request) {
  check(request.idempotency_key, request.amount);
  const auto what = "charge " + request.card_number + " " + money::to_string(request.amount);
  const std::lock_guard hold{lock_};
  if (const auto* before = recall(request.idempotency_key, what)) {
    return before->result;
  }
  auto result = decide_charge(request);
  std::string charge;
  if (const auto* yes = std::get_if<approved>(&result)) {
    charge = yes->authorization;
    left_[charge] = request.amount;
    ++totals_.charges;
  } else {
    ++totals_.declines;
  }
  return remember(request.idempotency_key, {what, std::move(result), std::move(charge)});
}

refund_result sandbox_gateway::refund(const refund_request& request) {
  check(request.idempotency_key, request.amount);
  const auto what = "refund " + request.authorization + " " + money::to_string(request.amount);
  const std::lock_guard hold{lock_};
  if (const auto* before = recall(request.idempotency_key, what)) {
    return before->result;
  }
  auto result = decide_refund(request);
  totals_.refunds += std::holds_alternative<approved>(result) ? 1 : 0;
  return remember(request.idempotency_key, {what, std::move(result), {}});
}

refund_result sandbox_gateway::decide_refund(const refund_request& request) {
  if (!request.authorization.starts_with(charge_prefix)) {
    return declined{"unknown_authorization", "no such charge: " + request.authorization, false};
  }
  if (const auto charge = left_.find(request.authorization); charge != left_.end()) {
    const auto left = money::subtract(charge->second, request.amount);
    if (!left || left->ten_thousandths < 0) {
      return declined{"refund_exceeds_charge",
                      money::to_string(charge->second) + " are left of the charge", false};
    }
    charge->second = *left;
  }
  return approved{numbered(refund_prefix, request.idempotency_key)};
}

const sandbox_gateway::answer* sandbox_gateway::recall(const std::string& key,
                                                       const std::string& request) {
  const auto found = answers_.find(key);
  if (found == answers_.end()) {
    return nullptr;
  }
  if (found->second.request != request) {
    // Without the requests: they hold card numbers, and this goes to a log.
    throw kith::failure{kith::errc::already_exists,
                        "the key " + key + " was used for another charge or refund",
                        "idempotency_key"};
  }
  ++totals_.repeats;
  return &found->second;
}

const charge_result& sandbox_gateway::remember(const std::string& key, answer what) {
  if (order_.size() >= remembered_) {
    const auto oldest = answers_.find(order_.front());
    left_.erase(oldest->second.charge);
    answers_.erase(oldest);
    order_.pop_front();
  }
  order_.push_back(key);
  return answers_.emplace(key, std::move(what)).first->second.result;
}

sandbox_gateway::totals sandbox_gateway::counted() const {
  const std::lock_guard hold{lock_};
  return totals_;
}

}  // namespace payment
