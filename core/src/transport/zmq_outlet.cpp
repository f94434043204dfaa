// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq_outlet.hpp"

#include <limits>
#include <vector>

#include <zmq.h>

#include "transport/incoming.hpp"

namespace kith::transport {
namespace {

constexpr char subscribed = 1;
constexpr char unsubscribed = 0;

}  // namespace

// Each subscriber has libzmq's mark of its own; the account bounds what all of them hold back. It
// gives nobody notice of room: whoever publishes drops, counts, and publishes the next one.
zmq_outlet::zmq_outlet(std::shared_ptr<zmq_scope> scope)
    : scope_{std::move(scope)},
      socket_{scope_, ZMQ_XPUB},
      account_{std::make_shared<send_account>(
          scope_->limits.outlet_budget_bytes, std::numeric_limits<std::size_t>::max(),
          scope_->loop.mail(), []() -> unique_function<void()> { return [] {}; }, scope_->shelf)} {}

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
    if (const auto flow = socket_.inflow_of(message.descriptor(0))) {
      flow->finished = true;
    }
    take(text);
  }
  return socket_.is_open();
}

void zmq_outlet::take(byte_view message) {
  const bool added = message[0] == subscribed;
  const std::string topic{message.substr(1)};
  if (topic.size() > max_topic_octets) {
    ++scope_->counters.overlong_topics;
    overlong_ += added ? 1 : 0;
  } else if (added ? topics_.insert(topic).second : topics_.erase(topic) > 0) {
    scope_->upper->on_subscription(topic, added);
  }
  if (topics_.size() + overlong_ > scope_->limits.subscriptions) {
    start_over();
  }
}

void zmq_outlet::start_over() {
  ++scope_->counters.outlets_recreated;
  scope_->say(log_level::warning, "more than " + std::to_string(scope_->limits.subscriptions) +
                                      " subscriptions: the outlet is made anew");
  const auto gone = std::exchange(topics_, {});
  overlong_ = 0;
  if (auto again = socket_.recreate(); !again) {
    scope_->say(log_level::error, again.error().message);
  }
  for (const std::string& topic : gone) {
    scope_->upper->on_subscription(topic, false);
  }
}

send_status zmq_outlet::publish(packet&& what) {
  if (!socket_.is_open()) {
    return send_status::closed;
  }
  const auto status = send_packet(socket_.socket().handle(), account_, std::move(what));
  scope_->counters.full += status == send_status::full ? 1 : 0;
  socket_.socket().check();
  return status;
}

void zmq_outlet::close(int linger_ms) noexcept {
  socket_.close(linger_ms);
  topics_.clear();
}

}  // namespace kith::transport
