// SPDX-License-Identifier: MPL-2.0
#pragma once

// The rows of the listener's tables. Private to the listener's own sources.

#include <cstdint>
#include <set>
#include <string>

#include "events/listener.hpp"

namespace kith::events {

struct listener::followed {
  node_description peer;
  transport::link_id link = transport::link_id::none;
  bool connected = false;
  bool confirmed = false;
  std::uint64_t confirmed_up_to = 0;  ///< subscriptions that were in place once
  std::string nonce;
  bool answered = false;             ///< on the nonce
  std::uint64_t question = 0;        ///< about rights, the newest; 0: it is answered, or none
  std::set<std::string> denied;      ///< wire forms
  bool told_of_denial = false;       ///< in the log
  std::set<std::string> subscribed;  ///< wire forms, on this link
  runtime::timer_id timer = runtime::timer_id::none;
  resilience::backoff pause;
  heard_topics topics;
};

}  // namespace kith::events
