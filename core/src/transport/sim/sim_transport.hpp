// SPDX-License-Identifier: MPL-2.0
#pragma once

// One simulated node's end of the network: the same contract as the ZeroMQ transport, with the same
// budgets, the same filtering at the publisher and the same silence about inbound links that ended.

#include <map>
#include <string>
#include <unordered_map>

#include "transport/sim/sim_network.hpp"
#include "transport/transport.hpp"

namespace kith::sim {

class sim_transport final : public transport::transport {
 public:
  sim_transport(network& net, host_index where, runtime::sim_loop& loop,
                const kith::transport::socket_limits& limits);
  ~sim_transport() override;

  void set_receiver(kith::transport::receiver* upper) override { upper_ = upper; }
  result<std::string> bind_inbox(const std::string& endpoint,
                                 const kith::transport::security_policy& policy) override;
  result<std::string> bind_outlet(const std::string& endpoint,
                                  const kith::transport::security_policy& policy) override;
  [[nodiscard]] bool is_here(const std::string& endpoint) const override {
    return net_.has_socket(endpoint);
  }
  result<kith::transport::link_id> dial(const std::string& endpoint,
                                        const kith::transport::security_policy& policy) override;
  result<kith::transport::link_id> follow(const std::string& endpoint,
                                          const kith::transport::security_policy& policy) override;
  void subscribe(kith::transport::link_id publisher, std::string_view prefix) override;
  void unsubscribe(kith::transport::link_id publisher, std::string_view prefix) override;
  kith::transport::send_status send(kith::transport::link_id link, bytes&& packet) override;
  kith::transport::send_status publish(bytes&& packet) override;
  void close(kith::transport::link_id link) override;
  void hang_up(kith::transport::link_id inbound) override;
  [[nodiscard]] std::string_view key_of(kith::transport::link_id link) const override;
  result<void> use_keys(std::shared_ptr<const security::keyring> ring) override;
  [[nodiscard]] std::size_t unsent_bytes(kith::transport::link_id link) const override;
  [[nodiscard]] std::size_t outlet_unsent_bytes() const override;
  result<std::unique_ptr<kith::transport::datagram_port>> open_datagrams(
      const kith::transport::datagram_options& options,
      kith::transport::datagram_handler handler) override;
  /// All hosts of a world share one loopback.
  [[nodiscard]] std::string observed_host(kith::transport::link_id /*inbound*/) const override {
    return "127.0.0.1";
  }
  [[nodiscard]] kith::transport::transport_counters counters() const override { return counters_; }
  void stop(std::chrono::milliseconds linger) override;

  /// Nothing it does from now on has an effect, nothing reaches it: its host crashed.
  void cut(network::departure how);

  // From the network, each in a turn of the node's loop
  void connected(connection_id on);
  void ended(connection_id on, kith::transport::link_event how, std::string_view detail);
  void room(connection_id on, side own);
  void arrived(connection& on, side own, parcel&& what);
  /// Server side: the connection is gone. Nobody above is told.
  void departed(connection_id on);
  /// Room enough again to ask for more.
  [[nodiscard]] bool has_room(const wire& w) const noexcept;

 private:
  friend class sim_datagram_port;
  struct link {
    connection_id on = 0;
    side own = side::client;
    std::map<std::string, int, std::less<>> wanted;  // of a followed outlet
  };

  result<std::string> bind(const std::string& endpoint, bool outlet,
                           const kith::transport::security_policy& policy,
                           std::vector<std::string>& bound_at);
  result<kith::transport::link_id> open(const std::string& endpoint, bool outlet,
                                        const kith::transport::security_policy& policy);
  link* find(kith::transport::link_id id) noexcept;
  void on_data(connection& on, side own, byte_view packet);
  void on_topic(connection_id on, const std::string& topic, bool added);
  [[nodiscard]] bool may_hear(connection_id on, const std::string& topic);
  [[nodiscard]] bool all_may_hear();
  void drop_topic(const std::string& topic);
  void offer(connection_id to, const bytes& event);
  kith::transport::link_id inbound(connection_id on);
  [[nodiscard]] bool fits(const wire& w, std::size_t size) const noexcept;
  void recreate_outlet();

  network& net_;
  runtime::sim_loop& loop_;
  kith::transport::socket_limits limits_;
  transport_id self_;
  kith::transport::receiver* upper_ = nullptr;
  kith::transport::transport_counters counters_;
  std::unordered_map<kith::transport::link_id, link> links_;
  std::unordered_map<connection_id, kith::transport::link_id> by_connection_;
  /// Of the own outlet: each subscriber's topics, and how many subscribers a topic has.
  std::map<connection_id, std::set<std::string>> subscribers_;
  std::map<std::string, std::size_t> topics_;
  std::vector<sim_datagram_port*> ports_;
  std::uint64_t next_link_ = 0;
  std::size_t inbound_ = 0;
  std::vector<std::string> inbox_at_;
  std::vector<std::string> outlet_at_;
  std::shared_ptr<const security::keyring> ring_;  ///< of the bound sockets
  bool stopped_ = false;
};

}  // namespace kith::sim
