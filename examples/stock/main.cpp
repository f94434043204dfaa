// SPDX-License-Identifier: MPL-2.0
#include <array>
#include <iostream>

#include "serve.hpp"

int main(int argc, char** argv) {
  constexpr std::array options{
      kith::config_option{"opening_count", "units of each item in a new database", "100"}};
  auto settings = kith::config::from("stock", argc, argv, options);
  try {
    const auto url = settings.database.empty() ? std::string{":memory:"} : settings.database;
    // The store first: the node, and its blocking work with it, must end before it.
    stock::store data{url, std::stoll(std::string{settings.extra("opening_count")})};
    kith::node node{std::move(settings)};
    stock::serve(node, data);
    return node.run();
  } catch (const std::exception& why) {
    std::cerr << "stock: " << why.what() << '\n';
    return 1;
  }
}
