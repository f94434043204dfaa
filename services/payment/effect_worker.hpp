// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// Has the open effects done, by one of the instances that work on the database.
///
/// Design notes
/// - The rows are the queue; what is in memory is only a window on it. Who writes rows kicks, all
///   instances look, and each does its share (work_share.hpp). Once a second all rows are looked
///   through: for what failed and has waited (effect_pauses.hpp), and for what the dead have left.
/// - Views of who lives may differ for a moment, so an effect may be tried by two at once: keys
///   make that harmless (card_gateway.hpp), and the outcome is recorded once.

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <unordered_set>

#include <kith/durable.hpp>
#include <kith/function.hpp>
#include <kith/node.hpp>

#include "base/rare_warning.hpp"
#include "base/work_share.hpp"
#include "payment/effect_pauses.hpp"
#include "payment/open_effects.hpp"

namespace payment {

/// Says to the other instances that there are new rows.
struct effects_written {};
KITH_DESCRIBE(effects_written)

/// Belongs to the node's loop. Declare it before the node.
class effect_worker {
 public:
  static constexpr std::size_t max_running = 64;   ///< in hand at once
  static constexpr std::size_t max_queued = 1024;  ///< more are left in the database for a while

  /// `perform` does one, and removes its row in the transaction that records the outcome. When it
  /// throws a kith::failure it is called again, after a pause that grows. `again` tells whether a
  /// request may have gone out before.
  using performer = kith::unique_function<kith::task<void>(open_effect what, bool again)>;
  effect_worker(kith::outbox& database, performer perform);
  effect_worker(const effect_worker&) = delete;
  effect_worker& operator=(const effect_worker&) = delete;

  /// Once, before the node starts.
  void run_on(kith::node& node);
  /// When the node starts.
  void start();
  /// Rows were committed here: this instance and the others look.
  void announce();

 private:
  struct job {
    open_effect what;
    bool again = false;
  };

  void kick();
  kith::task<void> look();
  kith::task<void> look_through();
  kith::task<void> look_through_once();
  [[nodiscard]] bool accept(const open_effect& what, bool again);
  void pump_later();
  void pump();
  kith::task<void> run(job one);
  void warn(std::string_view what);

  kith::outbox& database_;
  performer perform_;
  services::work_share share_;
  services::rare_warning warnings_;
  kith::node* node_ = nullptr;
  std::optional<kith::publisher<effects_written>> hints_;
  std::optional<kith::queue_account> account_;  ///< of queue_

  std::deque<job> queue_;
  effect_pauses pauses_{[this](std::uint64_t n) { return node_->random_below(n); }};
  std::unordered_set<std::int64_t> in_hand_;  // numbers: waiting in queue_, or running
  std::size_t running_ = 0;
  std::int64_t seen_ = 0;  // all rows up to here were looked at once
  bool looking_ = false;
  bool again_ = false;
  bool full_ = false;  // rows behind seen_ were left, for want of room
  bool pumping_ = false;
};

}  // namespace payment
