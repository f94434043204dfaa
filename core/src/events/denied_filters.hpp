// SPDX-License-Identifier: MPL-2.0
#pragma once

// What a publisher does not let us hear, as it said last. Pure.

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <kith/errors.hpp>

#include "events/filter.hpp"

namespace kith::events {

/// For people.
inline std::string name_of(const filter& what) {
  return printable(what.text) + (what.prefix ? "*" : "");
}

class denied_filters {
 public:
  /// The names to tell people of; empty when nothing is denied, or they were told.
  std::string take(const std::vector<filter>& denied) {
    forms_.clear();
    std::string names;
    for (const auto& one : denied) {
      forms_.insert(one.wire_form());
      names += (names.empty() ? "" : ", ") + name_of(one);
    }
    return std::exchange(told_, !names.empty()) ? std::string{} : names;
  }

  [[nodiscard]] bool empty() const noexcept { return forms_.empty(); }
  [[nodiscard]] bool contains(const filter& what) const {
    return !forms_.empty() && forms_.contains(what.wire_form());
  }
  [[nodiscard]] const std::set<std::string>& wire_forms() const noexcept { return forms_; }

 private:
  std::set<std::string> forms_;
  bool told_ = false;
};

}  // namespace kith::events
