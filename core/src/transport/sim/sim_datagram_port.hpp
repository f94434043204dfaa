// SPDX-License-Identifier: MPL-2.0
#pragma once

// One simulated node's datagrams: what it multicasts reaches all ports of the group.

#include <cstdint>
#include <string>
#include <vector>

#include "transport/sim/sim_network.hpp"
#include "transport/transport.hpp"

namespace kith::sim {

class sim_transport;

class sim_datagram_port final : public kith::transport::datagram_port {
 public:
  sim_datagram_port(network& net, host_index where, runtime::sim_loop& loop, sim_transport& owner,
                    const kith::transport::datagram_options& options,
                    kith::transport::datagram_handler handler);
  ~sim_datagram_port() override;

  std::size_t send(byte_view datagram) override;
  [[nodiscard]] std::vector<std::string> interfaces() const override;

  [[nodiscard]] host_index where() const noexcept { return where_; }
  [[nodiscard]] const std::string& group() const noexcept { return group_; }
  [[nodiscard]] runtime::sim_loop& loop() noexcept { return loop_; }
  void heard(byte_view datagram);
  void dropped() noexcept;
  /// The host crashed or the transport stopped: deaf and mute.
  void cut() noexcept;

 private:
  network& net_;
  host_index where_;
  runtime::sim_loop& loop_;
  sim_transport* owner_;
  std::string group_;
  std::uint16_t port_;
  kith::transport::datagram_handler handler_;
};

}  // namespace kith::sim
