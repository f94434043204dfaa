// SPDX-License-Identifier: MPL-2.0

// What others may see of the listener: whom it follows, and what it has heard.

#include "events/listener_tables.hpp"

namespace kith::events {

const node_description* listener::publisher_at(transport::link_id link) const {
  const auto known = by_link_.find(link);
  const auto found = known == by_link_.end() ? publishers_.end() : publishers_.find(known->second);
  return found == publishers_.end() ? nullptr : &found->second->peer;
}

subscription_counts listener::counts(std::uint64_t id) const {
  const auto row = wanted_.find(id);
  if (!row) {
    return {};
  }
  auto counts = row->counts;
  counts.publishers = confirmed_for(row->what);
  counts.denied = denied_for(row->what);
  return counts;
}

std::vector<hearing_info> listener::hearings() const {
  std::vector<hearing_info> rows;
  for (const auto& [publisher, from] : publishers_) {
    for (const auto& [topic, state] : from->topics) {
      const auto& of = state.check;
      rows.push_back({publisher.to_string(), topic, of.base(), of.last(), of.delivered(),
                      of.missed(), from->confirmed});
    }
  }
  return rows;
}

}  // namespace kith::events
