// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/zmq_inbox.hpp"

#include <zmq.h>

#include "transport/zmq/incoming.hpp"

namespace kith::transport {

zmq_inbox::zmq_inbox(std::shared_ptr<zmq_scope> scope)
    : scope_{std::move(scope)}, socket_{scope_, ZMQ_ROUTER} {}

result<std::string> zmq_inbox::bind(const std::string& endpoint, const security_policy& policy) {
  return socket_.bind(endpoint, policy, [this] { return drain(); });
}

bool zmq_inbox::drain() {
  incoming message;
  std::size_t octets = 0;
  for (std::size_t read = 0; read < packets_per_turn && octets < octets_per_turn; ++read) {
    if (!socket_.is_open() || !message.read(socket_.socket().handle())) {
      return false;
    }
    octets += message.octets();
    take(message);
  }
  return socket_.is_open();
}

void zmq_inbox::take(incoming& message) {
  const link_id from = known_as(message);
  if (from == link_id::none) {
    ++scope_->counters.refused_links;
    return;
  }
  link& l = links_.at(from);
  if (l.flow) {
    l.flow->finished = true;
  }
  const auto flaw = message.flaw(1);
  if (flaw.empty() && !l.muted) {
    scope_->upper->on_packet(from, message.frame(1));
    return;
  }
  ++scope_->counters.bad_packets;
  if (!std::exchange(l.muted, true)) {
    scope_->upper->on_bad_packet(from, flaw);
  }
}

link_id zmq_inbox::known_as(const incoming& message) {
  bytes key{message.frame(0)};
  if (const auto found = by_routing_id_.find(key); found != by_routing_id_.end()) {
    return found->second;
  }
  if (links_.size() >= scope_->limits.inbound_links) {
    return link_id::none;
  }
  const link_id id = scope_->next_link();
  // Only what the peer sent has its descriptor and address; the routing id is the ROUTER's own.
  auto host = message.count() > 1 ? message.peer_address(1) : std::string{};
  auto flow = socket_.first_heard_from(message.descriptor(1), host);
  links_.emplace(id, link{key, make_account(scope_, id, scope_->limits.link_budget_bytes),
                          std::move(flow), std::string{message.user(1)}, std::move(host)});
  by_routing_id_.emplace(std::move(key), id);
  return id;
}

send_status zmq_inbox::send(link_id id, bytes&& packet) {
  const auto found = links_.find(id);
  if (found == links_.end() || !socket_.is_open()) {
    return send_status::closed;
  }
  const auto status = send_packet(socket_.socket().handle(), found->second.account,
                                  std::move(packet), &found->second.routing_id);
  scope_->counters.unroutable += status == send_status::unroutable ? 1 : 0;
  scope_->counters.full += status == send_status::full ? 1 : 0;
  socket_.socket().check();
  return status;
}

std::string zmq_inbox::observed_host(link_id id) const {
  const auto found = links_.find(id);
  return found == links_.end() ? std::string{} : found->second.host;
}

void zmq_inbox::forget(link_id id) {
  const auto found = links_.find(id);
  if (found != links_.end()) {
    by_routing_id_.erase(found->second.routing_id);
    links_.erase(found);
  }
}

void zmq_inbox::hang_up(link_id id) {
  const auto found = links_.find(id);
  if (found != links_.end() && found->second.flow) {
    socket_.cut(*found->second.flow);
  }
}

std::size_t zmq_inbox::unsent_bytes(link_id id) const {
  const auto found = links_.find(id);
  return found == links_.end() ? 0 : found->second.account->bytes();
}

std::string_view zmq_inbox::key_of(link_id id) const {
  const auto found = links_.find(id);
  return found == links_.end() ? std::string_view{} : found->second.user;
}

result<void> zmq_inbox::use_keys(const std::shared_ptr<const security::keyring>& ring) {
  if (!socket_.use_keys(ring)) {
    return {};
  }
  links_.clear();
  by_routing_id_.clear();
  return socket_.recreate();
}

void zmq_inbox::tell_room(link_id id) {
  if (links_.contains(id)) {
    scope_->upper->on_writable(id);
  }
}

void zmq_inbox::close(int linger_ms) noexcept {
  socket_.close(linger_ms);
  links_.clear();
  by_routing_id_.clear();
}

}  // namespace kith::transport
