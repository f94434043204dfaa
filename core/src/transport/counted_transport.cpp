// SPDX-License-Identifier: MPL-2.0
#include "transport/counted_transport.hpp"

#include <algorithm>

namespace kith::transport {

std::string_view name_of(socket_state state) noexcept {
  switch (state) {
    case socket_state::dialling: return "dialling";
    case socket_state::connected: return "connected";
    case socket_state::down: return "down";
    case socket_state::left: return "left";
    case socket_state::dead: return "dead";
  }
  return "";
}

std::vector<inbound_connection> counted_transport::inbound() const {
  std::vector<inbound_connection> all;
  all.reserve(inbound_.size());
  for (const auto& [link, traffic] : inbound_) {
    all.push_back({link, inner_.observed_host(link), traffic});
  }
  std::sort(all.begin(), all.end(),
            [](const auto& one, const auto& other) { return one.link < other.link; });
  return all;
}

result<std::string> counted_transport::bind_inbox(const std::string& endpoint,
                                                  const security_policy& policy) {
  auto bound = inner_.bind_inbox(endpoint, policy);
  if (bound) {
    inbox_at_.push_back(*bound);
  }
  return bound;
}

result<std::string> counted_transport::bind_outlet(const std::string& endpoint,
                                                   const security_policy& policy) {
  auto bound = inner_.bind_outlet(endpoint, policy);
  if (bound) {
    outlet_at_.push_back(*bound);
  }
  return bound;
}

result<link_id> counted_transport::dial(const std::string& endpoint,
                                        const security_policy& policy) {
  auto link = inner_.dial(endpoint, policy);
  if (link) {
    open(*link, endpoint, false);
  }
  return link;
}

result<link_id> counted_transport::follow(const std::string& endpoint,
                                          const security_policy& policy) {
  auto link = inner_.follow(endpoint, policy);
  if (link) {
    open(*link, endpoint, true);
  }
  return link;
}

void counted_transport::name_peer(link_id link, const node_description& who) {
  auto* const own = find(link);
  if (own == nullptr) {
    return;
  }
  if (own->peer != who.id) {
    own->peer = who.id;
    own->instance.clear();
    own->to_tool = false;
    own->without = socket_state::down;
    own->down_since.reset();  // the other one was; with a connection there is none
  }
  if (!who.instance.empty()) {
    own->instance = who.instance;
    own->to_tool = who.service.empty();
  }
}

void counted_transport::note_gone(const node_id& peer, bool said_goodbye) {
  for (auto& one : dialled_) {
    if (one.peer != peer) {
      continue;
    }
    one.without = said_goodbye ? socket_state::left : socket_state::dead;
    if (is_down(one)) {
      one.state = one.without;
    }
  }
}

bool counted_transport::is_down(const dialled_socket& one) noexcept {
  return one.link == link_id::none;
}

/// What was lost with a link is only found when it has ended.
void counted_transport::count_drops(link_id link, ledger::drop_reason why, std::uint64_t count) {
  if (auto* const own = find(link)) {
    own->dropped[why] += count;
  } else if (inbound_.contains(link)) {
    inbox_dropped_[why] += count;
  } else if (const auto at = std::find_if(dialled_.begin(), dialled_.end(),
                                          [link](const auto& one) { return one.latest == link; });
             at != dialled_.end()) {
    at->dropped[why] += count;
  }
}

void counted_transport::open(link_id link, const std::string& endpoint, bool outlet) {
  auto at = std::find_if(dialled_.begin(), dialled_.end(), [&](const auto& one) {
    return is_down(one) && one.outlet == outlet && one.endpoint == endpoint;
  });
  if (at == dialled_.end()) {
    at = dialled_.emplace(dialled_.begin());
    at->endpoint = endpoint;
    at->outlet = outlet;
  } else {
    dialled_.splice(dialled_.begin(), dialled_, at);
  }
  at->state = socket_state::dialling;
  at->link = at->latest = link;
  ++at->dials;
  by_link_.emplace(link, at);
}

void counted_transport::end(link_id link) {
  const auto found = by_link_.find(link);
  if (found == by_link_.end()) {
    return;
  }
  const auto at = found->second;
  by_link_.erase(found);
  if (at->to_tool) {
    dialled_.erase(at);
    return;
  }
  at->state = at->without;
  at->link = link_id::none;
  at->down_since = at->down_since.value_or(loop_.now());
  dialled_.splice(dialled_.end(), dialled_, at);
  if (dialled_.size() - by_link_.size() > most_down) {
    ++forgotten_;
    // Those that are down are the last ones: the first of them has been for longest.
    dialled_.erase(std::find_if(dialled_.begin(), dialled_.end(), is_down));
  }
}

dialled_socket* counted_transport::find(link_id link) noexcept {
  const auto found = by_link_.find(link);
  return found == by_link_.end() ? nullptr : &*found->second;
}

send_status counted_transport::send(link_id link, bytes&& packet) {
  const auto octets = packet.size();
  const auto how = inner_.send(link, std::move(packet));
  if (auto* const to = find(link)) {
    to->traffic.said(how, octets);
  } else if (const auto back = inbound_.find(link); back != inbound_.end()) {
    back->second.said(how, octets);
    inbox_.said(how, octets);
  }
  return how;
}

send_status counted_transport::publish(bytes&& packet) {
  const auto octets = packet.size();
  const auto how = inner_.publish(std::move(packet));
  outlet_.said(how, octets);
  return how;
}

void counted_transport::close(link_id link) {
  end(link);
  inbound_.erase(link);
  inner_.close(link);
}

void counted_transport::on_packet(link_id from, byte_view packet) {
  if (auto* const own = find(from)) {
    own->traffic.heard(packet);
  } else {
    inbound_[from].heard(packet);
    inbox_.heard(packet);
  }
  if (upper_ != nullptr) {
    upper_->on_packet(from, packet);
  }
}

void counted_transport::on_link(link_id link, link_event what, std::string_view detail) {
  if (auto* const own = find(link); own != nullptr && what == link_event::connected) {
    own->state = socket_state::connected;
    own->without = own->without == socket_state::dead ? socket_state::down : own->without;
    own->down_since.reset();
    ++own->connections;
  } else if (own != nullptr) {
    own->last_error = detail;
    end(link);
  }
  if (upper_ != nullptr) {
    upper_->on_link(link, what, detail);
  }
}

void counted_transport::on_writable(link_id link) {
  if (upper_ != nullptr) {
    upper_->on_writable(link);
  }
}

void counted_transport::on_event(link_id publisher, byte_view packet) {
  if (auto* const own = find(publisher)) {
    own->traffic.heard(packet);
  }
  if (upper_ != nullptr) {
    upper_->on_event(publisher, packet);
  }
}

void counted_transport::on_subscription(std::string_view topic, bool added) {
  topics_ += added ? 1 : topics_ > 0 ? std::size_t{0} - 1 : 0;
  if (upper_ != nullptr) {
    upper_->on_subscription(topic, added);
  }
}

void counted_transport::on_bad_packet(link_id from, std::string_view what) {
  if (find(from) == nullptr) {
    inbound_[from];
  }
  if (upper_ != nullptr) {
    upper_->on_bad_packet(from, what);
  }
}

bool counted_transport::may_subscribe(std::string_view key, std::string_view filter) const {
  return upper_ != nullptr && upper_->may_subscribe(key, filter);
}

void counted_transport::on_denied(std::string_view key, std::string_view filter) {
  if (upper_ != nullptr) {
    upper_->on_denied(key, filter);
  }
}

}  // namespace kith::transport
