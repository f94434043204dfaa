// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// The sandbox inside of payment's own process: for a first look, and for tests.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

#include "gateway/gateway_api.hpp"
#include "payment/card_gateway.hpp"

namespace payment {

/// Every answer follows from the request alone, so two sandboxes, or one before and after a crash,
/// give one answer to one key, as a real gateway would. What it remembers only guards against
/// misuse, and is bounded: the last `remembered` keys. A key or charge that was forgotten, or that
/// another process made, is taken at its word.
class sandbox_gateway final : public card_gateway {
 public:
  explicit sandbox_gateway(std::size_t remembered = 100'000);

  kith::task<gateway_answer> charge(charge_request request) override;
  kith::task<gateway_answer> refund(refund_request request) override;
  kith::task<std::optional<gateway_answer>> find(std::string idempotency_key) override;

  // The same without a loop:
  gateway_answer charge_now(const charge_request& request);
  gateway_answer refund_now(const refund_request& request);
  [[nodiscard]] std::optional<gateway_answer> find_now(const std::string& key) const;

  struct totals {
    std::uint64_t charges = 0;  ///< approved ones, each key once
    std::uint64_t declines = 0;
    std::uint64_t refunds = 0;
    std::uint64_t repeats = 0;  ///< requests answered from memory
  };
  [[nodiscard]] const totals& counted() const noexcept { return totals_; }

 private:
  struct remembered_answer {
    std::string fingerprint;  // what the key stood for
    gateway_answer given;
    std::string charge;  // the authorization to draw refunds from, when this is a charge
  };

  const remembered_answer* recall(const std::string& key, const std::string& fingerprint);
  const gateway_answer& remember(const std::string& key, remembered_answer what);

  const std::size_t remembered_;
  std::unordered_map<std::string, remembered_answer> answers_;
  std::deque<std::string> order_;                        // keys, the oldest first
  std::unordered_map<std::string, money::amount> left_;  // of the remembered charges
  totals totals_;
};

}  // namespace payment
