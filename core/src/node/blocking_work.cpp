// SPDX-License-Identifier: MPL-2.0
#include "node/blocking_work.hpp"

#include <memory>
#include <utility>

#include <kith/identity.hpp>

namespace kith::detail {

void blocking_work::run(unique_function<void()> work, unique_function<void(result<void>)> done) {
  auto& counters = books_.open(ledger::scope::queue, ledger::direction::inbound, "blocking");
  auto shared = std::make_shared<unique_function<void(result<void>)>>(std::move(done));
  if (const auto around = current_trace(); !around.is_nil()) {
    work = [around, inner = std::move(work)]() mutable {
      const trace_scope scope{around};
      inner();
    };
  }
  auto begun = pool_.run(std::move(work), [shared, &counters] {
    ++counters.delivered;
    (*shared)({});
  });
  if (begun) {
    ++counters.sent;
    return;
  }
  counters.refuse(begun.error().what() == errc::queue_full ? ledger::drop_reason::queue_full
                                                           : ledger::drop_reason::shutting_down);
  loop_.post([shared, why = std::move(begun.error())]() mutable {
    (*shared)(tl::make_unexpected(std::move(why)));
  });
}

}  // namespace kith::detail
