// SPDX-License-Identifier: MPL-2.0
#include "events/event_delivery.hpp"

#include <string>

namespace kith::events {
namespace {

/// What was given to us may throw; it must not end the node.
template <class F>
void guarded(log_sink& log, std::string_view what, std::string_view topic, F call) {
  try {
    call();
  } catch (...) {
    log.write(log_level::error, "events",
              "the " + std::string{what} + " of " + std::string{topic} +
                  " threw: " + detail::text_of_current_exception());
  }
}

}  // namespace

void event_delivery::deliver(const std::vector<std::uint64_t>& listeners, const event_info& info,
                             std::string_view body) {
  if (listeners.size() == 1) {
    deliver_to(listeners.front(), info, body);
    return;
  }
  for (const auto id : std::vector{listeners}) {
    deliver_to(id, info, body);
  }
}

void event_delivery::deliver_to(std::uint64_t id, const event_info& info, std::string_view body) {
  const auto kept = wanted_.find(id);  // it may unsubscribe itself
  if (!kept) {
    return;
  }
  ++kept->counts.delivered;
  guarded(log_, "handler", info.topic, [&] { kept->handler(info, body); });
}

void event_delivery::tell(std::vector<std::uint64_t> listeners, const event_gap& gap,
                          std::string_view publisher) {
  const std::string who{publisher};
  bool heard = false;
  for (const auto id : listeners) {
    const auto kept = wanted_.find(id);  // it may unsubscribe itself
    if (!kept) {
      continue;
    }
    kept->counts.missed += gap.count;
    if (kept->on_gap) {
      heard = true;
      guarded(log_, "on_gap", gap.topic, [&] { kept->on_gap(gap); });
    }
  }
  if (!heard) {
    log_.write(log_level::warning, "events",
               gap.topic + " from " + who + ": " + std::to_string(gap.count) +
                   " events were lost, from number " + std::to_string(gap.first) +
                   " on: this subscriber or the network was too slow");
  }
}

void event_delivery::count_unreadable(std::uint64_t id, const event_info& event, const error& why) {
  const auto row = wanted_.find(id);
  if (!row) {
    return;
  }
  if (row->counts.unreadable++ == 0) {
    log_.write(log_level::error, "events",
               std::string{event.topic} + " from " + event.publisher.to_short_string() +
                   " does not fit the contract (said once, counted always): " + why.to_string());
  }
}

}  // namespace kith::events
