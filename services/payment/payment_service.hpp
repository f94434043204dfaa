// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// The service "payment": hears of orders, cancellations and returns, moves the money once, and
/// tells what became of it. Several instances work on one database.
///
/// Design notes
/// - What order tells is applied once (kith/durable.hpp). That transaction writes down what is to
///   be done outside of the database, and another one its outcome together with the event that
///   tells of it. Only the gateway lies between the two: whoever finds the row of a dead instance
///   asks the gateway what became of that key, and goes on from there.

#include <optional>
#include <vector>

#include <kith/database.hpp>
#include <kith/durable.hpp>
#include <kith/node.hpp>

#include "order/order_api.hpp"
#include "payment/card_gateway.hpp"
#include "payment/effect_worker.hpp"
#include "payment/payment_api.hpp"
#include "payment/payment_rules.hpp"
#include "payment/refund_store.hpp"

namespace payment {

/// Belongs to its node's loop. Declare it before the node, which must end first: work in progress
/// refers to it.
class payment_service {
 public:
  /// The database is migrated, and used by nobody else in this process.
  payment_service(kith::database& database, card_gateway& gateway);
  payment_service(const payment_service&) = delete;
  payment_service& operator=(const payment_service&) = delete;

  /// Serves, publishes and follows order. Once, before the node starts.
  void run_on(kith::node& node);

 private:
  /// What a transaction knows besides its data.
  struct circumstances {
    std::int64_t now_us = 0;
    std::string traceparent;  ///< of what is at work here
    std::string tracestate;
  };

  kith::task<payment_view> on_get(get_payment request);
  void follow_order();

  // On the pool, in a transaction:
  static void on_placed(kith::transaction& tx, const order::order_placed& event,
                        const circumstances& when);
  static void on_cancelled(kith::transaction& tx, const intent& order, const circumstances& when);
  static void on_returned(kith::transaction& tx, const order::goods_returned& event,
                          const circumstances& when);
  /// Gives whether there may be something new to do.
  static bool decide(kith::transaction& tx, const open_effect& what, const gateway_answer& answer,
                     const circumstances& when);
  static void go_on_with(kith::transaction& tx, const refund_record& refund,
                         const circumstances& when);
  static void tell(kith::transaction& tx, const payment_view& payment);

  kith::task<void> perform(open_effect what, bool again);
  kith::task<void> charge(const open_effect& what, bool again);
  kith::task<void> refund(const open_effect& what);
  kith::task<gateway_answer> ask_gateway(charge_request request, bool again);

  [[nodiscard]] std::int64_t now_us() const;

  kith::database& database_;
  card_gateway& gateway_;
  kith::outbox outbox_;
  kith::inbox inbox_;
  effect_worker worker_;
  kith::node* node_ = nullptr;
  std::optional<kith::service_handle> orders_;
};

}  // namespace payment
