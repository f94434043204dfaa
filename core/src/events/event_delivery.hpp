// SPDX-License-Identifier: MPL-2.0
#pragma once

// Gives events and gaps to the subscriptions that want them, and counts for each. What was given to
// us may throw, subscribe and unsubscribe, also itself.

#include <cstdint>
#include <string_view>
#include <vector>

#include <kith/events.hpp>

#include "base/log.hpp"
#include "events/subscription_list.hpp"

namespace kith::events {

class event_delivery {
 public:
  event_delivery(subscription_list& wanted, log_sink& log) : wanted_{wanted}, log_{log} {}

  /// `listeners` may end with what the last of them does: it is not looked at afterwards.
  void deliver(const std::vector<std::uint64_t>& listeners, const event_info& info,
               std::string_view body);
  /// To the log when nobody has anything that hears of gaps. `publisher` for people.
  void tell(std::vector<std::uint64_t> listeners, const event_gap& gap, std::string_view publisher);
  /// The event did not fit that subscription's contract.
  void count_unreadable(std::uint64_t id, const event_info& event, const error& why);

 private:
  void deliver_to(std::uint64_t id, const event_info& info, std::string_view body);

  subscription_list& wanted_;
  log_sink& log_;
};

}  // namespace kith::events
