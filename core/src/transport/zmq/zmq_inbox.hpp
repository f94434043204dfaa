// SPDX-License-Identifier: MPL-2.0
#pragma once

// The ROUTER: what others dial. Routing ids are libzmq's automatic ones and never leave this file;
// handover stays off, or anyone could take another's place. A link begins with its first packet and
// ends when the layer above closes it; after a malformed packet it is muted until then.

#include <string>
#include <unordered_map>

#include "transport/zmq/send_account.hpp"
#include "transport/zmq/zmq_bound.hpp"

namespace kith::transport {

class zmq_inbox {
 public:
  explicit zmq_inbox(std::shared_ptr<zmq_scope> scope);

  result<std::string> bind(const std::string& endpoint, const security_policy& policy);
  [[nodiscard]] bool knows(link_id id) const { return links_.contains(id); }
  send_status send(link_id id, bytes&& packet);
  [[nodiscard]] std::string observed_host(link_id id) const;
  void forget(link_id id);
  void hang_up(link_id id);
  [[nodiscard]] std::size_t unsent_bytes(link_id id) const;
  [[nodiscard]] std::string_view key_of(link_id id) const;
  /// As transport::use_keys.
  result<void> use_keys(const std::shared_ptr<const security::keyring>& ring);
  /// Of a link that was full.
  void tell_room(link_id id);
  void close(int linger_ms) noexcept;

 private:
  struct link {
    bytes routing_id;
    std::shared_ptr<send_account> account;
    std::shared_ptr<inflow> flow;
    std::string user;
    std::string host;  ///< where it comes from
    bool muted = false;
  };

  bool drain();
  link_id known_as(const class incoming& message);
  void take(class incoming& message);

  std::shared_ptr<zmq_scope> scope_;
  zmq_bound socket_;
  std::unordered_map<link_id, link> links_;
  std::unordered_map<bytes, link_id> by_routing_id_;
};

}  // namespace kith::transport
