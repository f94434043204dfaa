// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// How payment takes and gives back money: the seam to whoever really moves it.

#include <optional>
#include <string>
#include <variant>

#include <kith/errors.hpp>
#include <kith/task.hpp>

#include "money/money.hpp"

namespace payment {

struct charge_request {
  /// The same key is the same charge for ever: asked again it gives the same answer and takes
  /// nothing more. A new attempt after a retryable decline needs a new key.
  std::string idempotency_key;
  std::string order_id;
  std::string card_number;
  money::amount amount;  ///< more than zero
};

struct refund_request {
  std::string idempotency_key;  ///< as above, in a key space shared with charges
  std::string authorization;    ///< of the charge to give back from
  money::amount amount;         ///< more than zero, at most what is left of the charge
};

struct approved {
  std::string authorization;  ///< of the charge or of the refund
  friend bool operator==(const approved&, const approved&) = default;
};

struct declined {
  std::string code;     ///< "insufficient_funds": for programs, stable
  std::string message;  ///< for people
  bool retryable = false;
  friend bool operator==(const declined&, const declined&) = default;
};

using gateway_answer = std::variant<approved, declined>;

/// On the loop's thread; what blocks goes to the node's pool. Never inside a database transaction.
///
/// A decline is an answer. No answer is a kith::failure: with the outcome `outcome_unknown` the
/// money may have moved; `find` tells, or the same request again. `invalid_argument` (amount not
/// positive, empty key) and `already_exists` (the key was used for something else) are bugs of the
/// caller.
class card_gateway {
 public:
  virtual ~card_gateway() = default;
  virtual kith::task<gateway_answer> charge(charge_request request) = 0;
  virtual kith::task<gateway_answer> refund(refund_request request) = 0;
  /// What was answered to that key; nothing when it has never arrived.
  virtual kith::task<std::optional<gateway_answer>> find(std::string idempotency_key) = 0;
};

}  // namespace payment
