// SPDX-License-Identifier: MPL-2.0
#pragma once

// A loop whose time the test moves, and a transport that has nothing but datagrams.

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/loop.hpp"
#include "transport/transport.hpp"

namespace kith::discovery {

class manual_loop final : public runtime::loop {
 public:
  explicit manual_loop(std::uint64_t seed = 1) : loop{seed} {}
  [[nodiscard]] time_point clock() const noexcept override { return time_; }
  [[nodiscard]] wall_time wall_now() const override { return {}; }
  [[nodiscard]] std::shared_ptr<runtime::mailbox> mail() override { return nullptr; }

  /// Runs what is due until `length` from now.
  void pass(duration length) {
    const auto end = now() + length;
    for (auto next = next_timer(); next && *next <= end; next = next_timer()) {
      time_ = std::max(time_, *next);
      turn(time_, {});
    }
    time_ = end;
    turn(end, {});
  }
  void enter(unique_function<void()> work) { turn(now(), std::move(work)); }
  [[nodiscard]] bool has_timers() noexcept { return next_timer().has_value(); }

 private:
  void wake() override {}

  time_point time_{std::chrono::hours{1}};
};

class fake_network final : public transport::transport {
 public:
  using datagram_options = kith::transport::datagram_options;
  using datagram_source = kith::transport::datagram_source;

  explicit fake_network(manual_loop& loop) : loop_{loop} {}

  void set_receiver(kith::transport::receiver* /*upper*/) override {}
  result<std::string> bind_inbox(const std::string& endpoint,
                                 const kith::transport::security_policy& /*policy*/) override {
    return endpoint;
  }
  result<std::string> bind_outlet(const std::string& endpoint,
                                  const kith::transport::security_policy& /*policy*/) override {
    return endpoint;
  }
  result<kith::transport::link_id> dial(const std::string& /*endpoint*/,
                                        const kith::transport::security_policy& /*p*/) override {
    return kith::transport::link_id::none;
  }
  result<kith::transport::link_id> follow(const std::string& /*endpoint*/,
                                          const kith::transport::security_policy& /*p*/) override {
    return kith::transport::link_id::none;
  }
  void subscribe(kith::transport::link_id /*publisher*/, std::string_view /*prefix*/) override {}
  void unsubscribe(kith::transport::link_id /*publisher*/, std::string_view /*prefix*/) override {}
  kith::transport::send_status send(kith::transport::link_id /*link*/,
                                    bytes&& /*packet*/) override {
    return kith::transport::send_status::closed;
  }
  kith::transport::send_status publish(bytes&& /*packet*/) override {
    return kith::transport::send_status::closed;
  }
  void close(kith::transport::link_id /*link*/) override {}
  [[nodiscard]] std::size_t unsent_bytes(kith::transport::link_id /*link*/) const override {
    return 0;
  }
  result<std::unique_ptr<kith::transport::datagram_port>> open_datagrams(
      const datagram_options& options, kith::transport::datagram_handler handler) override {
    if (fail_to_open) {
      return fail(errc::io_error, "no interface can multicast");
    }
    opened_with = options;
    handler_ = std::move(handler);
    return std::make_unique<port>(*this);
  }
  void stop(std::chrono::milliseconds /*linger*/) override {}

  /// A datagram from `host` arrives.
  void hear(const std::string& host, byte_view datagram) {
    loop_.enter([&] { handler_(datagram_source{host, 40'000}, datagram); });
  }

  bool fail_to_open = false;
  int open_ports = 0;
  datagram_options opened_with;
  std::vector<std::pair<time_point, bytes>> sent;
  std::size_t interfaces = 1;  ///< that a datagram leaves on

 private:
  class port final : public kith::transport::datagram_port {
   public:
    explicit port(fake_network& network) : network_{network} { ++network_.open_ports; }
    ~port() override { --network_.open_ports; }
    std::size_t send(byte_view datagram) override {
      network_.sent.emplace_back(network_.loop_.now(), datagram);
      return network_.interfaces;
    }
    [[nodiscard]] std::vector<std::string> interfaces() const override { return {"lo: fake"}; }

   private:
    fake_network& network_;
  };

  manual_loop& loop_;
  kith::transport::datagram_handler handler_;
};

}  // namespace kith::discovery
