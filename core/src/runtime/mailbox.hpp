// SPDX-License-Identifier: MPL-2.0
#pragma once

// Work from other threads, behind a mutex: what belongs to the loop itself needs none.

#include <mutex>

#include <kith/function.hpp>

namespace kith::runtime {

/// Thread-safe. Outlives its loop: what is posted after the end is dropped.
class mailbox {
 public:
  using delivery = unique_function<void(unique_function<void()>)>;

  /// `deliver` hands work to the loop; it must itself be callable from any thread.
  explicit mailbox(delivery deliver) : deliver_{std::move(deliver)} {}

  void post(unique_function<void()> work);
  /// Called by the loop's destructor.
  void close() noexcept;

 private:
  std::mutex guard_;
  delivery deliver_;
};

}  // namespace kith::runtime
