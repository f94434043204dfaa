// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// The service "order": answers calls, tells what happens, and settles orders and returns as
/// payment says. Several instances work on one database.
///
/// Design notes
/// - What happens to an order and the event that tells of it are one transaction
///   (kith/durable.hpp): each change is told once, whoever dies.
/// - Payment's answers are events of its log. One instance applies them, each once and in their
///   order; the others stand by.

#include <kith/database.hpp>
#include <kith/durable.hpp>
#include <kith/node.hpp>

#include "order/order_api.hpp"
#include "order/order_store.hpp"
#include "order/return_store.hpp"
#include "payment/payment_api.hpp"

namespace order {

/// Belongs to its node's loop. Declare it before the node, which must end first: calls in progress
/// refer to it.
class order_service {
 public:
  /// The database is migrated, and used by nobody else in this process.
  explicit order_service(kith::database& database);
  order_service(const order_service&) = delete;
  order_service& operator=(const order_service&) = delete;

  /// Serves, publishes and follows payment. Once, before the node starts.
  void run_on(kith::node& node);

 private:
  kith::task<order_view> on_place(place_order request);
  kith::task<order_view> on_get(get_order request);
  kith::task<order_page> on_list(list_orders request);
  kith::task<order_view> on_cancel(cancel_order request);
  kith::task<return_view> on_return(return_goods request);
  kith::task<return_view> on_get_return(get_return request);
  kith::task<return_page> on_list_returns(list_returns request);
  kith::task<void> on_watch(watch_orders request, kith::stream_writer<order_change>& out);

  void serve_orders(kith::node& node);
  void serve_returns(kith::node& node);
  void publish();
  void follow_payment();
  // On the pool, in the transaction that moves the cursor:
  void settle_order(kith::transaction& tx, const payment_answer& what,
                    const kith::durable_info& info) const;
  void settle_return(kith::transaction& tx, const payment::payment_refunded& what,
                     const kith::durable_info& info) const;

  [[nodiscard]] std::int64_t now_us() const;

  kith::database& database_;
  order_store orders_;
  return_store returns_;
  kith::outbox outbox_;
  kith::inbox inbox_;
  kith::node* node_ = nullptr;
};

}  // namespace order
