// SPDX-License-Identifier: MPL-2.0

// A whole client: asks the service for a greeting, whichever instance answers, and prints it.

#include <iostream>

#include <kith/blocking_client.hpp>

#include "greeting.hpp"

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  kith::config settings;
  settings.log_level = "error";
  settings.domain = argc > 1 ? argv[1] : "kith";
  kith::blocking_client client{settings};
  const auto answer =
      client.try_call("hello", hello::greet, {argc > 2 ? argv[2] : "world"}, {.deadline = 5s});
  if (!answer) {
    std::cerr << answer.error().to_string() << '\n';
    return 1;
  }
  std::cout << answer->text << '\n';
  return 0;
}
