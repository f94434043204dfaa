// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// The service "order": answers calls, tells what happens, and settles orders and returns as
/// payment says. Several instances work on one database.
///
/// Design notes
/// - What changes an order is one statement that names the state it goes from; the instance whose
///   transaction changed it tells of it, so each change is told once, by one of them.
/// - All instances hear payment. One of them, chosen by the order's id, settles it at once. The
///   others look again a little later, for the case that the chosen one has died meanwhile.
/// - What is told is volatile: an event lost with its publisher is made good by payment, which asks
///   for unsettled orders and returns and tells again what became of them.

#include <optional>
#include <variant>

#include <kith/database.hpp>
#include <kith/node.hpp>

#include "base/batch_writer.hpp"
#include "base/delay_line.hpp"
#include "base/rare_warning.hpp"
#include "base/work_share.hpp"
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

  /// Serves, publishes and subscribes. Once, before the node starts.
  void run_on(kith::node& node);

 private:
  struct return_answer {
    std::string id;
    money::amount refunded;
  };
  using answer = std::variant<payment_answer, return_answer>;
  struct outlets {
    kith::publisher<order_placed> placed;
    kith::publisher<order_settled> settled;
    kith::publisher<order_cancelled> cancelled;
    kith::publisher<goods_returned> returned;
    kith::publisher<return_settled> returned_settled;
  };

  kith::task<order_view> on_place(place_order request, kith::call_context& call);
  kith::task<order_view> on_get(get_order request);
  kith::task<order_page> on_list(list_orders request);
  kith::task<order_view> on_cancel(cancel_order request, kith::call_context& call);
  kith::task<return_view> on_return(return_goods request, kith::call_context& call);
  kith::task<return_view> on_get_return(get_return request);
  kith::task<return_page> on_list_returns(list_returns request);

  void serve_orders(kith::node& node);
  void serve_returns(kith::node& node);
  void listen(kith::node& node);
  void hear(answer what);
  void hear_refund(const payment::payment_refunded& event);
  kith::task<void> settle(answer what);
  kith::task<void> settle_order(const payment_answer& what);
  kith::task<void> settle_return(const return_answer& what);
  kith::task<void> look_again();
  [[nodiscard]] bool is_open(kith::transaction& tx, const answer& what) const;

  [[nodiscard]] std::int64_t now_us() const;
  void warn(std::string_view what);

  kith::database& database_;
  order_store orders_;
  return_store returns_;
  services::batch_writer writer_;
  services::work_share share_;
  services::delay_line<answer> later_;
  services::rare_warning warnings_;
  kith::node* node_ = nullptr;
  std::optional<outlets> tell_;
  std::size_t settling_ = 0;
};

}  // namespace order
