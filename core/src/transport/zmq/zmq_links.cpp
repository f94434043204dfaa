// SPDX-License-Identifier: MPL-2.0
#include "transport/zmq/zmq_links.hpp"

#include <limits>
#include <vector>

#include <zmq.h>

#include "base/endpoint.hpp"
#include "transport/zmq/curve.hpp"
#include "transport/zmq/incoming.hpp"

namespace kith::transport {
namespace {

constexpr int a_day_ms = 24 * 60 * 60 * 1000;
// What was sent before `close` may leave: a goodbye does.
constexpr std::chrono::milliseconds grace{500};

constexpr int watched_of_outbound =
    ZMQ_EVENT_CONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
    ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_DISCONNECTED |
    ZMQ_EVENT_CLOSED | ZMQ_EVENT_CONNECT_RETRIED;

/// By a name that somebody has to look up.
bool names_a_host(const std::string& endpoint) {
  const auto where = kith::endpoint::parse(endpoint);
  return where && where->kind == kith::endpoint::scheme::tcp && !ipv4_of(where->host) &&
         where->host.find(':') == std::string::npos;
}

std::string other_key(const security::keyring& ours) {
  return ours.certified()
             ? "it hung up: its key is not that of the certificate that we have for it: copy its "
               "newest .cert into our trust directory"
             : "it hung up: its key is not the one that our keys file has for it";
}

std::string unknown_there(const security::keyring* ours) {
  return ours != nullptr && ours->certified()
             ? "it has no certificate of ours that counts: copy our newest .cert into its trust "
               "directory, or into that of one member that it is linked to"
             : "our own_public belongs into its keys file, under our service's name";
}

std::string other_mechanism(const security::keyring* ours) {
  return ours == nullptr
             ? "it wants keys and we have none: give us a keys file (--keys), or a trust "
               "directory (--trust) if it has one"
         : ours->certified() ? "it has no keys and we have: give it a trust directory (--trust)"
                             : "it has no keys and we have: give it a keys file (--keys)";
}

/// `ours` is null without keys.
std::string why_handshake_failed(int event, std::uint32_t value, const security::keyring* ours) {
  switch (event) {
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
      return "it refused our key (" + std::to_string(value) + "): " + unknown_there(ours);
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
      if (value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH) {
        return other_mechanism(ours);
      }
      return "the other side does not speak ZMTP as we do (" + std::to_string(value) + ")";
    default:
      if (ours != nullptr) {
        return other_key(*ours);
      }
      return std::string{"the handshake ended early: "} + zmq_strerror(static_cast<int>(value));
  }
}

}  // namespace

zmq_links::link* zmq_links::find(link_id id) noexcept {
  const auto found = links_.find(id);
  return found == links_.end() ? nullptr : &found->second;
}

result<link_id> zmq_links::connect(const std::string& endpoint, int type,
                                   const security_policy& policy) {
  if (const auto valid = kith::endpoint::parse(endpoint); !valid) {
    return tl::make_unexpected(valid.error());
  }
  auto socket = scope_->open(type);
  if (!socket) {
    return tl::make_unexpected(socket.error());
  }
  const link_id id = scope_->next_link();
  link l;
  l.endpoint = endpoint;
  l.type = type;
  l.keys = policy.keys;
  l.dialled = scope_->loop.now();
  l.socket = std::move(*socket);
  l.account = make_account(scope_, id, scope_->limits.link_budget_bytes);
  const bool is_ipv6 = endpoint.find('[') != std::string::npos;
  if (!l.socket->set(ZMQ_RECONNECT_IVL, a_day_ms) ||
      !l.socket->set(ZMQ_CONNECT_TIMEOUT, static_cast<int>(scope_->timing.connect.count())) ||
      (is_ipv6 && !l.socket->set(ZMQ_IPV6, 1))) {
    return fail(errc::io_error, "cannot dial " + endpoint + ": " + zmq_reason());
  }
  if (l.keys) {
    auto safe = protect_client(*l.socket, policy.keys->own(), policy.server_key);
    if (!safe) {
      return fail(errc::bad_config, "cannot dial " + endpoint + ": " + safe.error().message);
    }
  }
  if (auto watching = monitor(id, l); !watching) {
    return tl::make_unexpected(watching.error());
  }
  if (zmq_connect(l.socket->handle(), endpoint.c_str()) != 0) {
    auto failed = fail(errc::io_error, "cannot dial " + endpoint + ": " + zmq_reason());
    l.monitor.reset();
    return failed;
  }
  l.socket->watch([this, id] { return drain(id, packets_per_turn); });
  l.deadline =
      scope_->loop.after(scope_->timing.connect + scope_->timing.handshake + grace, [this, id] {
        const link* const late = find(id);
        end(id,
            late != nullptr && late->state == phase::connecting ? link_event::unreachable
                                                                : link_event::handshake_failed,
            "no answer");
      });
  links_.emplace(id, std::move(l));
  return id;
}

result<void> zmq_links::monitor(link_id id, link& l) {
  auto made =
      zmq_monitor::attach(scope_->loop, *scope_->context, *l.socket, watched_of_outbound,
                          [this, id](int event, std::uint32_t value) { heard(id, event, value); });
  if (!made) {
    return tl::make_unexpected(made.error());
  }
  l.monitor = std::move(*made);
  return {};
}

void zmq_links::heard(link_id id, int event, std::uint32_t value) {
  link* const l = find(id);
  if (l == nullptr) {
    return;
  }
  switch (event) {
    case ZMQ_EVENT_CONNECTED:
      l->state = phase::greeting;
      l->flow = scope_->inflows.watch(
          static_cast<int>(value), [socket = l->socket] { return socket->has_unread(); },
          [this, id] {
            ++scope_->counters.endless;
            end(id, link_event::disconnected, "it sends a message without an end");
          });
      return;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
      l->state = phase::connected;
      scope_->loop.cancel(l->deadline);
      scope_->upper->on_link(id, link_event::connected, {});
      return;
    case ZMQ_EVENT_DISCONNECTED: break;
    case ZMQ_EVENT_CLOSED:
    case ZMQ_EVENT_CONNECT_RETRIED:
      if (l->state == phase::connecting && event == ZMQ_EVENT_CONNECT_RETRIED &&
          names_a_host(l->endpoint)) {  // a dial that had an address is closed first
        end(id, link_event::unresolved, "no address is known for that host");
        return;
      }
      if (l->state == phase::connecting) {
        // The same events come when libzmq's own patience ends: that was no answer.
        const bool at_once = scope_->loop.now() - l->dialled < scope_->timing.connect / 2;
        end(id, at_once ? link_event::refused : link_event::unreachable,
            at_once ? "refused" : "no answer");
        return;
      }
      break;
    default:
      end(id, link_event::handshake_failed, why_handshake_failed(event, value, l->keys.get()));
      return;
  }
  if (l->state != phase::connected) {
    end(id, link_event::handshake_failed,
        l->keys ? other_key(*l->keys) : "closed during the handshake");
    return;
  }
  drain(id, std::numeric_limits<std::size_t>::max());
  end(id, link_event::disconnected, "the connection ended");
}

bool zmq_links::drain(link_id id, std::size_t most_packets) {
  link* l = find(id);
  if (l != nullptr && l->state != phase::connected) {
    l->monitor->drain();
    l = find(id);
  }
  incoming message;
  std::size_t octets = 0;
  for (std::size_t read = 0; l != nullptr && read < most_packets; ++read) {
    if (octets >= octets_per_turn && most_packets == packets_per_turn) {
      break;
    }
    if (!message.read(l->socket->handle())) {
      return false;
    }
    octets += message.octets();
    take(id, *l, message);
    l = find(id);
  }
  return l != nullptr;
}

void zmq_links::take(link_id id, link& l, incoming& message) {
  if (l.flow) {
    l.flow->finished = true;
  }
  auto flaw = message.flaw(0);
  if (l.state != phase::connected) {
    flaw = "a packet without a handshake";
  }
  if (!flaw.empty()) {
    ++scope_->counters.bad_packets;
    // Who hears of it may close the link: `l` is not looked at afterwards.
    const auto how =
        l.state == phase::connected ? link_event::disconnected : link_event::handshake_failed;
    scope_->upper->on_bad_packet(id, flaw);
    end(id, how, flaw);
  } else if (l.type == ZMQ_SUB) {
    scope_->upper->on_event(id, message.frame(0));
  } else {
    scope_->upper->on_packet(id, message.frame(0));
  }
}

void zmq_links::end(link_id id, link_event how, std::string_view detail) {
  const link* const l = find(id);
  if (l == nullptr) {
    return;
  }
  const std::string text = l->endpoint + ": " + std::string{detail};
  drop(id, 0);
  scope_->upper->on_link(id, how, text);
}

void zmq_links::drop(link_id id, int linger_ms) noexcept {
  const auto found = links_.find(id);
  if (found == links_.end()) {
    return;
  }
  link gone = std::move(found->second);
  links_.erase(found);
  scope_->loop.cancel(gone.deadline);
  gone.monitor.reset();
  gone.socket->close(gone.state == phase::connected ? linger_ms : 0);
}

void zmq_links::subscribe(link_id id, std::string_view prefix, bool add) {
  link* const l = find(id);
  if (l == nullptr || l->type != ZMQ_SUB) {
    return;
  }
  if (prefix.size() > max_topic_octets) {
    ++scope_->counters.overlong_topics;
    return;
  }
  if (!l->socket->set(add ? ZMQ_SUBSCRIBE : ZMQ_UNSUBSCRIBE, prefix)) {
    scope_->say(log_level::error,
                "cannot change the subscriptions at " + l->endpoint + ": " + zmq_reason());
  }
  l->socket->check();
}

send_status zmq_links::send(link_id id, bytes&& packet) {
  link* const l = find(id);
  if (l == nullptr || l->type != ZMQ_DEALER) {
    return send_status::closed;
  }
  const auto status = send_packet(l->socket->handle(), l->account, std::move(packet));
  scope_->counters.full += status == send_status::full ? 1 : 0;
  l->socket->check();
  return status;
}

void zmq_links::close(link_id id) {
  drop(id, static_cast<int>(scope_->limits.close_linger.count()));
}

std::size_t zmq_links::unsent_bytes(link_id id) const {
  const auto found = links_.find(id);
  return found == links_.end() ? 0 : found->second.account->bytes();
}

void zmq_links::tell_room(link_id id) {
  if (links_.contains(id)) {
    scope_->upper->on_writable(id);
  }
}

void zmq_links::close_all(int linger_ms) noexcept {
  while (!links_.empty()) {
    drop(links_.begin()->first, linger_ms);
  }
}

}  // namespace kith::transport
