// SPDX-License-Identifier: MPL-2.0
// A subscriber, and a publisher who greets it well and then publishes packets made of the input, on
// the topic that is heard. An honest publisher's events arrive all the same, and in the bad one's
// books nothing is delivered twice.
//
// Input: packets, each with one octet for how it is sent and two for its length before it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <kith/node.hpp>

#include "node/sim_environment.hpp"
#include "transport/sim/sim_world.hpp"
#include "wire/envelope.hpp"

namespace {

using namespace kith;
using namespace std::chrono_literals;

struct note {
  std::string text;
};
KITH_DESCRIBE(note, text)
constexpr topic<note> said{"fuzz.said"};

/// Lets whoever dials it in, confirms every subscription, and publishes what it is told.
class enemy final : public transport::receiver {
 public:
  explicit enemy(sim::host& host) : network_{host.transport()} {
    network_.set_receiver(this);
    self_.id.octets.fill(0xee);
    self_.incarnation = 1;
    self_.domain = "kith";
    self_.service = "enemy";
    self_.instance = "enemy-1";
    self_.inbox = network_.bind_inbox("tcp://127.0.0.1:*", {}).value_or("");
    self_.outlet = network_.bind_outlet("tcp://127.0.0.1:*", {}).value_or("");
    self_.topics.push_back({std::string{said.name}, fingerprint_of(said)});
  }
  void meet(const std::string& inbox) {
    wire::hello greeting;
    greeting.self = self_;
    own_ = network_.dial(inbox, {}).value_or(transport::link_id::none);
    send(own_, greeting);
  }
  void publish(std::uint8_t how, byte_view octets) {
    bytes packet;
    if ((how & 1U) == 0) {
      packet = std::string{said.name} + '\0';
    }
    packet += octets;
    if (!packet.empty()) {
      static_cast<void>(network_.publish(std::move(packet)));
    }
  }

  void on_packet(transport::link_id from, byte_view) override {
    if (from != own_ && !let_in_) {
      let_in_ = true;
      wire::welcome in;
      in.self = self_;
      send(from, in);
    }
  }
  void on_subscription(std::string_view topic, bool added) override {
    if (added && topic.starts_with("kith.nonce.")) {
      bytes heads{topic};
      wire::append(heads, wire::heads{{}, true});
      static_cast<void>(network_.publish(std::move(heads)));
    }
  }
  void on_link(transport::link_id, transport::link_event, std::string_view) override {}
  void on_writable(transport::link_id) override {}
  void on_event(transport::link_id, byte_view) override {}
  void on_bad_packet(transport::link_id, std::string_view) override {}

 private:
  template <class Envelope>
  void send(transport::link_id to, const Envelope& what) {
    bytes packet;
    wire::append(packet, what);
    static_cast<void>(network_.send(to, std::move(packet)));
  }

  transport::transport& network_;
  node_description self_;
  transport::link_id own_ = transport::link_id::none;
  bool let_in_ = false;
};

node& make_node(sim::host& host, log_sink& log, const char* service) {
  config settings;
  settings.service = service;
  return host.make<node>(settings, sim::make_environment(host, log));
}

void require(bool kept) {
  if (!kept) {
    std::abort();
  }
}

void publish_all(sim::world& world, sim::host& den, enemy& attacker, byte_view input) {
  for (int packets = 0; input.size() >= 3 && packets < 64; ++packets) {
    const auto how = static_cast<std::uint8_t>(input[0]);
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(input[1])) * 256 +
                        static_cast<unsigned char>(input[2]);
    input.remove_prefix(3);
    const auto octets = input.substr(0, length);
    input.remove_prefix(octets.size());
    den.enter([&] { attacker.publish(how, octets); });
    if ((how & 4U) != 0) {
      world.run_for(1ms);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sim::world world{1};
  world.keep_trace(false);
  sim::log_book log{world};
  auto& home = world.add_node("listener");
  auto& street = world.add_node("honest");
  auto& den = world.add_node("enemy");
  auto& victim = make_node(home, log, "listener");
  auto& honest = make_node(street, log, "honest");
  const auto line = honest.publishes(said);
  node_id bad;
  bad.octets.fill(0xee);
  std::uint64_t from_honest = 0;
  std::uint64_t last_of_bad = 0;
  const auto heard = victim.subscribe(said, [&](const note&, const event_info& about) {
    if (about.publisher == bad) {
      require(about.sequence > last_of_bad);
      last_of_bad = about.sequence;
    } else {
      ++from_honest;
    }
  });
  victim.start();
  honest.start();
  auto& attacker = den.make<enemy>(den);
  den.enter([&] { attacker.meet(victim.description().inbox); });
  world.run_for(30ms);
  require(heard.counts().publishers == 2);

  publish_all(world, den, attacker, {reinterpret_cast<const char*>(data), size});
  world.run_for(100ms);
  street.enter([&] { static_cast<void>(line.publish({"still there?"})); });
  world.run_for(10ms);
  require(from_honest == 1);
  for (auto* host : {&den, &street, &home}) {
    host->drop_parts();  // they log: before the book closes
  }
  return 0;
}
