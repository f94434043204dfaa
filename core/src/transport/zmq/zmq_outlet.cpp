// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/zmq_outlet.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include <zmq.h>

#include "transport/zmq/incoming.hpp"

namespace kith::transport {
namespace {

constexpr char subscribed = 1;
constexpr char unsubscribed = 0;
constexpr int everybody = -1;  ///< no descriptor

std::pair<int, std::string> row_of(int from, std::string_view key) {
  return {from, std::string{from == everybody ? std::string_view{} : key}};
}

}  // namespace

// Each subscriber has libzmq's mark of its own; the account bounds what all of them hold back. It
// gives nobody notice of room: whoever publishes drops, counts, and publishes the next one.
zmq_outlet::zmq_outlet(std::shared_ptr<zmq_scope> scope)
    : scope_{std::move(scope)},
      socket_{scope_, ZMQ_XPUB},
      account_{std::make_shared<send_account>(
          scope_->limits.outlet_budget_bytes, std::numeric_limits<std::size_t>::max(),
          scope_->loop.mail(), []() -> unique_function<void()> { return [] {}; },
          scope_->buffers)} {
  socket_.on_end([this](int connection) { ended(connection); });
}

result<std::string> zmq_outlet::bind(const std::string& endpoint, const security_policy& policy) {
  return socket_.bind(endpoint, policy, [this] { return drain(); });
}

bool zmq_outlet::drain() {
  incoming message;
  for (std::size_t read = 0; read < packets_per_turn; ++read) {
    if (!socket_.is_open() || !message.read(socket_.socket().handle())) {
      return false;
    }
    const byte_view text = message.frame(0);
    if (message.count() != 1 || text.empty() ||
        (text[0] != subscribed && text[0] != unsubscribed)) {
      ++scope_->counters.bad_packets;  // an XSUB may send anything upstream
      continue;
    }
    if (const auto flow = socket_.heard_from(message.descriptor(0), message.peer_address(0))) {
      flow->finished = true;
    }
    take(message);
  }
  return socket_.is_open();
}

void zmq_outlet::take(const incoming& message) {
  const bool added = message.frame(0)[0] == subscribed;
  const std::string topic{message.frame(0).substr(1)};
  const int from = socket_.approves() ? message.descriptor(0) : everybody;
  if (topic.size() > max_topic_octets) {
    ++scope_->counters.overlong_topics;
    overlong_ += added ? 1 : 0;
  } else if (added) {
    add(from, topic, message.user(0));
  } else {
    remove(from, topic, message.user(0));
  }
  if (topics_.size() + overlong_ > scope_->limits.subscriptions) {
    const auto again =
        start_over("more than " + std::to_string(scope_->limits.subscriptions) + " subscriptions");
    if (!again) {
      scope_->say(log_level::error, again.error().message);
    }
  }
}

void zmq_outlet::add(int from, const std::string& topic, std::string_view key) {
  if (socket_.approves() && !socket_.is_connected(from)) {
    return;  // it has gone again, and all that it subscribed to with it
  }
  auto& who = listeners_[row_of(from, key)];
  who.key = key;
  const auto [filter, is_new] = who.filters.try_emplace(topic, false);
  auto& row = topics_[topic];
  row.listeners += is_new ? 1 : 0;
  if (socket_.approves()) {
    if (!scope_->upper->may_subscribe(key, topic)) {
      ++scope_->counters.subscriptions_denied;
      scope_->upper->on_denied(key, topic);
      return;
    }
    // Of the one whose message was the last to be read.
    zmq_setsockopt(socket_.socket().handle(), ZMQ_SUBSCRIBE, topic.data(), topic.size());
  }
  if (!std::exchange(filter->second, true) && ++row.given == 1) {
    scope_->upper->on_subscription(topic, true);
  }
}

void zmq_outlet::remove(int from, const std::string& topic, std::string_view key) {
  const auto who = listeners_.find(row_of(from, key));
  if (who == listeners_.end()) {
    return;
  }
  const auto filter = who->second.filters.find(topic);
  if (filter == who->second.filters.end()) {
    return;
  }
  const bool given = filter->second;
  if (given && socket_.approves()) {
    zmq_setsockopt(socket_.socket().handle(), ZMQ_UNSUBSCRIBE, topic.data(), topic.size());
  }
  who->second.filters.erase(filter);
  if (who->second.filters.empty()) {
    listeners_.erase(who);
  }
  lost(topic, given);
}

void zmq_outlet::ended(int connection) {
  for (auto who = listeners_.lower_bound({connection, {}});
       who != listeners_.end() && who->first.first == connection;
       who = listeners_.lower_bound({connection, {}})) {
    const auto gone = listeners_.extract(who);
    for (const auto& [topic, given] : gone.mapped().filters) {
      lost(topic, given);
    }
  }
}

/// One listener less.
void zmq_outlet::lost(const std::string& topic, bool given) {
  const auto found = topics_.find(topic);
  const bool last = given && --found->second.given == 0;
  if (--found->second.listeners == 0) {
    topics_.erase(found);
  }
  if (last) {
    scope_->upper->on_subscription(topic, false);
  }
}

bool zmq_outlet::all_may_hear() const {
  return std::all_of(listeners_.begin(), listeners_.end(), [this](const auto& row) {
    const listener& who = row.second;
    return std::all_of(who.filters.begin(), who.filters.end(), [&](const auto& filter) {
      return !filter.second || scope_->upper->may_subscribe(who.key, filter.first);
    });
  });
}

result<void> zmq_outlet::use_keys(const std::shared_ptr<const security::keyring>& ring) {
  if (socket_.use_keys(ring)) {
    return start_over("our keys were exchanged");
  }
  if (!socket_.is_open() || all_may_hear()) {
    return {};
  }
  return start_over("a subscriber may no longer hear what it hears");
}

result<void> zmq_outlet::start_over(const std::string& why) {
  ++scope_->counters.outlets_recreated;
  scope_->say(log_level::warning, why + ": the outlet is made anew");
  const auto gone = std::exchange(topics_, {});
  listeners_.clear();
  overlong_ = 0;
  auto again = socket_.recreate();
  for (const auto& [topic, row] : gone) {
    if (row.given > 0) {
      scope_->upper->on_subscription(topic, false);
    }
  }
  return again;
}

send_status zmq_outlet::publish(bytes&& packet) {
  if (!socket_.is_open()) {
    return send_status::closed;
  }
  const auto status = send_packet(socket_.socket().handle(), account_, std::move(packet));
  scope_->counters.full += status == send_status::full ? 1 : 0;
  socket_.socket().check();
  return status;
}

void zmq_outlet::close(int linger_ms) noexcept {
  socket_.close(linger_ms);
  listeners_.clear();
  topics_.clear();
}

}  // namespace kith::transport
