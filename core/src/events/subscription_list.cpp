// SPDX-License-Identifier: MPL-2.0
#include "events/subscription_list.hpp"

#include <algorithm>
#include <utility>

namespace kith::events {

std::uint64_t subscription_list::add(filter what, detail::raw_event_handler handler,
                                     unique_function<void(const event_gap&)> on_gap) {
  const auto id = ++last_id_;
  rows_[id] = std::make_shared<subscription_row>(
      subscription_row{std::move(what), std::move(handler), std::move(on_gap), {}});
  ++version_;
  return id;
}

void subscription_list::remove(std::uint64_t id) {
  rows_.erase(id);
  ++version_;
}

bool subscription_list::wants(std::string_view topic) const {
  return std::any_of(rows_.begin(), rows_.end(),
                     [&](const auto& row) { return row.second->what.matches(topic); });
}

bool subscription_list::wants_any(const std::vector<offered>& topics) const {
  return std::any_of(rows_.begin(), rows_.end(),
                     [&](const auto& row) { return row.second->what.matches_any(topics); });
}

bool subscription_list::has_wire_form(std::string_view form) const {
  return std::any_of(rows_.begin(), rows_.end(),
                     [&](const auto& row) { return row.second->what.wire_form() == form; });
}

std::vector<std::uint64_t> subscription_list::matching(std::string_view topic) const {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, row] : rows_) {
    if (row->what.matches(topic)) {
      ids.push_back(id);
    }
  }
  return ids;
}

bool subscription_list::wanted_up_to(std::uint64_t id, std::string_view topic) const {
  return std::any_of(rows_.begin(), rows_.end(), [&](const auto& row) {
    return row.first <= id && row.second->what.matches(topic);
  });
}

}  // namespace kith::events
