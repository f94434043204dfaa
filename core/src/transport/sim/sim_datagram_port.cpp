// SPDX-License-Identifier: MPL-2.0
#include "transport/sim/sim_datagram_port.hpp"

#include <utility>
#include <vector>

#include "transport/sim/sim_transport.hpp"

namespace kith::sim {

sim_datagram_port::sim_datagram_port(network& net, host_index where, runtime::sim_loop& loop,
                                     sim_transport& owner,
                                     const kith::transport::datagram_options& options,
                                     kith::transport::datagram_handler handler)
    : net_{net},
      where_{where},
      loop_{loop},
      owner_{&owner},
      group_{options.group_v4 + ":" + std::to_string(options.port)},
      port_{options.port},
      handler_{std::move(handler)} {
  net_.join(*this);
}

sim_datagram_port::~sim_datagram_port() {
  if (owner_ != nullptr) {
    std::erase(owner_->ports_, this);
    cut();
  }
}

void sim_datagram_port::cut() noexcept {
  net_.leave(*this);
  owner_ = nullptr;
}

std::size_t sim_datagram_port::send(byte_view datagram) {
  if (owner_ == nullptr) {
    return 0;
  }
  ++owner_->counters_.datagrams_sent;
  owner_->counters_.datagram_octets_sent += datagram.size();
  net_.multicast(*this, datagram);
  return 1;
}

std::vector<std::string> sim_datagram_port::interfaces() const {
  return {"sim: " + group_};
}

void sim_datagram_port::heard(byte_view datagram) {
  ++owner_->counters_.datagrams_received;
  owner_->counters_.datagram_octets_received += datagram.size();
  handler_({"127.0.0.1", port_}, datagram.substr(0, kith::transport::max_datagram_octets + 1));
}

void sim_datagram_port::dropped() noexcept {
  ++owner_->counters_.datagrams_dropped;
}

}  // namespace kith::sim
