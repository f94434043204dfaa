// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// A card gateway that moves no money and answers as the published test cards do.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

#include "payment/card_gateway.hpp"

namespace payment {

/// A number that is no test card is declined: `incorrect_number` when its check digit is wrong,
/// else `card_not_supported`.
///
/// Every answer follows from the request alone, so two sandboxes, or one before and after a crash,
/// give one answer to one key, as a real gateway would. What it remembers only guards against
/// misuse, and is bounded: the last `remembered` keys. A key or charge that was forgotten, or that
/// another process made, is taken at its word.
class sandbox_gateway final : public card_gateway {
 public:
  explicit sandbox_gateway(std::size_t remembered = 100'000);

  charge_result charge(const charge_request& request) override;
  /// Declined with `refund_exceeds_charge` when the charge is remembered and less is left of it,
  /// and with `unknown_authorization` when the text is none that a sandbox hands out.
  refund_result refund(const refund_request& request) override;

  struct totals {
    std::uint64_t charges = 0;  ///< approved ones, each key once
    std::uint64_t declines = 0;
    std::uint64_t refunds = 0;
    std::uint64_t repeats = 0;  ///< requests answered from memory
  };
  [[nodiscard]] totals counted() const;

 private:
  struct answer {
    std::string request;  // what the key stood for
    charge_result result;
    std::string charge;  // the authorization to draw refunds from, when this is a charge
  };

  const answer* recall(const std::string& key, const std::string& request);
  const charge_result& remember(const std::string& key, answer what);
  refund_result decide_refund(const refund_request& request);

  const std::size_t remembered_;
  mutable std::mutex lock_;
  std::unordered_map<std::string, answer> answers_;
  std::deque<std::string> order_;                        // keys, the oldest first
  std::unordered_map<std::string, money::amount> left_;  // of the remembered charges
  totals totals_;
};

}  // namespace payment
