// SPDX-License-Identifier: MPL-2.0

// Calls over kith, through its public face: a server with a plain handler, and a client that keeps
// a window of calls in flight with callbacks or coroutines, or calls one by one from a plain
// thread.

#include <chrono>
#include <iostream>
#include <optional>
#include <utility>

#include <kith/blocking_client.hpp>
#include <kith/node.hpp>

#include "harness/control.hpp"
#include "harness/meters.hpp"
#include "harness/payloads.hpp"
#include "harness/seen.hpp"
#include "harness/settings.hpp"

namespace {

using namespace std::chrono_literals;

constexpr std::string_view service = "bench";
constexpr kith::method<bench::tick, bench::tick> echo_tick{"bench.tick", kith::idempotent};
constexpr kith::method<bench::order, bench::order> echo_order{"bench.order", kith::idempotent};
constexpr kith::call_options patient{.deadline = 5s};

kith::config config_of(const bench::settings& chosen) {
  kith::config config;
  config.domain = chosen.domain;
  config.trust = chosen.trust;
  config.log_level = "error";
  bench::show(config, chosen);
  // Without an endpoint all is as by default: two nodes of one host meet over ipc.
  if (!chosen.endpoint.empty()) {
    config.listen = chosen.endpoint;
    config.ipc = false;
  }
  return config;
}

int serve(const bench::settings& chosen) {
  auto config = config_of(chosen);
  config.service = service;
  kith::node node{std::move(config)};
  node.serve(echo_tick, [](bench::tick request) { return request; });
  node.serve(echo_order, [](bench::order request) { return request; });
  node.on_start([] {
    bench::say_ready();
    bench::end_with_input();
  });
  return node.run();
}

/// Runs on a node's loop.
template <class Value>
class caller {
 public:
  using method = kith::method<Value, Value>;

  caller(kith::node& node, const bench::settings& chosen, const method& which, Value value)
      : node_{node},
        service_{node.service(std::string{service})},
        which_{which},
        value_{std::move(value)},
        window_{chosen.window},
        coroutines_{chosen.how == "coroutine"} {}

  /// Waits until the server is found.
  void meet() {
    service_.call(which_, value_, patient, [](kith::result<Value> answer) {
      if (!answer) {
        std::cerr << "bench_kith_calls: " << answer.error().to_string() << '\n';
        std::_Exit(1);
      }
      bench::say_ready();
    });
  }

  void begin(const bench::run_request& request) {
    if (window_ == 1) {
      laps_.emplace(request);
    } else {
      rate_.emplace(request);
    }
    going_ = true;
    for (std::size_t i = 0; i < window_; ++i) {
      ++flying_;
      if (coroutines_) {
        node_.spawn(keep_calling());
      } else {
        call();
      }
    }
  }

 private:
  void call() {
    service_.call(which_, value_, patient, [this](kith::result<Value> answer) {
      if (count(answer && *answer == value_)) {
        call();
      } else {
        landed();
      }
    });
  }

  kith::task<void> keep_calling() {
    bool again = true;
    while (again) {
      const auto answer = co_await service_.try_call(which_, value_, patient);
      again = count(answer && *answer == value_);
    }
    landed();
  }

  bool count(bool right) {
    wrong_ += right ? 0 : 1;
    going_ = going_ && (laps_ ? laps_->lap() : rate_->add(1));
    return going_;
  }

  void landed() {
    if (--flying_ > 0) {
      return;
    }
    bench::report(laps_ ? laps_->result(wrong_) : rate_->result(wrong_));
    laps_.reset();
    rate_.reset();
  }

  kith::node& node_;
  kith::service_handle service_;
  method which_;
  Value value_;
  std::size_t window_;
  bool coroutines_;
  std::optional<bench::latency_meter> laps_;
  std::optional<bench::rate_meter> rate_;
  std::size_t flying_ = 0;
  std::uint64_t wrong_ = 0;
  bool going_ = false;
};

template <class Value>
int call_on_loop(const bench::settings& chosen, const kith::method<Value, Value>& which,
                 Value value) {
  kith::node node{config_of(chosen)};
  caller<Value> client{node, chosen, which, std::move(value)};
  node.on_start([&] {
    client.meet();
    bench::read_requests(
        [&](bench::run_request request) { node.post([&, request] { client.begin(request); }); },
        [&] { node.stop_from_any_thread(); });
  });
  return node.run();
}

/// Calls from a plain thread. Between two runs the client's loop goes on, as that of a busy client
/// would: else its peers would take it for dead.
template <class Value>
int call_blocking(const bench::settings& chosen, const kith::method<Value, Value>& which,
                  const Value& value) {
  kith::blocking_client client{config_of(chosen)};
  auto& node = client.node();
  const std::string name{service};
  client.call(name, which, value, patient);
  bench::say_ready();
  std::optional<bench::run_request> asked;
  bool ended = false;
  bench::read_requests(
      [&](bench::run_request request) { node.post([&asked, request] { asked = request; }); },
      [&] { node.post([&ended] { ended = true; }); });
  std::uint64_t wrong = 0;
  while (node.run_until([&] { return asked || ended; }, 24h) && !ended) {
    bench::latency_meter meter{*std::exchange(asked, std::nullopt)};
    do {
      const auto answer = client.try_call(name, which, value, patient);
      wrong += answer && *answer == value ? 0 : 1;
    } while (meter.lap());
    bench::report(meter.result(wrong));
  }
  return 0;
}

template <class Value>
int play(const bench::settings& chosen, const kith::method<Value, Value>& which, Value value) {
  return chosen.how == "blocking" ? call_blocking(chosen, which, value)
                                  : call_on_loop(chosen, which, std::move(value));
}

}  // namespace

int main(int argc, char** argv) {
  const auto chosen = bench::settings_from(argc, argv);
  try {
    if (chosen.role == "serve") {
      return serve(chosen);
    }
    return chosen.what.is_order ? play(chosen, echo_order, bench::sample_order())
                                : play(chosen, echo_tick, bench::tick_of(chosen.what.octets));
  } catch (const std::exception& failed) {
    std::cerr << "bench_kith_calls: " << failed.what() << '\n';
    return 1;
  }
}
