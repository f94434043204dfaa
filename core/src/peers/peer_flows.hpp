// SPDX-License-Identifier: MPL-2.0
#pragma once

// Where what one peer sends and is sent is counted in the books.

#include <string_view>

#include "ledger/books.hpp"
#include "transport/transport.hpp"

namespace kith::peers {

/// Who has not said hello yet, in the books.
inline constexpr std::string_view strangers = "(strangers)";

struct peer_flows {
  ledger::flow* in = nullptr;
  ledger::flow* out = nullptr;
};

inline peer_flows flows_of(ledger::books& books, std::string_view peer) {
  return {&books.open(ledger::scope::peer, ledger::direction::inbound, peer),
          &books.open(ledger::scope::peer, ledger::direction::outbound, peer)};
}

/// One more that came in on that link, and is no good.
inline void refuse_inbound(transport::transport& out, const peer_flows& flows,
                           transport::link_id from, ledger::drop_reason reason) {
  flows.in->refuse(reason);
  out.count_drops(from, reason, 1);
}

}  // namespace kith::peers
