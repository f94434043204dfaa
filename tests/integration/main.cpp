// SPDX-License-Identifier: MPL-2.0

// Runs the tests, or, when KITH_TEST_ROLE says so, is a process that a test started.

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string_view>
#include <thread>

#include <kith/blocking_client.hpp>
#include <kith/node.hpp>

#include "dated_certificates.hpp"
#include "echo.hpp"

namespace {

kith::task<echo::saying> answer_late(kith::node& node, std::uint32_t ms) {
  co_await node.sleep(std::chrono::milliseconds{ms});
  co_return echo::saying{"late"};
}

int run_echo(int argc, char** argv) {
  kith::node node{kith::config::from("echo", argc, argv)};
  auto ticks = node.publishes(echo::ticks);
  std::uint64_t published = 0;
  node.serve(echo::say, [](echo::saying said) { return said; });
  node.serve(echo::slow, [&](echo::pause span) { return answer_late(node, span.ms); });
  node.serve(echo::hang, [](echo::pause span) {
    std::this_thread::sleep_for(std::chrono::milliseconds{span.ms});
    return echo::saying{"awake"};
  });
  node.serve(echo::publish, [&](echo::burst burst) {
    const std::string padding(burst.padding, 'x');
    for (std::uint64_t i = 0; i < burst.ticks; ++i) {
      static_cast<void>(ticks.publish({++published, padding}));
    }
    return echo::tick{published, {}};
  });
  node.serve(echo::retell, [&](echo::saying said) {
    static_cast<void>(ticks.publish({++published, std::move(said.text)}));
    return echo::tick{published, {}};
  });
  return node.run();
}

/// One call to whoever echoes; then it ends without taking leave.
int run_ask(int argc, char** argv) {
  kith::blocking_client client{kith::config::from("", argc, argv)};
  const auto answer =
      client.try_call("echo", echo::say, {"hello"}, {.deadline = std::chrono::seconds{5}});
  if (!answer) {
    std::cerr << answer.error().to_string() << '\n';
  }
  std::quick_exit(answer ? 0 : 1);
}

}  // namespace

int main(int argc, char** argv) {
  const char* role = std::getenv("KITH_TEST_ROLE");
  if (role != nullptr && std::string_view{role} == "echo") {
    return run_echo(argc, argv);
  }
  if (role != nullptr && std::string_view{role} == "ask") {
    return run_ask(argc, argv);
  }
  if (role != nullptr && std::string_view{role} == "certificates") {
    return kith::test::write_dated_certificates(argc, argv);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
