// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// The contract of the service "payment". It acts on what it hears from "order"; the one thing to
/// ask of it is what became of an order's money.

#include <cstdint>
#include <string>

#include <kith/contract.hpp>

#include "money/money.hpp"

namespace payment {

/// claimed → captured | declined; or voided: the order was cancelled before it was charged.
enum class charge_state : std::uint8_t { claimed, captured, declined, voided };
KITH_DESCRIBE_ENUM(charge_state, claimed, captured, declined, voided)

struct payment_view {
  std::string order_id;
  std::string customer;
  charge_state state{};
  money::amount amount;
  money::amount refunded;     ///< of this charge, for whatever reason
  std::string authorization;  ///< of the gateway; empty unless captured
  std::string decline_code;   ///< "insufficient_funds"; empty unless declined
  std::string decline_message;
  bool retryable = false;  ///< another attempt, as a new order, may succeed
};
KITH_DESCRIBE(payment_view, order_id, customer, state, amount, refunded, authorization,
              decline_code, decline_message, retryable)

struct get_payment {
  std::string order_id;
};
KITH_DESCRIBE(get_payment, order_id)

/// `not_found` when payment has not heard of the order yet.
inline constexpr kith::method<get_payment, payment_view> get{"payment.get", kith::idempotent};

struct payment_captured {
  std::string order_id;
  std::string customer;
  money::amount amount;
  std::string authorization;
};
KITH_DESCRIBE(payment_captured, order_id, customer, amount, authorization)

struct payment_declined {
  std::string order_id;
  std::string customer;
  money::amount amount;
  std::string code;
  std::string message;
  bool retryable = false;
};
KITH_DESCRIBE(payment_declined, order_id, customer, amount, code, message, retryable)

enum class refund_reason : std::uint8_t { order_cancelled, goods_returned };
KITH_DESCRIBE_ENUM(refund_reason, order_cancelled, goods_returned)

/// A refund is over, even when nothing was given back: requested = refunded + unmatched.
struct payment_refunded {
  refund_reason reason{};
  std::string subject;  ///< id of the cancelled order, or of the return
  std::string customer;
  money::amount requested;
  money::amount refunded;
  money::amount unmatched;
};
KITH_DESCRIBE(payment_refunded, reason, subject, customer, requested, refunded, unmatched)

/// Each outcome is told once, in payment's log (kith/durable.hpp).
inline constexpr kith::topic<payment_captured> captured_topic{"payment.captured"};
inline constexpr kith::topic<payment_declined> declined_topic{"payment.declined"};
inline constexpr kith::topic<payment_refunded> refunded_topic{"payment.refunded"};

}  // namespace payment
