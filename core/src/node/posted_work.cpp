// SPDX-License-Identifier: MPL-2.0
#include "node/posted_work.hpp"

#include <string>
#include <utility>

namespace kith::detail {

result<void> posted_work::post(unique_function<void()> work) {
  if (waiting_.fetch_add(1) >= most_waiting) {
    --waiting_;
    ++refused_;
    return fail(errc::queue_full, std::to_string(most_waiting) +
                                      " posted pieces of work wait for the node's loop already");
  }
  ++taken_;
  home_->post([this, job = std::move(work)]() mutable {
    --waiting_;
    ++ran_;
    job();
  });
  return {};
}

ledger::flow posted_work::counted() const noexcept {
  ledger::flow now;
  now.delivered = ran_;
  now.drop(ledger::drop_reason::queue_full, refused_.load());
  now.sent = taken_.load() + now.drops(ledger::drop_reason::queue_full);
  return now;
}

}  // namespace kith::detail
