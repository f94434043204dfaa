// SPDX-License-Identifier: MPL-2.0
#include "order/order_change.hpp"

#include <array>

namespace order {
namespace {

template <class Event>
order_change told(const kith::logged_event& event) {
  auto of = event.as<Event>();
  return {event.sequence,         event.topic,  std::move(of.id), std::move(of.key),
          std::move(of.customer), std::nullopt, of.total};
}

order_change told_settled(const kith::logged_event& event) {
  auto change = told<order_settled>(event);
  change.state = event.as<order_settled>().state;
  return change;
}

struct told_topic {
  std::string_view name;
  order_change (*tell)(const kith::logged_event&);
};

constexpr std::array<told_topic, 5> told_topics{{
    {placed.name, told<order_placed>},
    {settled.name, told_settled},
    {cancelled.name, told<order_cancelled>},
    {returned.name, told<goods_returned>},
    {returned_settled.name, told<return_settled>},
}};

}  // namespace

std::vector<std::string> told_changes() {
  std::vector<std::string> names;
  for (const auto& one : told_topics) {
    names.emplace_back(one.name);
  }
  return names;
}

order_change change_of(const kith::logged_event& event) {
  for (const auto& one : told_topics) {
    if (one.name == event.topic) {
      return one.tell(event);
    }
  }
  throw kith::failure{kith::errc::bad_payload, "no change is told on " + event.topic};
}

}  // namespace order
