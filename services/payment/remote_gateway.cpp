// SPDX-License-Identifier: MPL-2.0
#include "payment/remote_gateway.hpp"

#include <chrono>
#include <utility>

#include "gateway/gateway_api.hpp"
#include "payment/sandbox_words.hpp"

namespace payment {
namespace {

using namespace std::chrono_literals;

constexpr auto gateway_deadline = 2s;

}  // namespace

kith::task<gateway_answer> remote_gateway::charge(charge_request request) {
  const gateway::charge_card wanted{std::move(request.idempotency_key), std::move(request.order_id),
                                    std::move(request.card_number), std::move(request.amount)};
  auto asked = gateway_->call(gateway::charge, wanted, {.deadline = gateway_deadline});
  co_return answer_of(co_await asked);
}

kith::task<gateway_answer> remote_gateway::refund(refund_request request) {
  const gateway::give_back wanted{std::move(request.idempotency_key),
                                  std::move(request.authorization), std::move(request.amount)};
  auto asked = gateway_->call(gateway::refund, wanted, {.deadline = gateway_deadline});
  co_return answer_of(co_await asked);
}

kith::task<std::optional<gateway_answer>> remote_gateway::find(std::string idempotency_key) {
  const gateway::find_answer wanted{std::move(idempotency_key)};
  auto asked = gateway_->call(gateway::find, wanted, {.deadline = gateway_deadline});
  auto found = co_await asked;
  co_return found.given ? std::optional{answer_of(std::move(*found.given))} : std::nullopt;
}

}  // namespace payment
