// SPDX-License-Identifier: MPL-2.0
#pragma once

// Own links: a DEALER for each dial, a SUB for each follow.
//
// Design notes
// - One link is one connection. libzmq gives up for good on some failures and reconnects behind our
//   back on others, and then delivers to a new incarnation what was meant for the old. So its
//   reconnecting is put off for a day, and the socket is closed as soon as its monitor tells of the
//   end. (Turning reconnecting off altogether would end the endpoint inside libzmq, which may throw
//   away what arrived last: the other side's goodbye.)
// - Some ends make no event (octets that libzmq takes for an old protocol), so a deadline of our
//   own watches until the handshake succeeded.
// - The monitor is another socket: before data of a link that is not `connected` yet its monitor is
//   read, and before `disconnected` is told its data is.

#include <string>
#include <unordered_map>

#include "transport/zmq/send_account.hpp"
#include "transport/zmq/zmq_monitor.hpp"
#include "transport/zmq/zmq_scope.hpp"

namespace kith::transport {

class incoming;

class zmq_links {
 public:
  explicit zmq_links(std::shared_ptr<zmq_scope> scope) : scope_{std::move(scope)} {}

  /// `type` is ZMQ_DEALER or ZMQ_SUB.
  result<link_id> connect(const std::string& endpoint, int type, const security_policy& policy);
  void subscribe(link_id id, std::string_view prefix, bool add);
  send_status send(link_id id, bytes&& packet);
  void close(link_id id);
  [[nodiscard]] std::size_t unsent_bytes(link_id id) const;
  void tell_room(link_id id);
  void close_all(int linger_ms) noexcept;

 private:
  enum class phase : std::uint8_t { connecting, greeting, connected };
  struct link {
    std::string endpoint;
    int type = 0;
    std::shared_ptr<const security::keyring> keys;  // null: plain
    phase state = phase::connecting;
    std::shared_ptr<zmq_socket> socket;
    std::unique_ptr<zmq_monitor> monitor;
    std::shared_ptr<send_account> account;
    std::shared_ptr<inflow> flow;
    runtime::timer_id deadline = runtime::timer_id::none;
    time_point dialled{};
  };

  result<void> monitor(link_id id, link& l);
  void heard(link_id id, int event, std::uint32_t value);
  bool drain(link_id id, std::size_t most_packets);
  void take(link_id id, link& l, incoming& message);
  void end(link_id id, link_event how, std::string_view detail);
  link* find(link_id id) noexcept;
  /// Takes it out of the table and closes what it holds.
  void drop(link_id id, int linger_ms) noexcept;

  std::shared_ptr<zmq_scope> scope_;
  std::unordered_map<link_id, link> links_;
};

}  // namespace kith::transport
