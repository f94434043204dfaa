// SPDX-License-Identifier: MPL-2.0
#pragma once

// The rows of the listener's tables. Private to the listener's own sources.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "events/listener.hpp"

namespace kith::events {

struct listener::wanted {
  filter what;
  detail::raw_event_handler handler;
  unique_function<void(const event_gap&)> on_gap;
  subscription_counts counts;
};

struct listener::topic_state {
  explicit topic_state(std::uint64_t base) noexcept : check{base} {}
  sequence_check check;
  ledger::flow* counters = nullptr;
  ledger::histogram* times = nullptr;  ///< null: none of its events has said when it was published
  std::vector<std::uint64_t> listeners;  ///< ids of matching subscriptions
  std::uint64_t version = 0;             ///< of the filters when `listeners` was made
};

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
  std::map<std::string, topic_state, std::less<>> topics;
};

struct listener::remembered {
  node_id publisher;
  std::map<std::string, topic_state, std::less<>> topics;
};

struct listener::waiter {
  std::uint64_t id = 0;
  std::uint64_t subscription = 0;
  std::size_t publishers = 0;
  runtime::timer_id timer = runtime::timer_id::none;
  unique_function<void(result<void>)> done;
};

}  // namespace kith::events
