// SPDX-License-Identifier: MPL-2.0

// Events over NATS: one publishes to a subject, others subscribe, a nats-server stands between; the
// same MessagePack.

#include <iostream>
#include <thread>

#include "contenders/nats_parts.hpp"
#include "harness/control.hpp"
#include "harness/msgpack_codec.hpp"
#include "harness/payloads.hpp"
#include "harness/progress.hpp"
#include "harness/settings.hpp"

namespace {

using bench::nats::check;

constexpr const char* subject = "bench.tick";

struct listener {
  explicit listener(bench::subscriber_progress& counters) : mine{counters} {}
  bench::subscriber_progress& mine;
  msgpack::zone zone;
  bench::packed_reader events{zone};
  bench::tick event;
};

void on_event(natsConnection* /*from*/, natsSubscription* /*of*/, natsMsg* message, void* closure) {
  auto& self = *static_cast<listener*>(closure);
  self.events.begin(bench::nats::octets_of(message));
  self.events.value(self.event);
  self.mine.on_event(self.event.sequence);
  natsMsg_Destroy(message);
}

int subscribe(const bench::settings& chosen) {
  bench::progress heard{chosen.progress, bench::max_subscribers};
  listener here{heard.of(chosen.index)};
  const bench::nats::connection to{chosen.endpoint, false};
  natsSubscription* events = nullptr;
  check(natsConnection_Subscribe(&events, to.get(), subject, &on_event, &here), "subscribing");
  check(natsSubscription_SetPendingLimits(events, -1, -1), "lifting the limits");
  check(natsConnection_Flush(to.get()), "subscribing");
  bench::say_ready();
  while (bench::next_request()) {
  }
  natsSubscription_Destroy(events);
  return 0;
}

bench::measurement publish(const bench::settings& chosen, const bench::nats::connection& to,
                           const bench::progress& heard, bench::tick& event,
                           const bench::run_request& request) {
  msgpack::sbuffer buffer;
  const auto send = [&] {
    ++event.sequence;
    buffer.clear();
    msgpack::pack(buffer, event);
    check(natsConnection_Publish(to.get(), subject, buffer.data(), static_cast<int>(buffer.size())),
          "publishing");
  };
  while (heard.slowest() == 0) {
    send();
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  bench::pacing pace{request, heard, chosen.window, event.sequence};
  while (!pace.over()) {
    const auto count = pace.allowance();
    for (std::size_t i = 0; i < count; ++i) {
      send();
    }
    pace.published_up_to(event.sequence);
    if (count == 0) {
      std::this_thread::sleep_for(bench::pause);
    }
  }
  return pace.result();
}

}  // namespace

int main(int argc, char** argv) {
  const auto chosen = bench::settings_from(argc, argv);
  try {
    if (chosen.role == "subscribe") {
      return subscribe(chosen);
    }
    const bench::nats::connection to{chosen.endpoint, false};
    const bench::progress heard{chosen.progress, chosen.subscribers};
    auto event = bench::tick_of(chosen.what.octets);
    bench::say_ready(chosen.endpoint);
    while (const auto request = bench::next_request()) {
      bench::report(publish(chosen, to, heard, event, *request));
    }
  } catch (const std::exception& failed) {
    std::cerr << "bench_nats_events: " << chosen.endpoint << ": " << failed.what() << '\n';
    return 1;
  }
  return 0;
}
