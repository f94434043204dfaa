// SPDX-License-Identifier: MPL-2.0

// The whole service in one process: its node on a thread, a blocking client on another.

#include <cstdlib>
#include <iostream>
#include <thread>

#include <unistd.h>

#include <kith/blocking_client.hpp>

#include "serve.hpp"

using namespace std::chrono_literals;

namespace {

void expect(bool holds, const char* what) {
  if (!holds) {
    std::cerr << "failed: " << what << '\n';
    std::exit(1);
  }
}

kith::config quiet(std::string service) {
  kith::config settings;
  settings.service = std::move(service);
  settings.domain = "stock-test-" + std::to_string(::getpid());  // nobody else is there
  settings.log_level = "error";
  return settings;
}

}  // namespace

int main() {
  stock::store data{":memory:", 3};
  kith::node node{quiet("stock")};
  stock::serve(node, data);
  std::thread service{[&] { node.run(); }};

  kith::blocking_client client{quiet("")};
  const auto left = client.call("stock", stock::take, {"tea", 2, {}}, {.deadline = 5s});
  expect(left.count == 1, "two of three are taken");
  const auto refused = client.try_call("stock", stock::take, {"tea", 2, {}});
  expect(!refused && refused.error().code == kith::errc::failed_precondition, "one is left");
  const auto wrong = client.try_call("stock", stock::take, {"tea", 0, {}});
  expect(!wrong && wrong.error().where == "count", "the error names the field");

  node.stop_from_any_thread();
  service.join();
  std::cout << "ok\n";
  return 0;
}
