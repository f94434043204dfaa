// SPDX-License-Identifier: MPL-2.0
// What the simulated network tells a node's transport, and the transport the layer above.

#include <algorithm>

#include "transport/sim/sim_transport.hpp"

namespace kith::sim {

using kith::transport::link_event;
using kith::transport::link_id;

void sim_transport::connected(connection_id on) {
  const auto found = by_connection_.find(on);
  if (!stopped_ && found != by_connection_.end()) {
    upper_->on_link(found->second, link_event::connected, {});
  }
}

void sim_transport::ended(connection_id on, link_event how, std::string_view detail) {
  const auto found = by_connection_.find(on);
  if (stopped_ || found == by_connection_.end()) {
    return;
  }
  const link_id id = found->second;
  by_connection_.erase(found);
  links_.erase(id);
  upper_->on_link(id, how, detail);
}

void sim_transport::room(connection_id on, side own) {
  const auto found = by_connection_.find(on);
  if (!stopped_ && found != by_connection_.end() && find(found->second)->own == own) {
    upper_->on_writable(found->second);
  }
}

void sim_transport::arrived(connection& on, side own, parcel&& what) {
  if (stopped_) {
    return;
  }
  switch (what.what) {
    case parcel::kind::packet: on_data(on, own, what.content); break;
    case parcel::kind::subscribe: on_topic(on.id, what.content, true); break;
    case parcel::kind::unsubscribe: on_topic(on.id, what.content, false); break;
    case parcel::kind::fin: break;
  }
}

void sim_transport::on_data(connection& on, side own, byte_view packet) {
  if (packet.size() > limits_.packet_bytes) {
    net_.refuse(on.id, "frame over the limit");
    return;
  }
  if (own == side::server && on.to_outlet) {
    ++counters_.bad_packets;  // only subscriptions go that way
    return;
  }
  const link_id id = own == side::server ? inbound(on.id) : by_connection_.at(on.id);
  if (id == link_id::none) {
    ++counters_.refused_links;
    return;
  }
  if (packet.empty()) {
    ++counters_.bad_packets;
    upper_->on_bad_packet(id, "an empty frame");
  } else if (!on.to_outlet) {
    upper_->on_packet(id, packet);
  } else {
    const auto& wanted = find(id)->wanted;
    if (std::any_of(wanted.begin(), wanted.end(),
                    [&](const auto& w) { return packet.starts_with(w.first); })) {
      upper_->on_event(id, packet);
    }
  }
}

link_id sim_transport::inbound(connection_id on) {
  const auto found = by_connection_.find(on);
  if (found != by_connection_.end()) {
    return found->second;
  }
  if (inbound_ >= limits_.inbound_links) {
    return link_id::none;
  }
  ++inbound_;
  const link_id id{++next_link_};
  links_.emplace(id, link{on, side::server, {}});
  by_connection_.emplace(on, id);
  return id;
}

void sim_transport::on_topic(connection_id on, const std::string& topic, bool added) {
  if (added) {
    if (!may_hear(on, topic)) {
      ++counters_.subscriptions_denied;
      upper_->on_denied(net_.find(on)->client_key, topic);
      return;
    }
    if (subscribers_[on].insert(topic).second && ++topics_[topic] == 1) {
      upper_->on_subscription(topic, true);
    }
    if (topics_.size() > limits_.subscriptions) {
      recreate_outlet();
    }
  } else if (subscribers_[on].erase(topic) > 0) {
    drop_topic(topic);
  }
}

bool sim_transport::may_hear(connection_id on, const std::string& topic) {
  const connection* const c = net_.find(on);
  return ring_ == nullptr || !ring_->certified() ||
         (c != nullptr && upper_->may_subscribe(c->client_key, topic));
}

bool sim_transport::all_may_hear() {
  return std::all_of(subscribers_.begin(), subscribers_.end(), [this](const auto& row) {
    return std::all_of(row.second.begin(), row.second.end(),
                       [&](const std::string& topic) { return may_hear(row.first, topic); });
  });
}

void sim_transport::drop_topic(const std::string& topic) {
  const auto found = topics_.find(topic);
  if (found != topics_.end() && --found->second == 0) {
    topics_.erase(found);
    upper_->on_subscription(topic, false);
  }
}

void sim_transport::departed(connection_id on) {
  if (stopped_) {
    return;
  }
  by_connection_.erase(on);
  const auto found = subscribers_.find(on);
  if (found != subscribers_.end()) {
    const auto topics = std::move(found->second);
    subscribers_.erase(found);
    for (const std::string& topic : topics) {
      drop_topic(topic);
    }
  }
}

void sim_transport::recreate_outlet() {
  ++counters_.outlets_recreated;
  const auto gone = std::exchange(topics_, {});
  for (const auto& [on, topics] : std::exchange(subscribers_, {})) {
    net_.refuse(on, "the outlet was recreated");
  }
  for (const auto& [topic, count] : gone) {
    upper_->on_subscription(topic, false);
  }
}

}  // namespace kith::sim
