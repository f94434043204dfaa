// SPDX-License-Identifier: MPL-2.0

// Events over kith, through its public face: one node publishes a topic, others subscribe to it.

#include <chrono>
#include <iostream>

#include <kith/node.hpp>

#include "harness/control.hpp"
#include "harness/payloads.hpp"
#include "harness/progress.hpp"
#include "harness/seen.hpp"
#include "harness/settings.hpp"

namespace {

using namespace std::chrono_literals;

constexpr kith::topic<bench::tick> ticks{"bench.tick"};

kith::config config_of(const bench::settings& chosen, std::string service) {
  kith::config config;
  config.service = std::move(service);
  config.domain = chosen.domain;
  config.trust = chosen.trust;
  config.log_level = "error";
  bench::show(config, chosen);
  if (!chosen.endpoint.empty()) {
    config.listen = chosen.endpoint;
  }
  return config;
}

kith::task<void> say_when_confirmed(const kith::subscription& subscribed) {
  co_await subscribed.subscribed(1, 10s);
  bench::say_ready();
  bench::end_with_input();
}

int subscribe(const bench::settings& chosen) {
  bench::progress heard{chosen.progress, bench::max_subscribers};
  auto& mine = heard.of(chosen.index);
  kith::node node{config_of(chosen, "")};
  // A gap shows in the sequence of the event after it, as it does for the others.
  const auto subscribed =
      node.subscribe(ticks, [&mine](const bench::tick& event) { mine.on_event(event.sequence); },
                     {.on_gap = [](const kith::event_gap&) {}});
  node.on_start([&] { node.spawn(say_when_confirmed(subscribed)); });
  return node.run();
}

/// One after the other as fast as the window allows.
kith::task<void> publish(kith::node& node, kith::publisher<bench::tick> out, bench::tick& event,
                         const bench::progress& heard, std::size_t window,
                         bench::run_request request) {
  while (heard.slowest() == 0) {
    ++event.sequence;
    static_cast<void>(out.publish(event));
    co_await node.sleep(5ms);
  }
  bench::pacing pace{request, heard, window, event.sequence};
  while (!pace.over()) {
    const auto count = pace.allowance();
    for (std::size_t i = 0; i < count; ++i) {
      ++event.sequence;
      static_cast<void>(out.publish(event));
    }
    pace.published_up_to(event.sequence);
    if (count == 0) {
      co_await node.sleep(bench::pause);
    }
  }
  bench::report(pace.result());
}

int publish(const bench::settings& chosen) {
  const bench::progress heard{chosen.progress, chosen.subscribers};
  auto event = bench::tick_of(chosen.what.octets);
  kith::node node{config_of(chosen, "bench")};
  const auto out = node.publishes(ticks);
  node.on_start([&] {
    bench::say_ready();
    bench::read_requests(
        [&](bench::run_request request) {
          node.post([&, request] {
            node.spawn(publish(node, out, event, heard, chosen.window, request));
          });
        },
        [&] { node.stop_from_any_thread(); });
  });
  return node.run();
}

}  // namespace

int main(int argc, char** argv) {
  const auto chosen = bench::settings_from(argc, argv);
  try {
    return chosen.role == "subscribe" ? subscribe(chosen) : publish(chosen);
  } catch (const std::exception& failed) {
    std::cerr << "bench_kith_events: " << failed.what() << '\n';
    return 1;
  }
}
