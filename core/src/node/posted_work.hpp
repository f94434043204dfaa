// SPDX-License-Identifier: MPL-2.0
#pragma once

// What is posted to a node from any thread: bounded, and counted.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <kith/errors.hpp>
#include <kith/function.hpp>

#include "ledger/books.hpp"
#include "runtime/mailbox.hpp"

namespace kith::detail {

class posted_work {
 public:
  static constexpr std::size_t most_waiting = 65'536;

  explicit posted_work(std::shared_ptr<runtime::mailbox> home) : home_{std::move(home)} {}
  posted_work(const posted_work&) = delete;
  posted_work& operator=(const posted_work&) = delete;

  /// From any thread. queue_full: it will not run.
  result<void> post(unique_function<void()> work);
  /// On the loop's thread.
  [[nodiscard]] ledger::flow counted() const noexcept;

 private:
  std::shared_ptr<runtime::mailbox> home_;
  std::atomic<std::size_t> waiting_{0};
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::uint64_t ran_ = 0;  ///< the loop's
};

}  // namespace kith::detail
