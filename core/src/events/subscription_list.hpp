// SPDX-License-Identifier: MPL-2.0
#pragma once

// What is subscribed here: filters and their handlers.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kith/events.hpp>
#include <kith/function.hpp>

#include "events/filter.hpp"

namespace kith::events {

struct subscription_row {
  filter what;
  detail::raw_event_handler handler;
  unique_function<void(const event_gap&)> on_gap;
  subscription_counts counts;
};

class subscription_list {
 public:
  std::uint64_t add(filter what, detail::raw_event_handler handler,
                    unique_function<void(const event_gap&)> on_gap);
  void remove(std::uint64_t id);

  /// Null when it has ended. Kept by who runs its handler, which may end it.
  [[nodiscard]] std::shared_ptr<subscription_row> find(std::uint64_t id) const {
    const auto found = rows_.find(id);
    return found == rows_.end() ? nullptr : found->second;
  }
  [[nodiscard]] const std::map<std::uint64_t, std::shared_ptr<subscription_row>>& rows()
      const noexcept {
    return rows_;
  }
  [[nodiscard]] bool wants(std::string_view topic) const;
  [[nodiscard]] bool wants_any(const std::vector<offered>& topics) const;
  [[nodiscard]] bool has_wire_form(std::string_view form) const;
  [[nodiscard]] std::vector<std::uint64_t> matching(std::string_view topic) const;
  /// Whether one that is no newer than `id` matches.
  [[nodiscard]] bool wanted_up_to(std::uint64_t id, std::string_view topic) const;
  [[nodiscard]] std::uint64_t newest() const noexcept { return last_id_; }
  /// Another one after each change.
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }

 private:
  std::map<std::uint64_t, std::shared_ptr<subscription_row>> rows_;
  std::uint64_t last_id_ = 0;
  std::uint64_t version_ = 0;
};

}  // namespace kith::events
