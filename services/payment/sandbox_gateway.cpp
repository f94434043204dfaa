// SPDX-License-Identifier: MPL-2.0
#include "payment/sandbox_gateway.hpp"

#include <algorithm>
#include <utility>

#include "gateway/sandbox_answers.hpp"
#include "payment/sandbox_words.hpp"

namespace payment {
sandbox_gateway::sandbox_gateway(std::size_t remembered)
    : remembered_{std::max<std::size_t>(remembered, 1)} {}

kith::task<gateway_answer> sandbox_gateway::charge(charge_request request) {
  co_return charge_now(request);
}

kith::task<gateway_answer> sandbox_gateway::refund(refund_request request) {
  co_return refund_now(request);
}

kith::task<std::optional<gateway_answer>> sandbox_gateway::find(std::string idempotency_key) {
  co_return find_now(idempotency_key);
}

gateway_answer sandbox_gateway::charge_now(const charge_request& request) {
  const gateway::charge_card wanted{request.idempotency_key, request.order_id, request.card_number,
                                    request.amount};
  gateway::check(wanted);
  auto stands_for = gateway::fingerprint(wanted);
  if (const auto* before = recall(wanted.key, stands_for)) {
    return before->given;
  }
  auto given = gateway::decide(wanted);
  std::string charge;
  if (given.approved) {
    charge = given.authorization;
    left_[charge] = request.amount;
    ++totals_.charges;
  } else {
    ++totals_.declines;
  }
  return remember(wanted.key,
                  {std::move(stands_for), answer_of(std::move(given)), std::move(charge)});
}

gateway_answer sandbox_gateway::refund_now(const refund_request& request) {
  const gateway::give_back wanted{request.idempotency_key, request.authorization, request.amount};
  gateway::check(wanted);
  auto stands_for = gateway::fingerprint(wanted);
  if (const auto* before = recall(wanted.key, stands_for)) {
    return before->given;
  }
  const auto charge = left_.find(wanted.authorization);
  auto given =
      gateway::decide(wanted, charge == left_.end() ? std::nullopt : std::optional{charge->second});
  if (given.approved) {
    ++totals_.refunds;
    if (charge != left_.end()) {
      charge->second.ten_thousandths -= wanted.amount.ten_thousandths;
    }
  }
  return remember(wanted.key, {std::move(stands_for), answer_of(std::move(given)), {}});
}

std::optional<gateway_answer> sandbox_gateway::find_now(const std::string& key) const {
  const auto found = answers_.find(key);
  return found == answers_.end() ? std::nullopt : std::optional{found->second.given};
}

const sandbox_gateway::remembered_answer* sandbox_gateway::recall(const std::string& key,
                                                                  const std::string& fingerprint) {
  const auto found = answers_.find(key);
  if (found == answers_.end()) {
    return nullptr;
  }
  if (found->second.fingerprint != fingerprint) {
    gateway::refuse_key(key);
  }
  ++totals_.repeats;
  return &found->second;
}

const gateway_answer& sandbox_gateway::remember(const std::string& key, remembered_answer what) {
  if (order_.size() >= remembered_) {
    const auto oldest = answers_.find(order_.front());
    left_.erase(oldest->second.charge);
    answers_.erase(oldest);
    order_.pop_front();
  }
  order_.push_back(key);
  return answers_.emplace(key, std::move(what)).first->second.given;
}

}  // namespace payment
