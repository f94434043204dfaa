// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Refunds in SQL. Each function runs in the transaction it is given, and may be run again.
///
/// A refund is opened, which reserves its parts on the customer's charges; then the gateway is
/// asked for each part; then it is closed. All sums are taken and reserved in one transaction, so
/// no customer ever gets back more than was captured, whoever else is at work.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kith/database.hpp>

#include "payment/card_gateway.hpp"
#include "payment/charge_store.hpp"
#include "payment/payment_api.hpp"
#include "payment/payment_rules.hpp"

namespace payment {

struct refund_record {
  std::string id;           ///< begins the idempotency keys of its parts
  payment_refunded refund;  ///< what is told once it is closed
  bool closed = false;
  bool changed = false;            ///< this transaction closed it
  std::vector<refund_part> parts;  ///< of which the gateway has not answered
};

class refund_store {
 public:
  /// For goods that came back: draws on what the customer has paid, the newest charge first.
  static refund_record open_for_return(kith::transaction& tx, const intent& goods,
                                       std::int64_t now_us);
  /// For a cancelled order: what is left of its charge. An order that nobody charged never will be.
  /// nullopt while the gateway's answer for its charge is not known.
  static std::optional<refund_record> open_for_cancellation(kith::transaction& tx,
                                                            const intent& order,
                                                            std::int64_t now_us);

  /// What the gateway said of a part.
  struct part_answer {
    refund_part part;
    gateway_answer answer;
  };
  /// Writes the answers down, and closes the refund when no part is left to be asked for. Parts
  /// that the gateway refused become unmatched and may be drawn on again.
  /// \throws failure (not_found) when it was never opened
  static refund_record record(kith::transaction& tx, std::string_view id,
                              const std::vector<part_answer>& answers, std::int64_t now_us);

  static std::optional<refund_record> find(kith::transaction& tx, std::string_view id);
  static std::string id_for_return(std::string_view return_id);
  static std::string id_for_cancellation(std::string_view order_id);

 private:
  static refund_record open(kith::transaction& tx, refund_record made, std::int64_t now_us);
};

}  // namespace payment
