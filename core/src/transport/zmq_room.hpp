// SPDX-License-Identifier: MPL-2.0
#pragma once

// How room on a link, noticed in libzmq's thread, becomes an upcall on the loop.

#include <memory>

#include "transport/send_account.hpp"
#include "transport/zmq_scope.hpp"

namespace kith::transport {

inline std::shared_ptr<send_account> make_account(const std::shared_ptr<zmq_scope>& scope,
                                                  link_id link, std::size_t budget_bytes) {
  return std::make_shared<send_account>(
      budget_bytes, static_cast<std::size_t>(scope->limits.high_water_mark), scope->loop.mail(),
      [weak = std::weak_ptr{scope}, link]() -> unique_function<void()> {
        return [weak, link] {
          // Only the loop's thread ever makes an owner of it.
          if (const auto alive = weak.lock(); alive && alive->room) {
            alive->room(link);
          }
        };
      },
      scope->buffers);
}

}  // namespace kith::transport
