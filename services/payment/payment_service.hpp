// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// The service "payment": hears of orders, cancellations and returns, moves the money once, and
/// tells what became of it. Several instances work on one database.
///
/// Design notes
/// - The intent is written down before the gateway is asked, its answer after. A crash between the
///   two leaves a claim; whoever finds it asks the gateway again with the same key, which answers
///   the same and takes nothing more. So claims only save double work, they guard nothing.
/// - All instances hear order. One of them, chosen by the id, acts at once; the others look a
///   little later whether somebody has begun.
/// - Events are volatile. At its start and then every second each instance asks order what is not
///   settled, and does, or tells again, its share of it: whatever was lost with a crash or on the
///   wire is made good that way.

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

#include <kith/database.hpp>
#include <kith/node.hpp>

#include "base/batch_writer.hpp"
#include "base/delay_line.hpp"
#include "base/rare_warning.hpp"
#include "base/work_share.hpp"
#include "order/order_api.hpp"
#include "payment/card_gateway.hpp"
#include "payment/payment_api.hpp"
#include "payment/payment_rules.hpp"
#include "payment/refund_store.hpp"

namespace payment {

struct payment_options {
  /// How often order is asked for what is not settled. Lower: losses are made good sooner, for one
  /// more call a round.
  kith::duration sweep_interval = std::chrono::seconds{1};
  /// What is younger is left to its event.
  std::chrono::milliseconds sweep_min_age{1000};
};

/// Belongs to its node's loop. Declare it before the node, which must end first: work in progress
/// refers to it.
class payment_service {
 public:
  static constexpr std::size_t max_running = 64;   ///< orders and returns in hand at once
  static constexpr std::size_t max_queued = 4096;  ///< more are left to the next sweep

  /// The database is migrated, and used by nobody else in this process.
  payment_service(kith::database& database, card_gateway& gateway, payment_options options = {});
  payment_service(const payment_service&) = delete;
  payment_service& operator=(const payment_service&) = delete;

  /// Serves, publishes and subscribes. Once, before the node starts.
  void run_on(kith::node& node);

 private:
  struct heard_order {
    std::string id;
    bool cancelled = false;
  };
  struct heard_return {
    std::string id;
  };
  using heard = std::variant<heard_order, heard_return>;
  /// What is to be done: something heard of, or already known as order describes it.
  using work = std::variant<heard_order, heard_return, order::order_view, order::return_view>;
  struct outlets {
    kith::publisher<payment_captured> captured;
    kith::publisher<payment_declined> declined;
    kith::publisher<payment_refunded> refunded;
  };

  kith::task<payment_view> on_get(get_payment request);

  void hear(heard what);
  bool accept(work what);
  void pump();
  void pump_later();
  kith::task<void> run(work what);
  kith::task<void> act_on(work what);
  kith::task<void> act_on_order(const order::order_view& order);
  kith::task<void> charge(const intent& what, bool patient);
  kith::task<void> give_back_cancelled(const intent& order);
  kith::task<void> finish(refund_record opened);
  [[nodiscard]] claim_holder holder_of(const charge_record& claim);
  void tell(const payment_view& payment);

  kith::task<void> look_again();
  [[nodiscard]] static bool has_begun(kith::transaction& tx, const heard& what);
  kith::task<void> sweep();
  kith::task<void> sweep_orders();
  kith::task<void> sweep_returns();

  [[nodiscard]] std::int64_t now_us() const;
  void warn(std::string_view what);

  kith::database& database_;
  card_gateway& gateway_;
  payment_options options_;
  services::batch_writer writer_;
  services::work_share share_;
  services::delay_line<heard> later_;
  services::rare_warning warnings_;
  kith::node* node_ = nullptr;
  std::optional<kith::service_handle> orders_;
  std::optional<outlets> tell_;

  std::deque<work> queue_;
  std::unordered_map<std::string, std::optional<heard>> in_hand_;    // with what came meanwhile
  std::unordered_map<std::string, kith::time_point> others_claims_;  // since when we see them
  std::size_t running_ = 0;
  bool pumping_ = false;
};

}  // namespace payment
