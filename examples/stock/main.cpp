// SPDX-License-Identifier: MPL-2.0
#include <array>
#include <charconv>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string_view>

#include "serve.hpp"

namespace {

/// Nothing for what is no count.
std::optional<std::int64_t> count_of(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool whole = wrong == std::errc{} && end == text.data() + text.size();
  return whole && count >= 0 ? std::optional{count} : std::nullopt;
}

constexpr std::array options{kith::config_option{
    "opening_count", "units of each item in a new database", "100", "a whole number, 0 or more",
    [](std::string_view text) { return count_of(text).has_value(); }}};

}  // namespace

int main(int argc, char** argv) {
  auto settings = kith::config::from("stock", argc, argv, options);
  try {
    const auto url = settings.database.empty() ? std::string{":memory:"} : settings.database;
    // The store first: the node, and its blocking work with it, must end before it.
    stock::store data{url, *count_of(settings.extra("opening_count"))};
    kith::node node{std::move(settings)};
    stock::serve(node, data);
    return node.run();
  } catch (const std::exception& why) {
    std::cerr << "stock: " << why.what() << '\n';
    return 1;
  }
}
