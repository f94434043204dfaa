// SPDX-License-Identifier: MPL-2.0
// A whole node, and an enemy on its network who sends packets made of the input: on a session of
// his own, greeted or not, and in answer to the node's own dial. An honest caller is answered all
// the same, and the node's tables stay small.
//
// Input: one octet of flags, then packets, each with two octets of length before it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <kith/node.hpp>

#include "node/sim_environment.hpp"
#include "transport/sim/sim_world.hpp"
#include "wire/envelope.hpp"

namespace {

using namespace kith;
using namespace std::chrono_literals;

constexpr method<nothing, nothing> knock{"victim.knock", idempotent};

std::vector<bytes> packets_of(byte_view input) {
  std::vector<bytes> packets;
  while (input.size() >= 2 && packets.size() < 64) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(input[0])) * 256 +
                        static_cast<unsigned char>(input[1]);
    input.remove_prefix(2);
    packets.emplace_back(input.substr(0, length));
    input.remove_prefix(std::min(length, input.size()));
  }
  return packets;
}

class enemy final : public transport::receiver {
 public:
  enemy(sim::host& host, std::vector<bytes> packets, bool greet)
      : network_{host.transport()}, packets_{std::move(packets)}, greet_{greet} {
    network_.set_receiver(this);
    inbox_ = network_.bind_inbox("tcp://127.0.0.1:*", {}).value_or("");
  }

  void attack(const node_description& victim) {
    const auto link = network_.dial(victim.inbox, {});
    if (!link) {
      std::abort();
    }
    if (greet_) {
      wire::hello greeting;
      greeting.self.id.octets.fill(0xee);
      greeting.self.incarnation = 1;
      greeting.self.domain = victim.domain;
      greeting.self.service = "enemy";
      greeting.self.instance = "enemy-1";
      greeting.self.inbox = inbox_;
      bytes packet;
      wire::append(packet, greeting);
      static_cast<void>(network_.send(*link, std::move(packet)));
    }
    send_all(*link);
  }

  void on_packet(transport::link_id from, byte_view) override {
    if (answers_++ < 4) {
      send_all(from);
    }
  }
  void on_link(transport::link_id, transport::link_event, std::string_view) override {}
  void on_writable(transport::link_id) override {}
  void on_event(transport::link_id, byte_view) override {}
  void on_subscription(std::string_view, bool) override {}
  void on_bad_packet(transport::link_id, std::string_view) override {}

 private:
  void send_all(transport::link_id to) {
    for (const auto& packet : packets_) {
      static_cast<void>(network_.send(to, bytes{packet}));
    }
  }

  transport::transport& network_;
  std::vector<bytes> packets_;
  bool greet_;
  std::string inbox_;
  int answers_ = 0;
};

config settings_of(const char* service) {
  config settings;
  settings.service = service;
  return settings;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) {
    return 0;
  }
  const byte_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
  sim::world world{1};
  world.keep_trace(false);
  sim::log_book log{world};
  auto& home = world.add_node("victim");
  auto& victim = home.make<node>(settings_of("victim"), sim::make_environment(home, log));
  victim.serve(knock, [](nothing) { return nothing{}; });
  victim.start();
  auto& den = world.add_node("enemy");
  auto& attacker = den.make<enemy>(den, packets_of(input), (data[0] & 1U) != 0);
  den.enter([&] { attacker.attack(victim.description()); });
  world.run_for(20ms);

  auto& street = world.add_node("honest");
  auto& honest = street.make<node>(settings_of(""), sim::make_environment(street, log));
  honest.start();
  bool answered = false;
  street.enter([&] {
    honest.service("victim").call(
        knock, nothing{}, {.deadline = 1s},
        unique_function<void(result<nothing>)>{
            [&](result<nothing> reply) { answered = reply.has_value(); }});
  });
  world.run_for(1100ms);
  if (!answered || victim.members().size() > 8) {
    std::abort();
  }
  for (auto* host : {&street, &den, &home}) {
    host->drop_parts();  // they log: before the book closes
  }
  return 0;
}
