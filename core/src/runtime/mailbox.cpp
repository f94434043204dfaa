// SPDX-License-Identifier: MPL-2.0
#include "runtime/mailbox.hpp"

#include <utility>

namespace kith::runtime {

void mailbox::post(unique_function<void()> work) {
  const std::lock_guard lock{guard_};
  if (deliver_) {
    deliver_(std::move(work));
  }
}

void mailbox::close() noexcept {
  const std::lock_guard lock{guard_};
  deliver_ = {};
}

}  // namespace kith::runtime
