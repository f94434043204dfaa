// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// A till that hands its invoices to the service "order" and waits until each is settled. It hears
/// the settlements as events, and asks for what it has not heard of: a lost event costs a second.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <kith/node.hpp>

#include "order/order_api.hpp"
#include "storefront/feed_plan.hpp"
#include "storefront/load_shape.hpp"
#include "storefront/tally.hpp"

namespace storefront {

struct shop_options {
  std::size_t window = 64;         ///< invoices placed and not settled at a time
  std::uint32_t rate = 0;          ///< invoices a second; 0: as fast as the window permits
  std::chrono::seconds spread{0};  ///< all invoices over so long, in this shape; 0: by `rate`
  load_shape shape = load_shape::made();
  std::size_t instances = 1;       ///< of order and of payment, to be found before it begins
  std::chrono::seconds find{15};   ///< for finding them
  std::chrono::seconds stall{60};  ///< without any settlement: give up
  std::string key_prefix;          ///< of the orders' keys, before the invoice's number
};

class shop {
 public:
  using progress_printer = std::function<void(const std::string&)>;

  /// All must outlive the shop. Runs on the node's loop.
  shop(kith::node& node, const retail_book& book, shop_options options);

  /// Runs to the end; false when it gave up, with the reason in `problem`.
  kith::task<bool> run();

  std::function<void()> on_half;
  progress_printer on_progress;
  /// Told of events that were lost on the way; the shop asks for what they would have said.
  progress_printer on_loss;

  [[nodiscard]] const tally& results() const noexcept { return tally_; }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  [[nodiscard]] std::chrono::milliseconds elapsed() const;

 private:
  struct open_invoice {
    kith::time_point begun{};
    std::string id;  ///< given by order; empty until it answered
  };

  kith::task<bool> find_services();
  void pump();
  void on_gap(const kith::event_gap& gap);
  [[nodiscard]] bool may_place() const;
  kith::task<void> place(std::size_t index);
  kith::task<bool> place_once(std::size_t index);
  kith::task<void> watch();
  kith::task<void> ask_for_late_ones();
  kith::task<bool> ask_for(std::string key, std::string id, bool is_return);
  kith::task<bool> compare_with_the_services();
  void on_order(const std::string& key, order::order_state state, const money::amount& total,
                const money::amount& captured, const std::string& decline_code);
  void on_return(const std::string& key, const money::amount& refunded,
                 const money::amount& unmatched);
  void finish(const std::string& key, settlement how);
  void give_up(std::string why);
  [[nodiscard]] std::string key_of(const invoice& from) const;

  kith::node& node_;
  const retail_book& book_;
  shop_options options_;
  kith::service_handle orders_;
  feed_plan plan_;
  tally tally_;
  std::unordered_map<std::string, std::size_t> index_of_;  ///< by key
  std::unordered_map<std::string, open_invoice> open_;     ///< by key
  std::uint64_t begun_count_ = 0;
  std::string problem_;
  kith::time_point begun_{};
  kith::time_point ended_{};
  kith::time_point last_settlement_{};
  bool half_told_ = false;
  bool over_ = false;
};

/// The lines of a return as order wants them: positive. One sum when the input's lines are mixed.
std::vector<order::line> returned_lines(const invoice& from, const money::amount& asked_back);

}  // namespace storefront
