// SPDX-License-Identifier: MPL-2.0
#include "transport/sim/sim_transport.hpp"

#include <algorithm>

#include "transport/sim/sim_datagram_port.hpp"

namespace kith::sim {

using kith::transport::link_id;
using kith::transport::send_status;

sim_transport::sim_transport(network& net, host_index where, runtime::sim_loop& loop,
                             const kith::transport::socket_limits& limits)
    : net_{net}, loop_{loop}, limits_{limits}, self_{net.attach(where, loop, *this)} {}

sim_transport::~sim_transport() {
  stop({});
}

result<std::string> sim_transport::bind_inbox(const std::string& endpoint,
                                              const kith::transport::security_policy& policy) {
  return bind(endpoint, false, policy, inbox_at_);
}

result<std::string> sim_transport::bind_outlet(const std::string& endpoint,
                                               const kith::transport::security_policy& policy) {
  return bind(endpoint, true, policy, outlet_at_);
}

result<std::string> sim_transport::bind(const std::string& endpoint, bool outlet,
                                        const kith::transport::security_policy& policy,
                                        std::vector<std::string>& bound_at) {
  if (stopped_) {
    return fail(errc::shutting_down, "cannot bind " + endpoint + ": the transport has stopped");
  }
  const auto scheme = endpoint.substr(0, endpoint.find(':') + 1);
  const auto taken = std::find_if(bound_at.begin(), bound_at.end(),
                                  [&](const auto& at) { return at.starts_with(scheme); });
  if (taken != bound_at.end()) {
    return fail(errc::failed_precondition,
                "cannot bind " + endpoint + ": already bound to " + *taken);
  }
  auto bound = net_.listen(self_, endpoint, outlet, policy);
  if (bound) {
    bound_at.push_back(*bound);
    ring_ = policy.keys;
  }
  return bound;
}

result<link_id> sim_transport::dial(const std::string& endpoint,
                                    const kith::transport::security_policy& policy) {
  return open(endpoint, false, policy);
}

result<link_id> sim_transport::follow(const std::string& endpoint,
                                      const kith::transport::security_policy& policy) {
  return open(endpoint, true, policy);
}

result<link_id> sim_transport::open(const std::string& endpoint, bool outlet,
                                    const kith::transport::security_policy& policy) {
  if (stopped_) {
    return fail(errc::shutting_down, "cannot dial " + endpoint + ": the transport has stopped");
  }
  const auto on = net_.dial(self_, endpoint, outlet, policy);
  if (!on) {
    return tl::make_unexpected(on.error());
  }
  const link_id id{++next_link_};
  links_.emplace(id, link{*on, side::client, {}});
  by_connection_.emplace(*on, id);
  return id;
}

sim_transport::link* sim_transport::find(link_id id) noexcept {
  const auto found = links_.find(id);
  return found == links_.end() ? nullptr : &found->second;
}

void sim_transport::subscribe(link_id publisher, std::string_view prefix) {
  link* const l = find(publisher);
  if (l == nullptr || l->own != side::client) {
    return;
  }
  if (prefix.size() > kith::transport::max_topic_octets) {
    ++counters_.overlong_topics;
    return;
  }
  connection* const on = net_.find(l->on);
  if (++l->wanted[std::string{prefix}] == 1 && on != nullptr) {
    net_.send(*on, side::client, parcel{parcel::kind::subscribe, std::string{prefix}, {}});
  }
}

void sim_transport::unsubscribe(link_id publisher, std::string_view prefix) {
  link* const l = find(publisher);
  const auto found = l == nullptr ? decltype(l->wanted.end()){} : l->wanted.find(prefix);
  if (l == nullptr || found == l->wanted.end() || --found->second > 0) {
    return;
  }
  l->wanted.erase(found);
  if (connection* const on = net_.find(l->on)) {
    net_.send(*on, side::client, parcel{parcel::kind::unsubscribe, std::string{prefix}, {}});
  }
}

bool sim_transport::fits(const wire& w, std::size_t size) const noexcept {
  return w.queued.size() < static_cast<std::size_t>(limits_.high_water_mark) &&
         (w.unsent == 0 || w.unsent + size <= limits_.link_budget_bytes);
}

bool sim_transport::has_room(const wire& w) const noexcept {
  return w.queued.size() <= static_cast<std::size_t>(limits_.high_water_mark) / 2 &&
         w.unsent <= limits_.link_budget_bytes / 2;
}

send_status sim_transport::send(link_id id, bytes&& packet) {
  const link* const l = find(id);
  if (stopped_ || l == nullptr) {
    return send_status::closed;
  }
  connection* const on = net_.find(l->on);
  if (l->own == side::server && on == nullptr) {
    ++counters_.unroutable;
    return send_status::unroutable;
  }
  if (on == nullptr) {
    return send_status::closed;
  }
  wire& w = on->from(l->own);
  if (!fits(w, packet.size())) {
    ++counters_.full;
    w.wants_room = true;
    return send_status::full;
  }
  net_.send(*on, l->own, parcel{parcel::kind::packet, std::move(packet), {}});
  return send_status::sent;
}

send_status sim_transport::publish(bytes&& packet) {
  if (stopped_ || outlet_at_.empty()) {
    return send_status::closed;
  }
  for (const auto& [on, topics] : subscribers_) {
    if (std::any_of(topics.begin(), topics.end(),
                    [&](const std::string& t) { return packet.starts_with(t); })) {
      offer(on, packet);
    }
  }
  packet.clear();
  return send_status::sent;
}

void sim_transport::offer(connection_id to, const bytes& event) {
  connection* const on = net_.find(to);
  if (on == nullptr) {
    return;
  }
  if (net_.drops_event() || !fits(on->from(side::server), event.size())) {
    net_.note(*on, side::server, "dropped: event", event);
    return;
  }
  net_.send(*on, side::server, parcel{parcel::kind::packet, event, {}});
}

void sim_transport::close(link_id id) {
  const link* const l = find(id);
  if (l == nullptr) {
    return;
  }
  const auto on = l->on;
  if (l->own == side::client) {
    net_.close(on, side::client);
  } else {
    --inbound_;
  }
  const auto named = by_connection_.find(on);
  if (named != by_connection_.end() && named->second == id) {
    by_connection_.erase(named);
  }
  links_.erase(id);
}

void sim_transport::hang_up(link_id inbound) {
  const link* const l = find(inbound);
  if (l != nullptr && l->own == side::server && net_.find(l->on) != nullptr) {
    net_.close(l->on, side::server);
  }
}

std::string_view sim_transport::key_of(link_id id) const {
  const auto found = links_.find(id);
  const connection* const on = found == links_.end() || found->second.own == side::client
                                   ? nullptr
                                   : net_.find(found->second.on);
  return on == nullptr ? std::string_view{} : on->client_key;
}

result<void> sim_transport::use_keys(std::shared_ptr<const security::keyring> ring) {
  if (stopped_ || ring_ == nullptr) {
    return fail(errc::failed_precondition, "no socket is bound with keys");
  }
  ring_ = std::move(ring);
  if (net_.use_keys(self_, ring_) || !all_may_hear()) {
    recreate_outlet();
  }
  return {};
}

std::size_t sim_transport::unsent_bytes(link_id id) const {
  const auto found = links_.find(id);
  if (found == links_.end()) {
    return 0;
  }
  connection* const on = net_.find(found->second.on);
  return on == nullptr ? 0 : on->from(found->second.own).unsent;
}

std::size_t sim_transport::outlet_unsent_bytes() const {
  std::size_t all = 0;
  for (const auto& [to, topics] : subscribers_) {
    connection* const on = net_.find(to);
    all += on == nullptr ? 0 : on->from(side::server).unsent;
  }
  return all;
}

void sim_transport::stop(std::chrono::milliseconds linger) {
  cut(linger.count() > 0 ? network::departure::orderly : network::departure::crash);
}

void sim_transport::cut(network::departure how) {
  if (std::exchange(stopped_, true)) {
    return;
  }
  net_.detach(self_, how);
  for (sim_datagram_port* const port : ports_) {
    port->cut();
  }
  ports_.clear();
  links_.clear();
  by_connection_.clear();
  subscribers_.clear();
  topics_.clear();
}

result<std::unique_ptr<kith::transport::datagram_port>> sim_transport::open_datagrams(
    const kith::transport::datagram_options& options, kith::transport::datagram_handler handler) {
  if (stopped_) {
    return fail(errc::shutting_down, "cannot listen to datagrams: the transport has stopped");
  }
  auto port = std::make_unique<sim_datagram_port>(net_, net_.host_of(self_), loop_, *this, options,
                                                  std::move(handler));
  ports_.push_back(port.get());
  return port;
}

}  // namespace kith::sim
