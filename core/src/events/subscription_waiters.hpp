// SPDX-License-Identifier: MPL-2.0
#pragma once

// Who waits until a subscription is in place at so many publishers.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <kith/errors.hpp>
#include <kith/function.hpp>

#include "runtime/loop.hpp"

namespace kith::events {

/// How a subscription stands.
struct subscription_standing {
  std::size_t confirmed = 0;    ///< publishers
  std::optional<error> denial;  ///< of one that does not let us hear it
};

class subscription_waiters {
 public:
  /// Nullopt when the subscription has ended.
  using lookup = unique_function<std::optional<subscription_standing>(std::uint64_t)>;

  subscription_waiters(runtime::loop& loop, lookup standing_of)
      : loop_{loop}, standing_of_{std::move(standing_of)} {}

  /// Gives a number for `end`.
  std::uint64_t add(std::uint64_t subscription, std::size_t publishers, duration limit,
                    unique_function<void(result<void>)> done);
  /// Ends it with that, unless it has ended.
  void end(std::uint64_t number, error why);
  /// Ends those that have what they wait for, or never will.
  void check();
  /// Ends all: shutting_down.
  void stop();

 private:
  struct waiter {
    std::uint64_t id = 0;
    std::uint64_t subscription = 0;
    std::size_t publishers = 0;
    runtime::timer_id timer = runtime::timer_id::none;
    unique_function<void(result<void>)> done;
  };

  /// Nullopt: it goes on waiting.
  std::optional<result<void>> outcome_of(const waiter& waiting);

  runtime::loop& loop_;
  lookup standing_of_;
  std::vector<std::unique_ptr<waiter>> waiters_;
  std::uint64_t last_ = 0;
};

}  // namespace kith::events
