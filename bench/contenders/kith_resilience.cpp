// SPDX-License-Identifier: MPL-2.0

// One of several instances that behave as they are told, or a caller with a steady stream of calls,
// over kith with its defaults.

#include <iostream>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include <kith/node.hpp>

#include "harness/arrivals.hpp"
#include "harness/control.hpp"
#include "harness/served_calls.hpp"
#include "harness/settings.hpp"

namespace bench {

KITH_DESCRIBE(job, number, is_long, failed)

}  // namespace bench

namespace {

using namespace std::chrono_literals;
using bench::job;

constexpr std::string_view service = "bench";
constexpr kith::method<job, job> look_up{"bench.look_up", kith::idempotent};
constexpr kith::method<job, job> place{"bench.place"};

kith::config config_of(const bench::settings& chosen) {
  kith::config config;
  config.domain = chosen.domain;
  config.log_level = "error";
  config.ipc = false;
  return config;
}

kith::task<job> work(kith::node& node, bench::served_calls& calls, job call) {
  const auto treated = calls.treat(call);
  if (treated.how == bench::treatment::end::never) {
    co_await node.sleep(24h);
  }
  if (treated.how == bench::treatment::end::fails) {
    throw std::runtime_error{"out of order"};
  }
  const auto due = bench::clock::now() + treated.takes;
  co_await node.sleep(treated.takes);
  calls.worked(due);
  co_return call;
}

int serve(const bench::settings& chosen) {
  auto config = config_of(chosen);
  config.service = service;
  if (chosen.workers > 0) {
    config.max_calls = static_cast<std::uint32_t>(chosen.workers);
  }
  kith::node node{std::move(config)};
  bench::served_calls calls;
  for (const auto& which : {look_up, place}) {
    node.serve(which, [&](job call) {
      calls.came();
      return work(node, calls, call);
    });
  }
  node.on_start([&] {
    bench::say_ready();
    bench::read_lines([&](std::string line) { node.post([&calls, line] { calls.told(line); }); });
  });
  return node.run();
}

/// Runs on a node's loop.
class caller {
 public:
  caller(kith::node& node, const bench::settings& chosen)
      : node_{node},
        service_{node.service(std::string{service})},
        which_{chosen.once ? place : look_up},
        instances_{chosen.instances} {}

  /// Says when all instances are found.
  kith::task<void> meet() {
    while (in_rotation() < instances_) {
      co_await node_.sleep(20ms);
    }
    bench::say_ready();
  }

  void told(const std::string& line) {
    if (const auto request = bench::load_of(line)) {
      node_.spawn(run(*request));
    }
  }

 private:
  kith::task<void> run(bench::load_request request) {
    const auto repeated = made_as("(repeated)");
    const auto hedged = made_as("(hedged)");
    calls_.emplace(request);
    for (;;) {
      while (const auto call = calls_->next(bench::clock::now())) {
        begin(*call, request.deadline);
      }
      const auto due = calls_->next_due();
      if (due == bench::clock::time_point::max()) {
        break;
      }
      co_await node_.sleep(due - bench::clock::now());
    }
    while (!calls_->over()) {
      co_await node_.sleep(1ms);
    }
    calls_->report(made_as("(repeated)") - repeated, made_as("(hedged)") - hedged);
  }

  void begin(const bench::arrivals::call& call, kith::duration deadline) {
    service_.call(which_, job{call.number, call.is_long}, {.deadline = deadline},
                  [this, number = call.number](kith::result<job> answer) {
                    calls_->ended(number, answer && answer->number == number);
                  });
  }

  /// How many more calls kith made by itself.
  [[nodiscard]] std::uint64_t made_as(std::string_view what) const {
    for (const auto& row : node_.books()) {
      if (row.scope == "method" && row.direction == "outbound" && row.key == what) {
        return row.delivered;
      }
    }
    return 0;
  }

  [[nodiscard]] std::size_t in_rotation() const {
    std::size_t count = 0;
    for (const auto& member : node_.members()) {
      count += member.service == service && member.in_rotation ? 1 : 0;
    }
    return count;
  }

  kith::node& node_;
  kith::service_handle service_;
  kith::method<job, job> which_;
  std::size_t instances_;
  std::optional<bench::arrivals> calls_;
};

int call(const bench::settings& chosen) {
  kith::node node{config_of(chosen)};
  caller client{node, chosen};
  node.on_start([&] {
    node.spawn(client.meet());
    bench::read_lines([&](std::string line) { node.post([&client, line] { client.told(line); }); });
  });
  return node.run();
}

}  // namespace

int main(int argc, char** argv) {
  const auto chosen = bench::settings_from(argc, argv);
  try {
    return chosen.role == "serve" ? serve(chosen) : call(chosen);
  } catch (const std::exception& failed) {
    std::cerr << "bench_kith_resilience: " << failed.what() << '\n';
    return 1;
  }
}
