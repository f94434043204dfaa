// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// In which order invoices may be placed. Pure.
///
/// Orders of one customer run side by side. A return waits until everything of that customer before
/// it is settled, and everything after it waits for the return: what it may refund is then the same
/// in every run, however the services are timed.

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "storefront/invoice.hpp"

namespace storefront {

class feed_plan {
 public:
  /// `invoices` must outlive the plan.
  explicit feed_plan(const std::vector<invoice>& invoices);

  /// Index of an invoice that may be placed now, in the order of the input as far as that can be;
  /// nullopt when all others wait or none is left. It counts as open until `settled`.
  std::optional<std::size_t> next();
  void settled(std::size_t index);

  [[nodiscard]] std::size_t open() const noexcept { return open_; }
  [[nodiscard]] bool done() const noexcept { return settled_ == invoices_->size(); }
  [[nodiscard]] std::size_t settled_count() const noexcept { return settled_; }

 private:
  struct customer_queue {
    std::deque<std::size_t> waiting;
    std::size_t open = 0;
    bool return_open = false;
  };

  [[nodiscard]] bool may_go(const customer_queue& queue) const;
  void release(customer_queue& queue);

  const std::vector<invoice>* invoices_;
  std::unordered_map<std::string, customer_queue> customers_;
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready_;
  std::size_t open_ = 0;
  std::size_t settled_ = 0;
};

}  // namespace storefront
