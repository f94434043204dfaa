// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Charges in SQL. Each function runs in the transaction it is given, and may be run again.

#include <optional>
#include <string>
#include <string_view>

#include <kith/database.hpp>

#include "payment/card_gateway.hpp"
#include "payment/payment_api.hpp"

namespace payment {

struct charge_record {
  payment_view payment;
  bool cancelled = false;  ///< to be given back as soon as it is captured
  bool changed = false;    ///< this transaction made it, or changed its state
};

/// An order to be charged.
struct intent {
  std::string order_id;
  std::string customer;
  money::amount amount;
};

class charge_store {
 public:
  /// Writes the intent down, once for each order; else gives what is there.
  static charge_record claim(kith::transaction& tx, const intent& what, std::int64_t now_us);
  /// The same for an order that is never to be charged.
  static charge_record void_unclaimed(kith::transaction& tx, const intent& what,
                                      std::int64_t now_us);

  /// Writes down what the gateway answered, unless an answer is there already.
  /// \throws failure (not_found) when nobody claimed it
  static charge_record decide(kith::transaction& tx, std::string_view order_id,
                              const gateway_answer& answer, std::int64_t now_us);
  /// The order is cancelled, and what the gateway makes of its charge is not known yet.
  static void note_cancelled(kith::transaction& tx, std::string_view order_id);

  static std::optional<charge_record> find(kith::transaction& tx, std::string_view order_id);
};

}  // namespace payment
