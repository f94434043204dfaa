// SPDX-License-Identifier: MPL-2.0
#include "base/tracestate.hpp"

#include <algorithm>
#include <vector>

namespace kith {
namespace {

constexpr std::size_t most_entries = 32;
constexpr std::size_t longest_key = 256;
constexpr std::size_t longest_value = 256;
constexpr std::size_t long_entry = 128;

bool is_lower_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_key(std::string_view text) noexcept {
  return !text.empty() && text.size() <= longest_key && is_lower_or_digit(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_lower_or_digit(c) || c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
         });
}

bool is_value(std::string_view text) noexcept {
  return !text.empty() && text.size() <= longest_value && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != ',' && c != '='; });
}

std::string_view without_space(std::string_view text) noexcept {
  const auto begin = text.find_first_not_of(" \t");
  return begin == std::string_view::npos
             ? std::string_view{}
             : text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

/// False when one of them is none.
bool split(std::string_view text, std::vector<std::string_view>& entries) {
  std::vector<std::string_view> keys;
  for (bool more = true; more;) {
    const auto comma = text.find(',');
    more = comma != std::string_view::npos;
    const auto entry = without_space(text.substr(0, comma));
    text.remove_prefix(more ? comma + 1 : text.size());
    if (entry.empty()) {
      continue;
    }
    const auto equals = entry.find('=');
    const auto key = entry.substr(0, equals);
    if (equals == std::string_view::npos || !is_key(key) || !is_value(entry.substr(equals + 1)) ||
        std::find(keys.begin(), keys.end(), key) != keys.end() || keys.size() == most_entries) {
      return false;
    }
    keys.push_back(key);
    entries.push_back(entry);
  }
  return true;
}

std::size_t size_of(const std::vector<std::string_view>& entries) noexcept {
  std::size_t size = entries.empty() ? 0 : entries.size() - 1;
  for (const auto entry : entries) {
    size += entry.size();
  }
  return size;
}

}  // namespace

std::string tracestate_of(std::string_view text) {
  if (text.empty()) {  // nearly always, and asked for each call and event
    return {};
  }
  std::vector<std::string_view> entries;
  if (!split(text, entries)) {
    return {};
  }
  if (size_of(entries) > longest_tracestate) {
    std::erase_if(entries, [](std::string_view one) { return one.size() > long_entry; });
  }
  while (size_of(entries) > longest_tracestate) {
    entries.pop_back();
  }
  std::string joined;
  for (const auto entry : entries) {
    joined += joined.empty() ? "" : ",";
    joined += entry;
  }
  return joined;
}

}  // namespace kith
