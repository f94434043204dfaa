// SPDX-License-Identifier: MPL-2.0
#include "security/rights.hpp"

#include <algorithm>

#include "base/name.hpp"

namespace kith::security {
namespace {

constexpr std::string_view all_names = "*";

bool covers(std::string_view right, std::string_view name) noexcept {
  if (right == all_names) {
    return !is_reserved(name);
  }
  if (right.ends_with('.')) {
    return name.starts_with(right);
  }
  return name.starts_with(right) && (name.size() == right.size() || name[right.size()] == '.');
}

/// "order" gives "order.", and so do "order." and "*"; it does not give "order": "orders" begins
/// so.
bool covers_all(std::string_view right, std::string_view prefix) noexcept {
  if (right == all_names) {
    return !is_reserved(prefix);
  }
  const bool below = right.ends_with('.');
  return prefix.starts_with(right) &&
         (below || (prefix.size() > right.size() && prefix[right.size()] == '.'));
}

}  // namespace

bool is_right(std::string_view text) noexcept {
  return text == all_names || (is_name(text) && text.front() != '.');
}

judged<rights> rights::of(std::vector<std::string> list, const std::string& field) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!is_right(list[i])) {
      return flawed(flaw_kind::malformed,
                    field + ": a right is a name, a name with a dot at its end, or *",
                    field + "[" + std::to_string(i) + "]");
    }
  }
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  if (list.size() > most_rights) {
    return flawed(flaw_kind::too_large,
                  field + ": " + std::to_string(list.size()) + " rights; at most " +
                      std::to_string(most_rights) + ": give a prefix such as 'order.'",
                  field);
  }
  rights made;
  made.list_ = std::move(list);
  return made;
}

bool rights::cover(std::string_view name) const noexcept {
  return std::any_of(list_.begin(), list_.end(),
                     [&](const std::string& one) { return covers(one, name); });
}

bool rights::cover_all(std::string_view prefix) const noexcept {
  const auto given = [&](std::string_view wanted) {
    return std::any_of(list_.begin(), list_.end(),
                       [&](const std::string& one) { return covers_all(one, wanted); });
  };
  // Where reserved names begin so too, they must be given as well.
  return given(prefix) && (!reserved_prefix.starts_with(prefix) || given(reserved_prefix));
}

}  // namespace kith::security
